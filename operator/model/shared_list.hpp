#pragma once

#include <boost/iterator/indirect_iterator.hpp>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

namespace wavegate {

/// A list whose copies share its items. What is taken over from one look into the next costs a
/// pointer, however much stands in it.
template <class Item>
class SharedList {
    using Pointers = std::vector<std::shared_ptr<const Item>>;

  public:
    using value_type = Item;
    using const_iterator = boost::indirect_iterator<typename Pointers::const_iterator>;
    using iterator = const_iterator;

    SharedList() = default;
    SharedList(std::initializer_list<Item> items) : SharedList(std::vector<Item>(items)) {}
    // NOLINTNEXTLINE(google-explicit-constructor): a list is a list.
    SharedList(std::vector<Item> items) {
        reserve(items.size());
        for (auto& item : items) {
            push_back(std::move(item));
        }
    }

    [[nodiscard]] const_iterator begin() const { return items_.begin(); }
    [[nodiscard]] const_iterator end() const { return items_.end(); }
    [[nodiscard]] std::size_t size() const { return items_.size(); }
    [[nodiscard]] bool empty() const { return items_.empty(); }
    [[nodiscard]] const Item& operator[](std::size_t place) const { return *items_[place]; }
    [[nodiscard]] const Item& front() const { return *items_.front(); }
    [[nodiscard]] const Item& back() const { return *items_.back(); }

    void reserve(std::size_t count) { items_.reserve(count); }
    void push_back(Item item) { items_.push_back(std::make_shared<const Item>(std::move(item))); }
    void push_back(std::shared_ptr<const Item> item) { items_.push_back(std::move(item)); }

    /// Stable, and free where it is in that order already.
    template <class Less>
    void sort(Less less) {
        if (!std::is_sorted(begin(), end(), less)) {
            std::stable_sort(items_.begin(), items_.end(), [&](const auto& a, const auto& b) {
                return less(*a, *b);
            });
        }
    }

  private:
    Pointers items_;
};

}  // namespace wavegate
