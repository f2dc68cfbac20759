#include "operator/status/rights.hpp"

#include "operator/status/words.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

namespace wavegate::status {
namespace json = boost::json;
namespace {

constexpr std::size_t kNamed = 8;  ///< in one line; the document names all

Tools tools_known(const View& view) {
    auto tools = view.ledger == nullptr ? Tools() : probed_tools(*view.ledger);
    for (const auto& [service, seen] : view.record.seen_tools()) {
        auto& known = tools[service];
        known.insert(known.end(), seen.begin(), seen.end());
    }
    for (auto& [service, known] : tools) {
        std::sort(known.begin(), known.end());
        known.erase(std::unique(known.begin(), known.end()), known.end());
    }
    return tools;
}

std::string named(const std::vector<std::string>& names) {
    const auto shown = std::min(names.size(), kNamed);
    std::vector<std::string> first;
    std::transform(
        names.begin(),
        names.begin() + static_cast<std::ptrdiff_t>(shown),
        std::back_inserter(first),
        [](const std::string& name) { return clean(name); });
    auto text = fmt::format("{}", fmt::join(first, ", "));
    return shown < names.size() ? text + fmt::format(" and {} more", names.size() - shown) : text;
}

std::string who(const RightsChange& change) {
    const auto name = change.principal == "*" ? "whoever no rule names" : clean(change.principal);
    const auto* what = !change.call ? "see" : !change.list ? "call" : "see and call";
    return fmt::format("{} {} {}", name, change.gained ? "may now" : "may no longer", what);
}

bool is_any_tool(const RightsChange& change) {
    return change.tools.size() == 1 && change.tools.front().empty();
}

}  // namespace

std::vector<RightsChange> rights_planned(const View& view) {
    const bool seen = view.observed != nullptr && view.observed->policies.ok();
    if (view.desired == nullptr || !seen) {
        return {};
    }
    const auto& before = *view.observed->policies;
    const auto after = policies_after(before, view.diff.edits);
    return before == after ? std::vector<RightsChange>()
                           : rights_changed(*view.desired, tools_known(view), before, after);
}

std::vector<RightsLine> rights_lines(const std::vector<RightsChange>& changes) {
    // What is so of all tools is one line for all services.
    std::map<std::pair<bool, std::string>, std::vector<std::string>> whole;
    std::vector<RightsLine> lines;
    for (const auto& change : changes) {
        if (change.all_tools) {
            const auto* tools = is_any_tool(change) ? " any tool of " : " all tools of ";
            whole[{change.gained, who(change) + tools}].push_back(change.service);
        } else {
            lines.push_back(
                {change.gained,
                 fmt::format(
                     "{} {} of {}", who(change), named(change.tools), clean(change.service))});
        }
    }
    for (const auto& [key, services] : whole) {
        lines.push_back({key.first, key.second + named(services)});
    }
    std::stable_sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) {
        return a.gained > b.gained;
    });
    return lines;
}

json::array rights_json(const std::vector<RightsChange>& changes) {
    json::array list;
    for (const auto& change : changes) {
        json::array tools;
        for (const auto& tool : change.tools) {
            tools.push_back(tool.empty() ? json::value("*") : json::value(clean(tool)));
        }
        list.push_back(json::object{
            {"change", change.gained ? "gains" : "loses"},
            {"principal", clean(change.principal)},
            {"service", clean(change.service)},
            {"list", change.list},
            {"call", change.call},
            {"tools", std::move(tools)}});
    }
    return list;
}

}  // namespace wavegate::status
