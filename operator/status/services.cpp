#include "operator/status/conditions.hpp"
#include "operator/status/objects.hpp"
#include "operator/status/proofs.hpp"
#include "operator/status/words.hpp"

namespace wavegate::status {
namespace json = boost::json;
namespace {

/// What runs; null when nothing is known to run.
json::value live_auth(const Index& index, const ServiceSpec& spec) {
    const auto* running = index.running_of(spec);
    if (running == nullptr) {
        return nullptr;
    }
    const auto& profile = index.view.desired->fleet.auth_profile;
    return json::value(to_string(profile.mode_of(running->auth)));
}

/// Null where the service's auth is let go as it is.
json::value desired_auth(const Index& index, const ServiceSpec& spec) {
    const auto* running = index.running_of(spec);
    const bool let_go =
        !spec.declared && spec.auth == AuthMode::None && running != nullptr &&
        index.view.desired->fleet.auth_profile.mode_of(running->auth) != AuthMode::None;
    if (let_go) {
        return nullptr;
    }
    return json::value(to_string(spec.auth));
}

json::array evidence_about(const Index& index, const std::string& subject) {
    json::array out;
    const auto at = index.evidence.find(subject);
    if (at != index.evidence.end()) {
        for (const auto& [kind, evidence] : at->second) {
            out.push_back(evidence_json(*evidence, index.view.now));
        }
    }
    return out;
}

json::value wait_of(const Index& index, const ServiceSpec& spec) {
    const auto* wait = find_or_null(index.waits, "Service/" + spec.name);
    if (wait == nullptr) {
        return nullptr;
    }
    return wait_json(index, *wait);
}

std::string revision_of(const Index& index) {
    return index.view.desired->revision;
}

json::array names(const std::vector<std::string>& from) {
    json::array out;
    for (const auto& name : from) {
        out.emplace_back(clean(name));
    }
    return out;
}

}  // namespace

json::object wait_json(const Index& index, const Wait& wait) {
    constexpr std::string_view service = "Service/";
    const std::string_view object = wait.object;
    const Member* member = nullptr;
    if (object.starts_with(service)) {
        member = find_or_null(index.members, object.substr(service.size()));
    }
    const bool silent = member == nullptr && wait.reason == Reason::None;
    const auto phase = member == nullptr ? Phase::Pending : member->phase();
    json::object out;
    out["object"] = clean(wait.object);
    out["for"] = silent ? clean(wait.message) : waits_for(wait.reason, phase);
    out["reason"] = wait.reason == Reason::None && member != nullptr ? to_string(phase)
                                                                     : to_string(wait.reason);
    out["message"] = clean(wait.message);
    out["since"] = time_or_null(wait.since);
    out["until"] = nullptr;
    if (wait.until) {
        const auto left = *wait.until - index.view.now.mono;
        out["until"] = to_rfc3339(index.view.now.wall + left);
    }
    out["verb"] = wait.verb;
    out["endedBy"] = ended_by(wait, phase);
    return out;
}

json::object service_entry(const Index& index, const ServiceSpec& spec) {
    json::object auth;
    auth["desired"] = desired_auth(index, spec);
    auth["live"] = live_auth(index, spec);
    const auto* member = find_or_null(index.members, spec.name);
    json::object out;
    out["name"] = spec.name;
    out["auth"] = std::move(auth);
    out["wave"] = text_or_null(spec.wave);
    out["phase"] = phase_of(index, spec);
    out["since"] = member == nullptr ? json::value(nullptr) : time_or_null(member->since);
    const auto proven = member == nullptr ? Claim() : claim_of(index, *member);
    out["provenAt"] = time_or_null(proven.proven_at.value_or(Time()));
    out["cause"] = text_or_null(
        member == nullptr || member->cause() == nullptr ? "" : member->cause()->message);
    out["excepted"] = index.excepted.contains(spec.name);
    out["waits"] = wait_of(index, spec);
    out["conditions"] = to_json(service_conditions(index, spec), revision_of(index));
    out["evidence"] = evidence_about(index, spec.name);
    return out;
}

json::object service_object(const Index& index, const ServiceSpec& spec) {
    json::object wanted;
    wanted["auth"] = desired_auth(index, spec);
    wanted["wave"] = text_or_null(spec.wave);
    wanted["stack"] = clean(spec.stack);
    wanted["service"] = clean(spec.compose_service);
    wanted["child"] = clean(spec.child);
    wanted["url"] = clean(spec.url);
    wanted["policy"] = names(spec.policies);
    wanted["declared"] = spec.declared;
    json::object status = service_entry(index, spec);
    status.erase("name");
    status["auth"] = live_auth(index, spec);
    json::array waits;
    if (auto wait = wait_of(index, spec); !wait.is_null()) {
        waits.push_back(std::move(wait));
    }
    status["waits"] = std::move(waits);
    json::object metadata;
    metadata["name"] = spec.name;
    json::object out;
    out["apiVersion"] = "wavegate.dev/v1";
    out["kind"] = "McpService";
    out["metadata"] = std::move(metadata);
    out["spec"] = std::move(wanted);
    out["status"] = std::move(status);
    return out;
}

std::vector<Condition> client_conditions(const Index& index, const OidcClientSpec& spec) {
    const auto& view = index.view;
    std::vector<const Edit*> edits;
    for (const auto& edit : view.diff.edits) {
        if (edit.target == "client/" + spec.client_id ||
            edit.target == "secret/" + spec.secret_path) {
            edits.push_back(&edit);
        }
    }
    bool observed = false;
    if (view.observed != nullptr) {
        const auto at = view.observed->clients.find(spec.client_id);
        observed = at != view.observed->clients.end() && at->second.ok();
    }
    return object_conditions(index, "OidcClient/" + spec.name, observed, edits);
}

json::object client_entry(const Index& index, const OidcClientSpec& spec) {
    json::object secret;
    secret["path"] = clean(spec.secret_path);
    json::object out;
    out["name"] = spec.name;
    out["clientId"] = clean(spec.client_id);
    out["secret"] = std::move(secret);
    out["conditions"] = to_json(client_conditions(index, spec), revision_of(index));
    return out;
}

std::vector<Condition> policy_conditions(const Index& index, const PolicySpec& spec) {
    const auto& view = index.view;
    std::vector<const Edit*> edits;
    for (const auto& edit : view.diff.edits) {
        const auto* policy = std::get_if<PolicyEdit>(&edit.body);
        if (policy != nullptr && policy->document == spec.name) {
            edits.push_back(&edit);
        }
    }
    const bool observed = view.observed != nullptr && view.observed->policies.ok();
    return object_conditions(index, "EunomiaPolicy/" + spec.name, observed, edits);
}

json::object policy_entry(const Index& index, const PolicySpec& spec) {
    const auto& view = index.view;
    json::object out;
    out["name"] = spec.name;
    out["rules"] = spec.rules.size();
    const auto known = view.policies.find(spec.name);
    out["policy"] = text_or_null(known == view.policies.end() ? "" : known->second);
    out["conditions"] = to_json(policy_conditions(index, spec), revision_of(index));
    return out;
}

}  // namespace wavegate::status
