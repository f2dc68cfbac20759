#include "operator/model/rights.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace wavegate {
namespace {

constexpr const char* kAnybody = "*";
const std::vector<std::string> kAnyTool{""};

/// The texts in a condition's value: "\"a\"" or "[\"a\",\"b\"]".
void add_texts(const std::string& value, std::set<std::string>& texts) {
    for (auto at = value.find('"'); at != std::string::npos;) {
        const auto end = value.find('"', at + 1);
        if (end == std::string::npos) {
            return;
        }
        texts.insert(value.substr(at + 1, end - at - 1));
        at = value.find('"', end + 1);
    }
}

/// What any rule names: in its conditions of the principal, or of the resource.
std::set<std::string> named_in(
    const std::vector<Policy>& policies,
    std::vector<PolicyCondition> PolicyRule::*conditions,
    std::string_view path) {
    std::set<std::string> named;
    for (const auto& policy : policies) {
        for (const auto& rule : policy.rules) {
            for (const auto& condition : rule.*conditions) {
                if (condition.path == path) {
                    add_texts(condition.value, named);
                }
            }
        }
    }
    return named;
}

/// -1 lost, 0 as before, 1 gained.
struct Turn {
    int list = 0;
    int call = 0;
};

/// What becomes of one principal's rights. Of tools that no rule names, one answers for all.
class Comparison {
  public:
    Comparison(
        const std::vector<Policy>& before,
        const std::vector<Policy>& after,
        const std::set<std::string>& named,
        std::string_view principal)
        : before_(before), after_(after), named_(named), principal_(principal) {}

    Turn of(const std::string& tool) {
        const auto& asked = named_.contains(tool) ? tool : other_;
        const auto [at, fresh] = turns_.try_emplace(asked);
        if (fresh) {
            at->second = {turn(asked, "list"), turn(asked, "execute")};
        }
        return at->second;
    }

  private:
    [[nodiscard]] int turn(const std::string& tool, std::string_view action) const {
        const AccessQuestion question{principal_, tool, action};
        return static_cast<int>(lets_in(after_, question)) -
               static_cast<int>(lets_in(before_, question));
    }

    const std::vector<Policy>& before_;
    const std::vector<Policy>& after_;
    const std::set<std::string>& named_;
    std::string_view principal_;
    const std::string other_;
    std::map<std::string, Turn> turns_;
};

/// What the principal gains or loses at one service, by what it may do with the tools.
void compare(
    Comparison& comparison,
    const RightsChange& at,
    const std::vector<std::string>& tools,
    std::vector<RightsChange>& changes) {
    using Key = std::tuple<bool, bool, bool>;
    std::map<Key, std::vector<std::string>> by_right;
    for (const auto& tool : tools) {
        const auto turn = comparison.of(tool);
        for (const int sign : {1, -1}) {
            if (turn.list == sign || turn.call == sign) {
                by_right[{sign > 0, turn.list == sign, turn.call == sign}].push_back(tool);
            }
        }
    }
    for (auto& [key, named] : by_right) {
        auto change = at;
        std::tie(change.gained, change.list, change.call) = key;
        change.all_tools = named.size() == tools.size();
        change.tools = std::move(named);
        changes.push_back(std::move(change));
    }
}

}  // namespace

std::vector<Policy> policies_after(std::vector<Policy> policies, const std::vector<Edit>& edits) {
    for (const auto& edit : edits) {
        const auto* body = std::get_if<PolicyEdit>(&edit.body);
        if (body == nullptr) {
            continue;
        }
        if (body->verb == PolicyEdit::Verb::Create) {
            policies.push_back(body->policy);
        } else {
            std::erase_if(
                policies, [&](const Policy& policy) { return policy.name == body->policy.name; });
        }
    }
    return policies;
}

std::vector<RightsChange> rights_changed(
    const DesiredState& desired,
    const Tools& all_tools,
    const std::vector<Policy>& before,
    const std::vector<Policy>& after) {
    auto principals = named_in(before, &PolicyRule::principal, "uri");
    principals.merge(named_in(after, &PolicyRule::principal, "uri"));
    principals.insert(kAnybody);
    auto named = named_in(before, &PolicyRule::resource, "attributes.name");
    named.merge(named_in(after, &PolicyRule::resource, "attributes.name"));
    std::vector<RightsChange> changes;
    for (const auto& principal : principals) {
        Comparison comparison(before, after, named, principal);
        for (const auto& service : desired.services) {
            const auto known = all_tools.find(service.name);
            const bool unknown = known == all_tools.end() || known->second.empty();
            RightsChange at;
            at.principal = principal;
            at.service = service.name;
            compare(comparison, at, unknown ? kAnyTool : known->second, changes);
        }
    }
    return changes;
}

}  // namespace wavegate
