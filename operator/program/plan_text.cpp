#include "operator/program/plan_text.hpp"

#include "operator/status/rights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavegate::program {
namespace {

bool is_released(const status::View& view, const Edit& edit) {
    return std::any_of(view.release.begin(), view.release.end(), [&](const Edit& released) {
        return released.id == edit.id;
    });
}

std::string edit_text(const status::View& view, const Edit& edit) {
    std::string text = fmt::format(
        "{} {}{}{}\n",
        is_released(view, edit) ? "*" : "-",
        edit.target,
        edit.why.empty() ? "" : ": ",
        edit.why);
    for (const auto& change : edit.fields) {
        text += fmt::format(
            "    {}: {} -> {}\n",
            change.field,
            change.before.empty() ? "(none)" : change.before,
            change.after.empty() ? "(none)" : change.after);
    }
    return text;
}

/// Edits that differ, and those that are released without being a difference (restarts).
std::vector<Edit> all_edits(const status::View& view) {
    auto edits = view.diff.edits;
    for (const auto& released : view.release) {
        const bool known = std::any_of(
            edits.begin(), edits.end(), [&](const Edit& edit) { return edit.id == released.id; });
        if (!known) {
            edits.push_back(released);
        }
    }
    return edits;
}

std::string asks_text(const status::View& view) {
    std::string text;
    for (const auto& check : view.ask) {
        text += fmt::format("? {} {}\n", to_string(check.kind), check.subject);
    }
    return text;
}

}  // namespace

bool has_changes(const status::View& view) {
    const auto& obstacles = view.diff.obstacles;
    return !view.diff.edits.empty() || !view.release.empty() ||
           std::any_of(obstacles.begin(), obstacles.end(), [](const Obstacle& obstacle) {
               return !obstacle.awaits_acceptance;
           });
}

std::string plan_text(const status::View& view) {
    std::string text;
    const auto edits = all_edits(view);
    for (const auto& edit : edits) {
        text += edit_text(view, edit);
    }
    for (const auto& line : status::rights_lines(status::rights_planned(view))) {
        text += fmt::format("{} {}\n", line.gained ? ">" : "<", line.text);
    }
    for (const auto& obstacle : view.diff.obstacles) {
        text += fmt::format("! {}: {}: {}\n", obstacle.object, obstacle.reason, obstacle.message);
    }
    for (const auto& wait : view.waits) {
        text += "~ " + wait.object;
        text += wait.reason == Reason::None ? "" : fmt::format(": {}", to_string(wait.reason));
        text += wait.message.empty() ? "\n" : ": " + wait.message + "\n";
    }
    text += asks_text(view);
    if (!has_changes(view)) {
        return text + "Nothing to change.\n";
    }
    return text + fmt::format(
                      "\n{} to change (*: next), {} cannot be written (!), {} checks are asked "
                      "next (?).\n",
                      edits.size(),
                      view.diff.obstacles.size(),
                      view.ask.size());
}

}  // namespace wavegate::program
