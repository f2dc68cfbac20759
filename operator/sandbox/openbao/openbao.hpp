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
    std::string path;  ///< below /v1/
    std::string key;   ///< below the mount's API prefix
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

/// OpenBao 2.7 with a KV v2 and a KV v1 mount, AppRole and JWT login. openbao.md has the facts;
/// namespaces, wrapping and stale standbys are not emulated.
class OpenBao final : public Site {
  public:
    explicit OpenBao(Clock& clock, OpenBaoSettings settings = {});

    asio::awaitable<HttpResponse> answer(HttpRequest request) override;

    // Setting up, and what another's hand does: past HTTP, permissions and the write log.
    void add_token(const std::string& token, BaoToken spec);
    void revoke_token(const std::string& token) { tokens_.revoke(token); }
    void add_app_role(BaoAppRole role) { app_roles_.push_back(std::move(role)); }
    void add_jwt_role(const std::string& name, BaoJwtRole role) {
        jwt_roles_[name] = std::move(role);
    }
    /// A new version of `path`; its number.
    std::uint64_t put(const std::string& path, const std::map<std::string, std::string>& data);
    /// Replaces the custom metadata, and makes the key if there is none.
    void mark(const std::string& path, std::map<std::string, std::string> custom);
    /// Deletes the newest version; the counters stay.
    void soft_delete(const std::string& path);
    /// Deletes key and counters.
    void erase(const std::string& path) { v2_.entries.erase(path); }

    // Switches.
    void set_state(BaoState state) { state_ = state; }
    /// A standby sends writes to this address, where nobody answers; empty: it forwards them.
    void set_dead_leader(std::string address) { dead_leader_ = std::move(address); }
    void set_throttled(bool throttled) { throttled_ = throttled; }
    void set_cas_required(bool required) { v2_.cas_required = required; }

    // Looking.
    /// Null when there is none; valid until the next change.
    [[nodiscard]] const BaoEntry* entry(const std::string& path) const;
    /// The newest version's text values; empty when there is none or it was deleted.
    [[nodiscard]] std::map<std::string, std::string> values(const std::string& path) const;
    [[nodiscard]] const std::map<std::string, boost::json::object>& v1_entries() const {
        return v1_.entries;
    }
    [[nodiscard]] const std::vector<BaoWrite>& writes() const { return writes_; }

  private:
    struct Call {
        const HttpRequest& request;
        Target target;
        std::string path;  ///< below /v1/
        std::string token;
    };

    HttpResponse handle(const HttpRequest& request);
    [[nodiscard]] HttpResponse health() const;
    [[nodiscard]] HttpResponse seal_status() const;
    BaoReply authorized(const Call& call, const BaoToken& token);
    BaoReply token_call(const Call& call);
    // logins.cpp
    BaoReply login(const Call& call);
    BaoReply app_role_login(const boost::json::object& body);
    BaoReply jwt_login(const boost::json::object& body);
    BaoReply given(BaoToken token, boost::json::object metadata);
    [[nodiscard]] BaoReply mount_info(const Call& call, const BaoToken& token) const;
    BaoReply kv(const Call& call, const BaoToken& token);
    [[nodiscard]] std::string capability(const KvRequest& request) const;
    HttpResponse render(const BaoReply& reply);
    [[nodiscard]] Wall now() const { return clock_.now().wall; }

    Clock& clock_;
    OpenBaoSettings settings_;
    BaoState state_ = BaoState::Active;
    std::string dead_leader_;
    bool throttled_ = false;
    KvV2 v2_;
    KvV1 v1_;
    BaoTokens tokens_;
    std::vector<BaoAppRole> app_roles_;
    std::map<std::string, BaoJwtRole> jwt_roles_;
    std::uint64_t logins_ = 0;
    std::uint64_t requests_ = 0;
    std::vector<BaoWrite> writes_;
};

}  // namespace wavegate::sandbox
