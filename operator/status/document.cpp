#include "operator/status/document.hpp"

#include "operator/model/inputs.hpp"
#include "operator/status/conditions.hpp"
#include "operator/status/objects.hpp"
#include "operator/status/proofs.hpp"
#include "operator/status/rights.hpp"
#include "operator/status/words.hpp"

#include <algorithm>

namespace wavegate::status {
namespace json = boost::json;
namespace {

json::object source_json(const SourceView& source) {
    json::array diagnostics;
    for (const auto& one : source.found) {
        json::object out;
        out["severity"] = one.severity == Severity::Error ? "error" : "warning";
        out["file"] = clean(one.origin.file);
        out["line"] = one.origin.line;
        out["column"] = one.origin.column;
        out["object"] = clean(one.object);
        out["field"] = clean(one.field);
        out["message"] = clean(one.message);
        diagnostics.push_back(std::move(out));
    }
    json::object out;
    out["revision"] = text_or_null(source.revision);
    out["seen"] = text_or_null(source.seen);
    out["ready"] = source.ready;
    out["reason"] = text_or_null(source.reason);
    out["message"] = clean(source.message);
    out["since"] = time_or_null(source.since);
    out["diagnostics"] = std::move(diagnostics);
    return out;
}

/// Who acts on the fleet, and whether that is this process.
json::object leader_json(const View& view) {
    const auto& leads = view.leads;
    json::object out;
    out["acts"] = view.acts;
    out["lock"] = leads.locked ? "fleet" : "none";
    out["holder"] = text_or_null(clean(leads.holder));
    out["host"] = text_or_null(clean(leads.host));
    out["since"] = leads.since == Wall() ? json::value() : json::value(to_rfc3339(leads.since));
    out["term"] = leads.term;
    out["message"] = lead_words(leads, view.acts);
    return out;
}

/// A gate's newest evidence; `current` says that what it looked at is still what is there.
json::value gate_json(const Index& index, CheckKind kind, const std::string* inputs) {
    const auto at = index.gates.find(kind);
    if (at == index.gates.end()) {
        return nullptr;
    }
    auto out = evidence_json(*at->second, index.view.now);
    if (inputs != nullptr) {
        out["current"] = !inputs->empty() && *inputs == at->second->inputs;
    }
    return out;
}

json::object gates_json(const Index& index) {
    const auto& view = index.view;
    std::string token;
    std::string policy;
    if (view.desired != nullptr && view.observed != nullptr) {
        token = token_inputs(*view.desired, *view.observed);
        policy = policy_inputs(*view.desired, *view.observed);
    }
    json::object out;
    out["token"] = gate_json(index, CheckKind::Token, &token);
    out["policy"] = gate_json(index, CheckKind::Policy, &policy);
    out["children"] = gate_json(index, CheckKind::Children, nullptr);
    return out;
}

/// What the watch found broken, the gravest first.
json::array headlines_json(const View& view) {
    json::array out;
    for (const auto& one : headlines(view)) {
        json::object entry;
        entry["object"] = clean(one.object);
        entry["message"] = clean(one.message);
        entry["since"] = time_or_null(one.since);
        entry["verb"] = text_or_null(one.verb);
        out.push_back(std::move(entry));
    }
    return out;
}

json::object multiplexer_json(const Index& index) {
    const auto& record = index.view.record.multiplexer();
    json::value wait = nullptr;
    std::string message = record.cause();
    if (index.view.desired != nullptr) {
        const auto object = "Multiplexer/" + index.view.desired->fleet.multiplexer.stack;
        if (const auto* found = find_or_null(index.waits, object)) {
            wait = wait_json(index, *found);
            message = found->message;
        }
    }
    json::object out;
    out["stage"] = to_string(record.stage());
    out["since"] = time_or_null(record.since);
    out["message"] = clean(message);
    out["tools"] = record.children.size();
    out["restarts"] = record.restarts.size();
    out["waits"] = std::move(wait);
    return out;
}

json::object backends_json(const View& view) {
    json::object out;
    for (const auto& [name, backend] : view.backends) {
        json::object one;
        one["ok"] = backend.ok;
        one["message"] = clean(backend.message);
        one["at"] = time_or_null(backend.at);
        out[name] = std::move(one);
    }
    return out;
}

template <class Items, class Project>
json::array each(const Index& index, const Items& items, Project project) {
    json::array out;
    out.reserve(items.size());
    for (const auto& item : items) {
        out.push_back(project(index, item));
    }
    return out;
}

json::array waits_json(const Index& index) {
    return each(index, index.view.waits, wait_json);
}

json::object items(json::array list) {
    json::object out;
    out["items"] = std::move(list);
    return out;
}

/// Values of stacks' Env are secrets whoever owns them; only the auth block's are none.
json::object field_json(const Index& index, const Edit& edit, const FieldChange& change) {
    const bool open =
        edit.stack() == nullptr || index.view.desired->fleet.auth_profile.owns(change.field);
    const auto shown = [open](const std::string& value) {
        return open || value.empty() || value.front() == '(' ? clean(value) : "(secret)";
    };
    json::object out;
    out["field"] = clean(change.field);
    out["before"] = shown(change.before);
    out["after"] = shown(change.after);
    return out;
}

bool is_released(const View& view, const Edit& edit) {
    return std::any_of(view.release.begin(), view.release.end(), [&](const Edit& released) {
        return released.id == edit.id;
    });
}

json::object edit_json(const Index& index, const Edit& edit) {
    json::object out;
    out["id"] = edit.id;
    out["released"] = is_released(index.view, edit);
    out["kind"] = edit.kind();
    out["target"] = clean(edit.target);
    out["service"] = nullptr;
    if (const auto* stack = edit.stack()) {
        out["service"] = text_or_null(stack->service);
        if (stack->from != stack->to || edit.is_flip() || edit.is_way_back()) {
            out["from"] = to_string(stack->from);
            out["to"] = to_string(stack->to);
        }
    }
    out["why"] = clean(edit.why);
    json::array fields;
    for (const auto& field : edit.fields) {
        fields.push_back(field_json(index, edit, field));
    }
    out["fields"] = std::move(fields);
    return out;
}

json::object obstacle_json(const Index& /*index*/, const Obstacle& obstacle) {
    json::object out;
    out["object"] = clean(obstacle.object);
    out["reason"] = clean(obstacle.reason);
    out["message"] = clean(obstacle.message);
    return out;
}

json::object check_json(const Index& /*index*/, const Check& check) {
    json::object out;
    out["kind"] = to_string(check.kind);
    out["subject"] = clean(check.subject);
    return out;
}

json::object event_json(const Index& /*index*/, const Event& event) {
    json::object out;
    out["at"] = time_or_null(event.at);
    out["kind"] = clean(event.kind);
    out["object"] = clean(event.object);
    out["reason"] = clean(event.reason);
    out["message"] = clean(event.message);
    return out;
}

}  // namespace

json::object status_document(const View& view) {
    const Index index(view);
    json::object look;
    look["answered"] = view.answered;
    json::object out;
    out["now"] = time_or_null(view.now);
    out["fleet"] = nullptr;
    out["standing"] = text_or_null(view.standing);
    out["leader"] = leader_json(view);
    out["source"] = source_json(view.source);
    out["conditions"] = to_json(fleet_conditions(view), view.source.revision);
    out["rollout"] = rollout_entry(view);
    out["broken"] = headlines_json(view);
    out["gates"] = gates_json(index);
    out["multiplexer"] = multiplexer_json(index);
    out["waves"] = json::array();
    out["services"] = json::array();
    out["clients"] = json::array();
    out["policies"] = json::array();
    if (view.desired != nullptr) {
        out["fleet"] = view.desired->fleet.name;
        out["waves"] = each(index, view.desired->fleet.waves, wave_entry);
        out["services"] = each(index, view.desired->services, service_entry);
        out["clients"] = each(index, view.desired->clients, client_entry);
        out["policies"] = each(index, view.desired->policies, policy_entry);
    }
    out["waits"] = waits_json(index);
    out["backends"] = backends_json(view);
    out["passes"] = view.passes;
    out["lookNow"] = std::move(look);
    return out;
}

json::object plan_document(const View& view) {
    const Index index(view);
    json::object out;
    out["revision"] = text_or_null(view.source.revision);
    out["standing"] = text_or_null(view.standing);
    out["edits"] = each(index, view.diff.edits, edit_json);
    out["release"] = each(index, view.release, edit_json);
    out["rights"] = rights_json(rights_planned(view));
    out["checks"] = each(index, view.ask, check_json);
    out["obstacles"] = each(index, view.diff.obstacles, obstacle_json);
    out["waits"] = waits_json(index);
    return out;
}

json::object services_list(const View& view) {
    const Index index(view);
    return items(
        view.desired == nullptr ? json::array()
                                : each(index, view.desired->services, service_object));
}

json::object waves_list(const View& view) {
    const Index index(view);
    return items(
        view.desired == nullptr ? json::array()
                                : each(index, view.desired->fleet.waves, wave_entry));
}

json::object rollouts_list(const View& view) {
    json::array list;
    if (auto rollout = rollout_entry(view); !rollout.is_null()) {
        list.push_back(std::move(rollout));
    }
    return items(std::move(list));
}

json::object events_list(const View& view) {
    const Index index(view);
    return items(each(index, view.events, event_json));
}

std::optional<json::object> one_service(const View& view, std::string_view name) {
    const auto* spec = view.desired == nullptr ? nullptr : view.desired->service(std::string(name));
    if (spec == nullptr) {
        return std::nullopt;
    }
    return service_object(Index(view), *spec);
}

}  // namespace wavegate::status
