#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace wavegate {

/// The item of that name, or null. Lists in the order of their names, as a fleet's are, are
/// searched by halving, and others, in which that leads nowhere, from end to end.
template <class Items>
auto find_named(const Items& items, std::string_view name) -> decltype(&items[0]) {
    std::size_t low = 0;
    std::size_t high = items.size();
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        if (items[middle].name < name) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low < items.size() && items[low].name == name) {
        return &items[low];
    }
    const auto at = std::find_if(
        items.begin(), items.end(), [&](const auto& item) { return item.name == name; });
    return at == items.end() ? nullptr : &*at;
}

/// Puts items in the order of their names.
template <class Item>
void sort_by_name(std::vector<Item>& items) {
    const auto less = [](const Item& a, const Item& b) { return a.name < b.name; };
    if (!std::is_sorted(items.begin(), items.end(), less)) {
        std::stable_sort(items.begin(), items.end(), less);
    }
}

}  // namespace wavegate
