#pragma once

#include <boost/iterator/indirect_iterator.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

namespace wavegate {

/// Some items of a history, oldest first. Valid as long as the history is not changed.
template <class Item>
class Excerpt {
  public:
    using Pointers = std::vector<std::shared_ptr<const Item>>;

    Excerpt(const Pointers& items, std::span<const std::uint32_t> places)
        : items_(&items), places_(places) {}

    [[nodiscard]] std::size_t size() const { return places_.size(); }
    [[nodiscard]] bool empty() const { return places_.empty(); }
    [[nodiscard]] const Item& operator[](std::size_t i) const { return *(*items_)[places_[i]]; }
    /// The newest for which `wanted` holds, or null.
    template <class Wanted>
    [[nodiscard]] const Item* newest(Wanted wanted) const {
        for (auto i = size(); i-- > 0;) {
            if (wanted((*this)[i])) {
                return &(*this)[i];
            }
        }
        return nullptr;
    }

  private:
    const Pointers* items_;
    std::span<const std::uint32_t> places_;
};

/// Items in the order in which they came, oldest first, and where to find those of a value of each
/// key: a type whose `of(item)` gives what is compared. Copies share the items, which are never
/// changed: a ledger of ten thousand rows is handed on for the price of its pointers, and who holds
/// a copy keeps what it read while others add to theirs.
template <class Item, class... Keys>
class History {
    using Pointers = typename Excerpt<Item>::Pointers;

  public:
    using value_type = Item;
    using const_iterator = boost::indirect_iterator<typename Pointers::const_iterator>;
    using const_reverse_iterator = std::reverse_iterator<const_iterator>;

    History() = default;
    History(std::initializer_list<Item> items) {
        for (const auto& item : items) {
            push_back(item);
        }
    }

    [[nodiscard]] const_iterator begin() const { return items_.begin(); }
    [[nodiscard]] const_iterator end() const { return items_.end(); }
    [[nodiscard]] const_reverse_iterator rbegin() const { return const_reverse_iterator(end()); }
    [[nodiscard]] const_reverse_iterator rend() const { return const_reverse_iterator(begin()); }
    [[nodiscard]] std::size_t size() const { return items_.size(); }
    [[nodiscard]] bool empty() const { return items_.empty(); }
    [[nodiscard]] const Item& operator[](std::size_t place) const { return *items_[place]; }
    [[nodiscard]] const Item& front() const { return *items_.front(); }
    [[nodiscard]] const Item& back() const { return *items_.back(); }

    void push_back(Item item) {
        items_.push_back(std::make_shared<const Item>(std::move(item)));
        add_to_indexes(items_.size() - 1);
    }

    void replace(std::size_t place, Item item) {
        (std::get<Index<Keys>>(indexes_).take_out(items_, place), ...);
        items_[place] = std::make_shared<const Item>(std::move(item));
        add_to_indexes(place);
    }

    /// In the place of the newest of the same value; comes last where there is none.
    template <class Key>
    void put(Item item) {
        const auto same = places_of<Key>(Key::of(item));
        if (same.empty()) {
            push_back(std::move(item));
        } else {
            replace(same.back(), std::move(item));
        }
    }

    void clear() { *this = History(); }

    /// Those for which `kept` says so of their place.
    template <class Kept>
    void keep(Kept kept) {
        Pointers left;
        for (std::size_t place = 0; place < items_.size(); ++place) {
            if (kept(place)) {
                left.push_back(std::move(items_[place]));
            }
        }
        items_ = std::move(left);
        (std::get<Index<Keys>>(indexes_).build(items_), ...);
    }

    /// The newest of each value of this key, and the last `recent` of all.
    template <class Key>
    void keep_newest(std::size_t recent = 0) {
        std::vector<bool> kept(items_.size(), false);
        std::fill(
            kept.end() - static_cast<std::ptrdiff_t>(std::min(recent, size())), kept.end(), true);
        for (const auto place : std::get<Index<Key>>(indexes_).newest(items_)) {
            kept[place] = true;
        }
        keep([&](std::size_t place) { return kept[place]; });
    }

    template <class Key, class Value>
    [[nodiscard]] Excerpt<Item> of(const Value& value) const {
        return {items_, places_of<Key>(value)};
    }

    template <class Key, class Value>
    [[nodiscard]] const Item* newest(const Value& value) const {
        const auto same = places_of<Key>(value);
        return same.empty() ? nullptr : items_[same.back()].get();
    }

    /// How many values of this key there are.
    template <class Key>
    [[nodiscard]] std::size_t distinct() const {
        return std::get<Index<Key>>(indexes_).distinct();
    }

  private:
    /// Places, sorted by the key's value and then by age.
    template <class Key>
    class Index {
      public:
        void add(const Pointers& items, std::size_t place) {
            distinct_ += find(items, Key::of(*items[place])).empty() ? 1 : 0;
            const auto at = std::lower_bound(places_.begin(), places_.end(), place, before(items));
            places_.insert(at, static_cast<std::uint32_t>(place));
        }

        void take_out(const Pointers& items, std::size_t place) {
            places_.erase(std::lower_bound(places_.begin(), places_.end(), place, before(items)));
            distinct_ -= find(items, Key::of(*items[place])).empty() ? 1 : 0;
        }

        void build(const Pointers& items) {
            places_.resize(items.size());
            for (std::size_t place = 0; place < items.size(); ++place) {
                places_[place] = static_cast<std::uint32_t>(place);
            }
            std::sort(places_.begin(), places_.end(), before(items));
            distinct_ = newest(items).size();
        }

        [[nodiscard]] std::size_t distinct() const { return distinct_; }

        template <class Value>
        [[nodiscard]] std::span<const std::uint32_t> find(const Pointers& items, const Value& value)
            const {
            const auto first = std::lower_bound(
                places_.begin(), places_.end(), value, [&](auto place, const auto& wanted) {
                    return Key::of(*items[place]) < wanted;
                });
            const auto last =
                std::upper_bound(first, places_.end(), value, [&](const auto& wanted, auto place) {
                    return wanted < Key::of(*items[place]);
                });
            return {first, last};
        }

        [[nodiscard]] std::vector<std::uint32_t> newest(const Pointers& items) const {
            std::vector<std::uint32_t> found;
            for (std::size_t i = 0; i < places_.size(); ++i) {
                const bool last = i + 1 == places_.size() ||
                                  Key::of(*items[places_[i]]) < Key::of(*items[places_[i + 1]]);
                if (last) {
                    found.push_back(places_[i]);
                }
            }
            return found;
        }

      private:
        static auto before(const Pointers& items) {
            return [&items](std::size_t one, std::size_t other) {
                const auto& a = Key::of(*items[one]);
                const auto& b = Key::of(*items[other]);
                return a < b || (!(b < a) && one < other);
            };
        }

        std::vector<std::uint32_t> places_;
        std::size_t distinct_ = 0;
    };

    template <class Key, class Value>
    [[nodiscard]] std::span<const std::uint32_t> places_of(const Value& value) const {
        return std::get<Index<Key>>(indexes_).find(items_, value);
    }

    void add_to_indexes([[maybe_unused]] std::size_t place) {
        (std::get<Index<Keys>>(indexes_).add(items_, place), ...);
    }

    Pointers items_;
    std::tuple<Index<Keys>...> indexes_;
};

}  // namespace wavegate
