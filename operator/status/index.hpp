#pragma once

#include "operator/status/view.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::status {

/// A View's parts by what they are about, so that a projection is linear in the fleet's size.
/// Points into the View, which must outlive it.
struct Index {
    explicit Index(const View& view);

    const View& view;
    std::map<std::string_view, const Member*> members;
    std::map<std::string_view, const SwarmService*> running;  ///< by "<stack>_<service>"
    std::map<std::string_view, const StackView*> stacks;
    std::map<std::string_view, const Wait*> waits;                              ///< by object
    std::map<std::string_view, std::map<CheckKind, const Evidence*>> evidence;  ///< newest
    std::map<CheckKind, const Evidence*> gates;  ///< newest of each kind, whatever the subject
    std::map<std::string_view, std::vector<const Edit*>> edits;  ///< of stacks and restarts
    std::map<std::string_view, const Obstacle*> obstacles;       ///< by object
    std::set<std::string_view> excepted;

    [[nodiscard]] bool observed() const;
    /// What is said of a service; nothing: it waits for nothing.
    [[nodiscard]] Hold hold(const std::string& service) const;
    /// Null when it is not running or not observed.
    [[nodiscard]] const SwarmService* running_of(const ServiceSpec& spec) const;
    /// Runs with at least one wanted replica in an active stack.
    [[nodiscard]] bool deployed(const ServiceSpec& spec) const;
};

template <class Map>
auto find_or_null(const Map& map, std::string_view key) {
    const auto at = map.find(key);
    return at == map.end() ? nullptr : at->second;
}

}  // namespace wavegate::status
