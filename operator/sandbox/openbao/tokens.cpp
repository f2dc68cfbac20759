#include "operator/sandbox/openbao/tokens.hpp"

#include "operator/base/digest.hpp"

#include <algorithm>

namespace wavegate::sandbox {
namespace json = boost::json;
namespace {

std::int64_t whole_seconds(Duration duration) {
    return std::chrono::floor<std::chrono::seconds>(duration).count();
}

json::array policies_of(const BaoToken& token) {
    return token.root ? json::array{"root"} : json::array{"default", token.name};
}

bool matches(const BaoRule& rule, std::string_view path) {
    if (rule.path.ends_with('*')) {
        return path.starts_with(rule.path.substr(0, rule.path.size() - 1));
    }
    return path == rule.path;
}

}  // namespace

std::vector<BaoRule> operator_policy(const std::string& mount, const std::string& folder) {
    return {
        {mount + "/data/" + folder + "/*", {"create", "read", "update", "patch"}},
        {mount + "/metadata/" + folder + "/*",
         {"create", "read", "update", "patch", "list", "delete"}},
        {mount + "/detailed-metadata/" + folder + "/*", {"list"}},
        {mount + "/destroy/" + folder + "/*", {"update"}}};
}

void BaoTokens::add(const std::string& token, BaoToken spec, Wall now) {
    Live live{std::move(spec), now, std::nullopt};
    if (live.spec.ttl) {
        live.expires = now + *live.spec.ttl;
    }
    tokens_[token] = std::move(live);
}

const BaoToken* BaoTokens::find(const std::string& token, Wall now) const {
    const auto it = tokens_.find(token);
    if (it == tokens_.end() || (it->second.expires && *it->second.expires <= now)) {
        return nullptr;
    }
    return &it->second.spec;
}

bool BaoTokens::allows(
    const BaoToken& token,
    const std::string& path,
    std::string_view capability) {
    if (token.root) {
        return true;
    }
    const BaoRule* best = nullptr;
    for (const auto& rule : token.rules) {
        if (matches(rule, path) && (best == nullptr || best->path.size() < rule.path.size())) {
            best = &rule;
        }
    }
    return best != nullptr && best->capabilities.contains(std::string(capability));
}

bool BaoTokens::allows_below(const BaoToken& token, const std::string& prefix) {
    return token.root ||
           std::any_of(token.rules.begin(), token.rules.end(), [&](const BaoRule& rule) {
               return rule.path.starts_with(prefix) && !rule.capabilities.empty();
           });
}

BaoReply BaoTokens::lookup(const std::string& token, Wall now) const {
    const auto& live = tokens_.at(token);
    json::value expire_time = nullptr;
    if (live.expires) {
        expire_time = to_rfc3339(*live.expires);
    }
    json::object data{
        {"accessor", short_hash(token, 24)},
        {"creation_time", whole_seconds(live.issued.time_since_epoch())},
        {"creation_ttl", whole_seconds(live.spec.ttl.value_or(Duration(0)))},
        {"display_name", live.spec.name},
        {"entity_id", ""},
        {"expire_time", expire_time},
        {"explicit_max_ttl", 0},
        {"id", token},
        {"issue_time", to_rfc3339(live.issued)},
        {"meta", nullptr},
        {"num_uses", 0},
        {"orphan", true},
        {"path", "auth/token/create"},
        {"policies", policies_of(live.spec)},
        {"renewable", live.spec.renewable},
        {"ttl", live.expires ? whole_seconds(*live.expires - now) : 0},
        {"type", "service"}};
    if (!live.spec.name_space.empty()) {
        data["namespace_path"] = live.spec.name_space + "/";
    }
    return bao_data(std::move(data));
}

BaoReply BaoTokens::renew(const std::string& token, std::optional<Duration> increment, Wall now) {
    auto& live = tokens_.at(token);
    if (!live.spec.renewable || !live.spec.ttl) {
        return bao_error(400, "lease is not renewable");
    }
    auto lease = increment.value_or(*live.spec.ttl);
    bool capped = false;
    if (live.spec.max_ttl) {
        const auto left =
            std::chrono::ceil<std::chrono::seconds>(live.issued + *live.spec.max_ttl - now);
        capped = Duration(left) < lease;
        lease = capped ? Duration(left) : lease;
    }
    live.expires = now + lease;
    auto reply = auth(token, live, lease, nullptr);
    if (capped) {
        reply.warnings.emplace_back("TTL exceeded the effective max_ttl; TTL value is capped");
    }
    return reply;
}

BaoReply BaoTokens::login(const std::string& token, json::object metadata) const {
    const auto& live = tokens_.at(token);
    return auth(token, live, live.spec.ttl.value_or(Duration(0)), std::move(metadata));
}

BaoReply
BaoTokens::auth(const std::string& token, const Live& live, Duration lease, json::value metadata) {
    BaoReply reply;
    reply.status = 200;
    reply.auth = json::object{
        {"client_token", token},
        {"accessor", short_hash(token, 24)},
        {"policies", policies_of(live.spec)},
        {"token_policies", policies_of(live.spec)},
        {"metadata", std::move(metadata)},
        {"lease_duration", whole_seconds(lease)},
        {"renewable", live.spec.renewable},
        {"entity_id", ""},
        {"token_type", "service"},
        {"orphan", true},
        {"mfa_requirement", nullptr},
        {"num_uses", 0}};
    return reply;
}

}  // namespace wavegate::sandbox
