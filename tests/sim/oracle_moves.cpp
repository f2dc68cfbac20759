// What only a look at more than one thing shows: invariants 5, 9, 11 and 15.
#include "tests/sim/oracle.hpp"
#include "tests/sim/oracle_facts.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace wavegate::testing {

using facts::at_or;
using facts::kMultiplexer;

namespace {

/// No soak of ours takes that long, whatever stood still in it.
constexpr Duration kProven = std::chrono::hours(2);
/// A flip that is younger than that has no task that was probed.
constexpr Duration kComingUp = std::chrono::seconds(5);
/// A restart takes longer.
constexpr Duration kOneRestart = std::chrono::seconds(10);

bool is_ours(const std::string& policy) {
    return policy.starts_with("wavegate-");
}

bool names_the_multiplexer(const boost::json::value& value) {
    if (const auto* list = value.if_array()) {
        return !list->empty() && std::all_of(list->begin(), list->end(), names_the_multiplexer);
    }
    return value.is_string() && value.get_string() == facts::kPrincipal;
}

/// A rule that lets in somebody else than the desired state names.
bool lets_others_in(const sandbox::pdp::Rule& rule) {
    return rule.allow && std::none_of(
                             rule.principal.begin(),
                             rule.principal.end(),
                             [](const sandbox::pdp::Condition& each) {
                                 return names_the_multiplexer(each.value);
                             });
}

}  // namespace

/// What is wanted enforcing goes back only while it is a flip of ours that is not proven.
void Oracle::judge_way_back(const std::string& service, const Seen& before) {
    const auto now = clock_.now().mono;
    // Sent for a former revision, it may land in this one.
    const bool asked_before = at_or(stack_sent_, service, now) < rollout_began_;
    if (!expected_.wave_of.contains(service) || asked_before) {
        return;
    }
    if (!before.brought) {
        violation(15, service + " was opened: its block was no flip of ours");
    } else if (before.good >= before.moved + kProven && !(aborted_ && *aborted_ >= before.moved)) {
        violation(15, service + " was opened: it was proven for long");
    }
}

/// It is kept still while a flip has not come up, unless it can do nothing as it is.
void Oracle::judge_multiplexer_write(const sandbox::StackWrite& write) {
    const auto now = clock_.now().mono;
    const auto* auth = sandbox::env_value(stacks_[kMultiplexer].env, "MCP_CLIENT_AUTH");
    const bool mends = consumer_bad_ || auth == nullptr || *auth == "none";
    for (const auto& [service, seen] : seen_) {
        const bool coming_up = seen.jwt && seen.by_us && now - seen.moved < kComingUp;
        if (coming_up && seen.good < seen.moved && !mends) {
            violation(5, fmt::format("the multiplexer was written while {} came up", service));
        }
    }
    if (!write.what.starts_with("restart")) {
        return;
    }
    if (!restarted_.empty() && now - restarted_.back() < kOneRestart) {
        violation(9, "the multiplexer was restarted twice");
    }
    restarted_.push_back(now);
}

void Oracle::judge_admissions() {
    const auto& writes = world_.eunomia.writes();
    for (auto i = policy_writes_; i < writes.size(); ++i) {
        for (const auto& policy : world_.eunomia.policies()) {
            const bool written = policy.name == writes[i].policy && is_ours(policy.name);
            if (written && std::any_of(policy.rules.begin(), policy.rules.end(), lets_others_in)) {
                violation(11, "the policy " + policy.name + " lets strangers in");
            }
        }
    }
}

/// Two policies of one document are a state between, no end; but for a service that was let go,
/// which may need the older one.
void Oracle::judge_doubles() {
    const bool let_go = std::any_of(seen_.begin(), seen_.end(), [&](const auto& each) {
        return each.second.jwt && !expected_.wave_of.contains(each.first) &&
               !expected_.open.contains(each.first);
    });
    if (let_go) {
        return;
    }
    std::map<std::string, int> documents;
    for (const auto& policy : world_.eunomia.policies()) {
        const auto document = policy.name.substr(0, policy.name.rfind('-'));
        if (is_ours(policy.name) && ++documents[document] > 1) {
            violation(9, "two policies are left of " + document);
        }
    }
}

}  // namespace wavegate::testing
