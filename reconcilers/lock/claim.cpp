#include "reconcilers/lock/claim.hpp"

#include <charconv>

namespace wavegate::lock {
namespace {

std::string text(const LockConfig::Labels& labels, const char* name) {
    const auto at = labels.find(name);
    return at == labels.end() ? std::string() : at->second;
}

std::uint64_t number(const LockConfig::Labels& labels, const char* name) {
    const auto said = text(labels, name);
    std::uint64_t value = 0;
    const auto [end, failed] = std::from_chars(said.data(), said.data() + said.size(), value);
    const bool whole = failed == std::errc() && end == said.data() + said.size();
    return whole ? value : 0;
}

}  // namespace

LockConfig::Labels labels_of(const Claim& claim) {
    LockConfig::Labels labels{
        {"fleet", claim.fleet},
        {"term", std::to_string(claim.term)},
        {"renew", std::to_string(claim.renew)}};
    if (!claim.holder.empty()) {
        labels["holder"] = claim.holder;
        labels["identity"] = claim.identity;
        labels["host"] = claim.host;
        labels["since"] = to_rfc3339(claim.since);
    }
    return labels;
}

Claim claim_of(const LockConfig::Labels& labels) {
    Claim claim;
    claim.fleet = text(labels, "fleet");
    claim.holder = text(labels, "holder");
    claim.identity = text(labels, "identity");
    claim.host = text(labels, "host");
    claim.since = parse_rfc3339(text(labels, "since")).value_or(Wall());
    claim.term = number(labels, "term");
    claim.renew = number(labels, "renew");
    return claim;
}

}  // namespace wavegate::lock
