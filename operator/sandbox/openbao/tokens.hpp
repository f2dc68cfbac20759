#pragma once

#include "operator/base/time.hpp"
#include "operator/sandbox/openbao/kv.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::sandbox {

/// One stanza of a policy: an exact path below /v1/, or a prefix ending in "*".
struct BaoRule {
    std::string path;
    std::set<std::string> capabilities;
};
/// What openbao.md measured as exactly enough for one folder.
std::vector<BaoRule> operator_policy(const std::string& mount, const std::string& folder);

struct BaoToken {
    std::string name;             ///< shows as display_name and in the write log
    std::vector<BaoRule> rules;   ///< their paths begin in the token's namespace
    std::string name_space = {};  ///< empty: the root one
    bool root = false;
    std::optional<Duration> ttl;      ///< none: never expires
    std::optional<Duration> max_ttl;  ///< renewals end there
    bool renewable = true;
};

/// Tokens and what they may do.
class BaoTokens {
  public:
    void add(const std::string& token, BaoToken spec, Wall now);
    void revoke(const std::string& token) { tokens_.erase(token); }

    /// Null: none, bad, revoked or expired.
    [[nodiscard]] const BaoToken* find(const std::string& token, Wall now) const;
    /// The rule with the longest matching path decides.
    static bool allows(const BaoToken& token, const std::string& path, std::string_view capability);
    /// Has it any capability below `prefix`?
    static bool allows_below(const BaoToken& token, const std::string& prefix);

    [[nodiscard]] BaoReply lookup(const std::string& token, Wall now) const;
    /// What a login answers for a token that it added.
    [[nodiscard]] BaoReply login(const std::string& token, boost::json::object metadata) const;
    BaoReply renew(const std::string& token, std::optional<Duration> increment, Wall now);

  private:
    struct Live {
        BaoToken spec;
        Wall issued{};
        std::optional<Wall> expires;
    };
    static BaoReply
    auth(const std::string& token, const Live& live, Duration lease, boost::json::value metadata);
    std::map<std::string, Live> tokens_;
};

}  // namespace wavegate::sandbox
