#include "reconcilers/rollout/tools.hpp"

#include <algorithm>
#include <unordered_set>

namespace wavegate::rollout {
namespace {

/// Nothing new, as at nearly every pass: told without looking each name up.
bool begins_as(const std::vector<std::string>& tools, const Facts& facts) {
    auto known = tools.begin();
    return std::all_of(facts.begin(), facts.end(), [&](const auto& fact) {
        return fact.first != "tool" || (known != tools.end() && *known++ == fact.second);
    });
}

std::vector<std::string> with(std::vector<std::string> tools, const Facts& facts) {
    constexpr std::size_t most = 2'000;
    std::unordered_set<std::string> known(tools.begin(), tools.end());
    for (const auto& [key, value] : facts) {
        if (key == "tool" && tools.size() < most && known.insert(value).second) {
            tools.push_back(value);
        }
    }
    return tools;
}

}  // namespace

void remember_tools(Reducer& reducer) {
    const auto& scene = reducer.scene();
    const std::vector<std::string> none;
    for (const auto& member : scene.record.members()) {
        for (const auto kind : {CheckKind::Baseline, CheckKind::Direct}) {
            const auto* evidence = scene.ledger.latest(kind, member.service);
            if (evidence == nullptr) {
                continue;
            }
            const auto& all = scene.record.seen_tools();
            const auto at = all.find(member.service);
            const auto& tools = at == all.end() ? none : at->second;
            if (!begins_as(tools, evidence->facts)) {
                reducer.learn_tools(member.service, with(tools, evidence->facts));
            }
        }
    }
}

}  // namespace wavegate::rollout
