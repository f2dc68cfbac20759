#pragma once

#include <cstddef>
#include <utility>

namespace wavegate::testing {

/// A test's other idea of what stands in a history, whose items never change by themselves.
template <class History, class Change>
void amend(History& history, std::size_t place, Change change) {
    auto item = history[place];
    change(item);
    history.replace(place, std::move(item));
}

template <class History, class Change>
void amend_last(History& history, Change change) {
    amend(history, history.size() - 1, std::move(change));
}

template <class History, class Change>
void amend_each(History& history, Change change) {
    for (std::size_t place = 0; place < history.size(); ++place) {
        amend(history, place, change);
    }
}

}  // namespace wavegate::testing
