#include "operator/formats/compose.hpp"
#include "operator/formats/compose_environment.hpp"
#include "operator/formats/compose_text.hpp"
#include "operator/formats/compose_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

namespace wavegate::formats {
namespace {

bool is_name(std::string_view key) {
    const auto good = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '.' || c == '-';
    };
    return !key.empty() && !(key.front() >= '0' && key.front() <= '9') && key.front() != '-' &&
           key.front() != '.' && std::ranges::all_of(key, good);
}

std::string patched(std::string text, std::vector<Patch> patches) {
    // From the end on, so that the places before it stay true.
    std::ranges::sort(
        patches, std::ranges::greater(), [](const Patch& patch) { return patch.span.begin; });
    for (const auto& [span, replacement] : patches) {
        text.replace(span.begin, span.end - span.begin, replacement);
    }
    return text;
}

Result<std::string>
apply(const std::string& text, std::string_view service, const ComposeChange& change) {
    auto root = read_compose_tree(text);
    if (!root) {
        return root.take_error();
    }
    auto environment = Environment::find(text, *root, service);
    if (!environment) {
        return environment.take_error();
    }
    auto patches = change.value ? environment->set(change.key, written_value(change))
                                : environment->remove(change.key);
    if (!patches) {
        return patches.take_error().in(change.key);
    }
    return patched(text, std::move(*patches));
}

Result<void> check(std::string_view text, const std::vector<ComposeChange>& changes) {
    if (const auto odd = find_odd_line_end(text); odd != std::string_view::npos) {
        const auto line = std::ranges::count(text.substr(0, odd), '\n') + 1;
        return invalid_at(static_cast<int>(line), "a line end that parsers read differently");
    }
    std::set<std::string_view> keys;
    for (const ComposeChange& change : changes) {
        if (!is_name(change.key) || !keys.insert(change.key).second) {
            return Error(ErrorKind::Invalid, "a change without a proper name, or two of one name");
        }
        if (change.value && !is_writable(*change.value)) {
            return Error(ErrorKind::Invalid, change.key + ": the value holds control characters");
        }
    }
    return {};
}

using EnvironmentOfService = std::map<std::string, ComposeEnv>;

/// What a service shares with others through merge keys or aliases is not its own to change: does
/// Docker read what is wanted?
Result<void> check_change(const EnvironmentOfService& after, const ComposeChange& change) {
    const auto found = after.find(change.key);
    if (found == after.end() ? !change.value : change.value.has_value()) {
        return {};
    }
    if (found != after.end()) {
        return invalid_at(
            found->second.line,
            fmt::format(
                "{} comes in through an alias or a merge key, and stays: set it, or take it out "
                "there",
                change.key));
    }
    return Error(ErrorKind::Invalid, change.key + ": the edit would not be read by Docker");
}

Result<void> check_outcome(
    std::string_view text,
    std::string_view edited,
    const std::string& service,
    const std::vector<ComposeChange>& changes) {
    auto before = read_compose(text);
    auto after = before ? read_compose(edited) : before.take_error();
    if (!after) {
        return after.take_error();
    }
    auto& old = before->services[service].environment;
    auto& now = after->services[service].environment;
    for (const ComposeChange& change : changes) {
        auto checked = check_change(now, change);
        if (!checked) {
            return checked;
        }
        old.erase(change.key);
        now.erase(change.key);
    }
    const bool same = std::ranges::equal(old, now, [](const auto& a, const auto& b) {
        return a.first == b.first && a.second.place == b.second.place &&
               a.second.text == b.second.text;
    });
    return same ? Result<void>()
                : Error(ErrorKind::Invalid, "the edit would change other entries, by a merge key");
}

}  // namespace

Result<std::string> edit_compose(
    std::string_view text,
    std::string_view service,
    const std::vector<ComposeChange>& changes) {
    auto checked = check(text, changes);
    if (!checked) {
        return checked.take_error();
    }
    const auto before = read_compose_tree(text);
    if (!before) {
        return before.error();
    }
    std::string edited(text);
    // Values first: an environment that is emptied and filled again keeps its place and form.
    for (const bool removing : {false, true}) {
        for (const ComposeChange& change : changes) {
            if (change.value.has_value() == removing) {
                continue;
            }
            auto next = apply(edited, service, change);
            if (!next) {
                return next.take_error();
            }
            edited = std::move(*next);
        }
    }
    const auto after = read_compose_tree(edited);
    if (!after || !differs_only_by(*before, *after, service, changes) ||
        is_json(text) != is_json(edited)) {
        return Error(ErrorKind::Invalid, "the edit would change more than its entries");
    }
    auto outcome = check_outcome(text, edited, std::string(service), changes);
    if (!outcome) {
        return outcome.take_error();
    }
    return edited;
}

}  // namespace wavegate::formats
