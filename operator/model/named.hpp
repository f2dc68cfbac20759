#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace wavegate {

/// The first item of that name, or null. Lists in the order of their names, as a fleet's are, are
/// searched by halving, others from end to end.
template <class Item>
const Item* find_named(const std::vector<Item>& items, std::string_view name) {
    const auto near = std::lower_bound(
        items.begin(), items.end(), name, [](const Item& item, std::string_view wanted) {
            return item.name < wanted;
        });
    if (near != items.end() && near->name == name) {
        return &*near;
    }
    const auto at = std::find_if(
        items.begin(), items.end(), [&](const Item& item) { return item.name == name; });
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
