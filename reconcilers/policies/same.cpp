#include "reconcilers/policies/same.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

namespace wavegate::policies {
namespace {

namespace json = boost::json;

constexpr std::string_view kAnyMark = "managed-by=wavegate";

/// Path, operator and values; values of other kinds than texts stay as they are written.
using Meaning = std::tuple<std::string, std::string, std::set<std::string>>;

Meaning meaning_of(const PolicyCondition& condition) {
    boost::system::error_code failed;
    const auto value = json::parse(condition.value, failed);
    if (!failed && condition.op == "equals" && value.is_string()) {
        return {condition.path, "in", {json::serialize(value)}};
    }
    if (failed || condition.op != "in" || !value.is_array()) {
        return {condition.path, condition.op, {condition.value}};
    }
    std::set<std::string> values;
    for (const auto& one : value.get_array()) {
        values.insert(json::serialize(one));
    }
    return {condition.path, "in", std::move(values)};
}

std::set<Meaning> meaning_of(const std::vector<PolicyCondition>& conditions) {
    std::set<Meaning> all;
    for (const auto& condition : conditions) {
        all.insert(meaning_of(condition));
    }
    return all;
}

bool decides_alike(const PolicyRule& a, const PolicyRule& b) {
    const auto set_of = [](const std::vector<std::string>& texts) {
        return std::set<std::string>(texts.begin(), texts.end());
    };
    return a.effect == b.effect && set_of(a.actions) == set_of(b.actions) &&
           meaning_of(a.principal) == meaning_of(b.principal) &&
           meaning_of(a.resource) == meaning_of(b.resource);
}

}  // namespace

bool says_the_same(const std::vector<Policy>& standing, const Policy& wanted) {
    return std::any_of(standing.begin(), standing.end(), [&](const Policy& policy) {
        return !policy.description.starts_with(kAnyMark) && std::equal(
                                                                policy.rules.begin(),
                                                                policy.rules.end(),
                                                                wanted.rules.begin(),
                                                                wanted.rules.end(),
                                                                decides_alike);
    });
}

}  // namespace wavegate::policies
