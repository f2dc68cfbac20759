#pragma once

#include "operator/base/time.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::sandbox {

/// Roles of the client `realm-management` (`master-realm` in master) that matter here.
enum class AdminRole { ManageClients, ViewClients, QueryClients };
std::string_view to_string(AdminRole role);

/// A client as the server keeps it.
struct KeycloakClient {
    boost::json::object shown;  ///< the ClientRepresentation that GET answers
    std::string service_user;   ///< user id, the `sub` of its tokens; empty: service accounts off
    Wall service_user_created{};
    std::set<AdminRole> roles;

    [[nodiscard]] std::string id() const { return text("id"); }
    [[nodiscard]] std::string client_id() const { return text("clientId"); }
    /// Empty when it has none.
    [[nodiscard]] std::string secret() const { return text("secret"); }
    [[nodiscard]] bool flag(std::string_view name) const;
    [[nodiscard]] std::optional<std::string> attribute(std::string_view name) const;
    /// Objects with id, name, protocol, protocolMapper, config.
    [[nodiscard]] boost::json::array mappers() const;
    /// Is `name` one of its default or optional client scopes?
    [[nodiscard]] bool has_scope(std::string_view list, std::string_view name) const;

  private:
    [[nodiscard]] std::string text(std::string_view name) const;
};

/// A refusal in Keycloak's words.
struct KeycloakRefusal {
    int status = 0;
    boost::json::object body;
};
using Refused = std::optional<KeycloakRefusal>;
Refused refused(int status, std::string_view error);
/// 409, and 500 for what the server does not survive.
Refused duplicate();
Refused unknown_error();

/// The executor `secret-rotation` of a client policy that matches every confidential client.
struct RotationPolicy {
    std::chrono::seconds expiration{29 * 86400};
    std::chrono::seconds rotated_expiration{2 * 86400};
};

/// The clients of one realm and the admin API's rules for them (keycloak.md, "Clients", "PUT is a
/// merge with exceptions", "Protocol mappers", "Secret rotation feature"). No HTTP, no tokens.
/// Ids and secrets are numbered hashes: the same calls give the same ones.
class KeycloakRealm {
  public:
    explicit KeycloakRealm(std::string name) : name_(std::move(name)) {}

    [[nodiscard]] const std::string& name() const { return name_; }
    KeycloakClient* find(std::string_view client_id);
    KeycloakClient* by_id(const std::string& id);
    /// By clientId.
    [[nodiscard]] std::vector<const KeycloakClient*> clients() const;

    /// POST clients; `id` becomes the new client's.
    Refused create(const boost::json::object& wanted, Wall now, std::string& id);
    /// PUT clients/{uuid}
    Refused update(KeycloakClient& client, const boost::json::object& wanted, Wall now);
    void erase(const std::string& id) { clients_.erase(id); }

    /// POST client-secret
    void regenerate(KeycloakClient& client, Wall now);
    /// Does `secret` authenticate the client: the current one, or the rotated one in its time?
    static bool authenticates(const KeycloakClient& client, std::string_view secret, Wall now);

    /// POST protocol-mappers/models; `id` becomes the new mapper's.
    Refused add_mapper(KeycloakClient& client, const boost::json::object& wanted, std::string& id);
    /// PUT protocol-mappers/models/{id}: the body's id decides.
    static Refused put_mapper(KeycloakClient& client, const boost::json::object& wanted);
    static bool erase_mapper(KeycloakClient& client, std::string_view id);

    std::string uuid();
    std::optional<RotationPolicy> rotation;

  private:
    std::string new_secret();
    boost::json::array merged_mappers(
        const boost::json::array& before,
        const boost::json::array& wanted);
    static void put_scopes(boost::json::object& shown, const boost::json::object& wanted);
    void set_service_account(KeycloakClient& client, bool on, Wall now);
    void start_rotation_clock(KeycloakClient& client, Wall now) const;
    void rotate(KeycloakClient& client, const std::string& rotated, Wall now);
    void settle_rotation(KeycloakClient& client, bool expired, Wall now);

    std::string name_;
    std::uint64_t counter_ = 0;
    std::map<std::string, KeycloakClient> clients_;  ///< by id
};

/// The view of `models`: two claim keys are added on read.
boost::json::object effective_mapper(const boost::json::object& stored);

}  // namespace wavegate::sandbox
