#include "operator/program/plan_text.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavegate::program {
namespace {

namespace json = boost::json;

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

json::object edit_document(const status::View& view, const Edit& edit) {
    json::array fields;
    for (const auto& change : edit.fields) {
        json::object field;
        field["field"] = change.field;
        field["before"] = change.before;
        field["after"] = change.after;
        fields.push_back(std::move(field));
    }
    json::object one;
    one["target"] = edit.target;
    one["why"] = edit.why;
    one["releasedNext"] = is_released(view, edit);
    one["fields"] = std::move(fields);
    return one;
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
    return !view.diff.edits.empty() || !view.release.empty() || !view.diff.obstacles.empty();
}

std::string plan_text(const status::View& view) {
    std::string text;
    const auto edits = all_edits(view);
    for (const auto& edit : edits) {
        text += edit_text(view, edit);
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

json::object plan_document(const status::View& view) {
    json::array edits;
    for (const auto& edit : all_edits(view)) {
        edits.push_back(edit_document(view, edit));
    }
    json::array obstacles;
    for (const auto& obstacle : view.diff.obstacles) {
        json::object one;
        one["object"] = obstacle.object;
        one["reason"] = obstacle.reason;
        one["message"] = obstacle.message;
        obstacles.push_back(std::move(one));
    }
    json::array waits;
    for (const auto& wait : view.waits) {
        json::object one;
        one["object"] = wait.object;
        one["reason"] = std::string(to_string(wait.reason));
        one["message"] = wait.message;
        waits.push_back(std::move(one));
    }
    json::array checks;
    for (const auto& check : view.ask) {
        json::object one;
        one["check"] = std::string(to_string(check.kind));
        one["subject"] = check.subject;
        checks.push_back(std::move(one));
    }
    json::object document;
    document["revision"] = view.source.revision;
    document["changes"] = std::move(edits);
    document["obstacles"] = std::move(obstacles);
    document["waits"] = std::move(waits);
    document["checks"] = std::move(checks);
    return document;
}

}  // namespace wavegate::program
