#pragma once

#include "operator/ports/clock.hpp"
#include "operator/sandbox/openbao/kv.hpp"
#include "operator/sandbox/openbao/tokens.hpp"
#include "operator/sandbox/site.hpp"
#include "operator/sandbox/target.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::sandbox {

enum class BaoState { Active, Standby, Sealed, Uninitialised };

struct OpenBaoSettings {
    std::string mount = "kv";      ///< KV v2
    std::string v1_mount = "kv1";  ///< KV v1
};

/// One change that came in over HTTP and was carried out.
struct BaoWrite {
    Time at{};
    std::string actor;  ///< the token's name
    std::string method;
    std::string path;  ///< below /v1/ and the namespace
    std::string key;   ///< below the mount's API prefix
    std::string name_space;
};

/// A role of auth/approle. What it gives out has the token's rules and life.
struct BaoAppRole {
    std::string role_id;
    std::string secret_id;
    std::optional<int> uses;  ///< of the secret id; none: no limit
    BaoToken token;
};
/// A role of auth/jwt, with the keys and issuer of the method.
struct BaoJwtRole {
    std::function<std::string()> jwks;  ///< asked at each login
    std::string issuer;
    std::string audience;
    std::string client;  ///< bound claim `azp`
    BaoToken token;
};

/// OpenBao 2.7 with a KV v2 and a KV v1 mount, AppRole and JWT login in each namespace. openbao.md
/// has the facts; wrapping and stale standbys are not emulated.
class OpenBao final : public Site {
  public:
    explicit OpenBao(Clock& clock, OpenBaoSettings settings = {});

    asio::awaitable<HttpResponse> answer(HttpRequest request) override;

    // Setting up, and what another's hand does: past HTTP, permissions and the write log. Entries
    // are the root namespace's.
    /// A namespace with mounts and logins of the same names as the root one's ("ns1", "ns1/ns2").
    void add_namespace(const std::string& name);
    void add_token(const std::string& token, BaoToken spec);
    void revoke_token(const std::string& token) { tokens_.revoke(token); }
    /// A role is of the namespace that its token belongs to.
    void add_app_role(BaoAppRole role) {
        spaces_.at(role.token.name_space).app_roles.push_back(std::move(role));
    }
    void add_jwt_role(const std::string& name, BaoJwtRole role) {
        spaces_.at(role.token.name_space).jwt_roles[name] = std::move(role);
    }
    /// A new version of `path`; its number.
    std::uint64_t put(const std::string& path, const std::map<std::string, std::string>& data);
    /// Replaces the custom metadata, and makes the key if there is none.
    void mark(const std::string& path, std::map<std::string, std::string> custom);
    /// Deletes the newest version; the counters stay.
    void soft_delete(const std::string& path);
    /// Deletes key and counters.
    void erase(const std::string& path) { root().v2.entries.erase(path); }

    // Switches.
    void set_state(BaoState state) { state_ = state; }
    /// A standby sends writes to this address, where nobody answers; empty: it forwards them.
    void set_dead_leader(std::string address) { dead_leader_ = std::move(address); }
    void set_throttled(bool throttled) { throttled_ = throttled; }
    void set_cas_required(bool required) { root().v2.cas_required = required; }

    // Looking.
    /// Null when there is none; valid until the next change.
    [[nodiscard]] const BaoEntry* entry(const std::string& path) const;
    /// The newest version's text values; empty when there is none or it was deleted.
    [[nodiscard]] std::map<std::string, std::string> values(const std::string& path) const;
    [[nodiscard]] const std::map<std::string, boost::json::object>& v1_entries() const {
        return root().v1.entries;
    }
    [[nodiscard]] const std::vector<BaoWrite>& writes() const { return writes_; }

  private:
    /// What each namespace has of its own.
    struct Space {
        KvV2 v2;
        KvV1 v1;
        std::vector<BaoAppRole> app_roles;
        std::map<std::string, BaoJwtRole> jwt_roles;
    };
    struct Call {
        const HttpRequest& request;
        Target target;
        std::string token;
        std::string name_space = {};
        std::string path = {};  ///< below /v1/ and the namespace
        /// Where the path begins for the token's rules; nothing: the token is of another namespace.
        std::optional<std::string> seen_from = {};
    };

    [[nodiscard]] Space& root() { return spaces_.at({}); }
    [[nodiscard]] const Space& root() const { return spaces_.at({}); }
    HttpResponse handle(const HttpRequest& request);
    /// Where a call is about the server itself: health, seal, quota, a standby's redirect.
    [[nodiscard]] std::optional<HttpResponse> before_namespaces(const Call& call) const;
    /// Finds the call's namespace by header and path, and takes it off the path; false: there is
    /// none.
    bool enter_namespace(Call& call);
    [[nodiscard]] HttpResponse health() const;
    [[nodiscard]] HttpResponse seal_status() const;
    BaoReply authorized(const Call& call, const BaoToken& token);
    BaoReply token_call(const Call& call);
    // logins.cpp
    BaoReply login(const Call& call);
    BaoReply app_role_login(Space& space, const boost::json::object& body);
    BaoReply jwt_login(const Space& space, const boost::json::object& body);
    BaoReply given(BaoToken token, boost::json::object metadata);
    [[nodiscard]] BaoReply mount_info(const Call& call, const BaoToken& token) const;
    BaoReply kv(const Call& call, const BaoToken& token);
    [[nodiscard]] static std::string capability(const Space& space, const KvRequest& request);
    HttpResponse render(const BaoReply& reply);
    [[nodiscard]] Wall now() const { return clock_.now().wall; }

    Clock& clock_;
    OpenBaoSettings settings_;
    BaoState state_ = BaoState::Active;
    std::string dead_leader_;
    bool throttled_ = false;
    std::map<std::string, Space> spaces_;  ///< by name; the root one is always there
    BaoTokens tokens_;
    std::uint64_t logins_ = 0;
    std::uint64_t requests_ = 0;
    std::vector<BaoWrite> writes_;
};

}  // namespace wavegate::sandbox
