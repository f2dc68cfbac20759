#include "operator/status/conditions.hpp"

#include "operator/model/inputs.hpp"
#include "operator/status/proofs.hpp"
#include "operator/status/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::status {
namespace json = boost::json;
namespace {

constexpr std::string_view kTrue = "True";
constexpr std::string_view kFalse = "False";

std::string truth(bool value) {
    return std::string(value ? kTrue : kFalse);
}

Condition make(
    std::string_view type,
    std::string_view status,
    std::string_view reason,
    std::string_view message,
    Time since) {
    Condition condition;
    condition.type = type;
    condition.status = status;
    condition.reason = reason;
    condition.message = message;
    condition.since = since;
    return condition;
}

/// A member, and what is said of it.
struct Told {
    const Member& member;
    Hold hold;

    [[nodiscard]] std::string reason() const {
        return std::string(
            hold.reason == Reason::None ? to_string(member.phase()) : to_string(hold.reason));
    }
    [[nodiscard]] std::string message() const {
        if (!hold.message.empty()) {
            return hold.message;
        }
        const auto what = waits_for(hold.reason, member.phase());
        return what.empty() ? "" : "waits for " + what;
    }
};

Condition ready_of(const Index& index, const Told& told) {
    const auto& member = told.member;
    if (member.phase() == Phase::Ready) {
        const auto claim = claim_of(index, member);
        if (!claim.unproven.empty()) {
            auto unproven = make("Ready", "Unknown", "Unproven", claim.unproven, member.since);
            unproven.proven_at = claim.proven_at;
            return unproven;
        }
        auto ready = make(
            "Ready",
            kTrue,
            "Verified",
            member.to == AuthMode::Jwt ? "it demands a token and passed every check"
                                       : "it runs open, as is desired",
            member.since);
        ready.proven_at = claim.proven_at;
        return ready;
    }
    return make("Ready", kFalse, told.reason(), told.message(), member.since);
}

Condition reconciling_of(const Told& told, bool stalled) {
    const auto& member = told.member;
    const bool moves = in_motion(member) || (member.phase() == Phase::Pending && !stalled);
    return make(
        "Reconciling",
        truth(moves),
        moves ? told.reason() : "Settled",
        moves ? told.message() : "",
        member.since);
}

Condition stalled_of(const Told& told, bool stalled, bool excepted, Time now) {
    const auto& member = told.member;
    const auto cause = member.cause() == nullptr ? std::string() : member.cause()->message;
    std::string message = told.message();
    if (stalled && !cause.empty() && message.find(cause) == std::string::npos) {
        message += message.empty() ? cause : ": " + cause;
    }
    const bool accepted = excepted && needs_person(member, told.hold, now);
    const char* quiet = accepted ? "Accepted" : "NotStalled";
    return make(
        "Stalled",
        truth(stalled),
        stalled ? told.reason() : quiet,
        stalled ? message : "",
        member.since);
}

std::string fields_of(const std::vector<const Edit*>& edits) {
    std::vector<std::string> names;
    for (const auto* edit : edits) {
        for (const auto& field : edit->fields) {
            names.push_back(field.field);
        }
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names.empty() ? "" : fmt::format(" in {}", fmt::join(names, ", "));
}

Condition drifted_of(
    bool observed,
    const std::vector<const Edit*>& edits,
    const Obstacle* obstacle,
    Time since) {
    if (!observed) {
        return make("Drifted", "Unknown", "NotObserved", "it can't be observed", since);
    }
    if (obstacle != nullptr && obstacle->reason == kEnvUnreadable) {
        return make("Drifted", "Unknown", obstacle->reason, obstacle->message, since);
    }
    if (obstacle != nullptr) {
        return make("Drifted", kTrue, obstacle->reason, obstacle->message, since);
    }
    if (!edits.empty()) {
        return make(
            "Drifted", kTrue, "Differs", "live and desired differ" + fields_of(edits), since);
    }
    return make("Drifted", kFalse, "AsDesired", "", since);
}

std::vector<Condition> outsider_conditions(const std::string& phase, Time since) {
    std::string message = "it can't be observed";
    if (phase == "NotDeployed") {
        message = "it is not deployed, stopped, or wants no replica";
    } else if (phase == "Unmanaged") {
        message = "it has no document: its auth is left as it is";
    }
    const auto status = phase == "NotDeployed" ? kFalse : "Unknown";
    return {
        make("Ready", status, phase, message, since),
        make("Reconciling", kFalse, phase, "", since),
        make("Stalled", kFalse, phase, "", since)};
}

/// What its env files held that was left out, for people.
std::string left_out(const Index& index, const std::string& service) {
    const auto* observed = index.view.observed.get();
    if (observed == nullptr) {
        return "";
    }
    const auto at = observed->env_files.find(service);
    return at == observed->env_files.end() || !at->second.ok()
               ? ""
               : fmt::format("{}", fmt::join(at->second->notes, "; "));
}

/// Whether anything is to be written about it just now or not.
bool runs_otherwise(const Index& index, const ServiceSpec& spec) {
    const auto& observed = *index.view.observed;
    return wanted_mode(*index.view.desired, spec, observed).has_value() &&
           live_block(spec, observed) != nullptr &&
           !in_wanted_mode(*index.view.desired, spec, observed);
}

Condition drifted_of(
    const Index& index,
    const ServiceSpec& spec,
    const std::vector<const Edit*>& edits,
    const Obstacle* obstacle,
    Time since) {
    auto drifted = drifted_of(index.observed(), edits, obstacle, since);
    if (drifted.status == kFalse && runs_otherwise(index, spec)) {
        drifted = make("Drifted", kTrue, "Differs", "it runs in another mode", since);
    }
    if (const auto notes = left_out(index, spec.name); !notes.empty()) {
        drifted.message += (drifted.message.empty() ? "" : "; ") + notes;
    }
    return drifted;
}

/// Verified, but nobody knows whether it has all that its files bring.
Condition unless_unread(Condition ready, const Obstacle* obstacle) {
    if (obstacle != nullptr && obstacle->reason == kEnvUnreadable && ready.status == kTrue) {
        ready.status = "Unknown";
        ready.reason = obstacle->reason;
        ready.message = obstacle->message;
    }
    return ready;
}

std::vector<const Edit*> edits_of(const Index& index, const std::string& service) {
    const auto at = index.edits.find(service);
    return at == index.edits.end() ? std::vector<const Edit*>() : at->second;
}

std::vector<Condition>
dated(const View& view, const std::string& object, std::vector<Condition> conditions) {
    if (view.turns == nullptr) {
        return conditions;
    }
    for (auto& condition : conditions) {
        const auto at = view.turns->find(turn_key(object, condition.type));
        condition.since = at == view.turns->end() ? condition.since : at->second.since;
    }
    return conditions;
}

Condition source_condition(const SourceView& source) {
    if (source.reason.empty() && source.revision.empty()) {
        return make(kSourceReady, "Unknown", "NotFetched", "no revision was fetched yet", {});
    }
    return make(
        kSourceReady,
        truth(source.ready),
        source.reason.empty() ? "Fetched" : source.reason,
        source.message,
        source.since);
}

}  // namespace

std::string turn_key(const std::string& object, std::string_view type) {
    return fmt::format("{}/{}", object, type);
}

json::array to_json(const std::vector<Condition>& conditions, const std::string& revision) {
    json::array out;
    for (const auto& condition : conditions) {
        json::object one;
        one["type"] = condition.type;
        one["status"] = condition.status;
        one["reason"] = clean(condition.reason);
        one["message"] = clean(condition.message);
        one["observedGeneration"] = clean(revision);
        one["lastTransitionTime"] = time_or_null(condition.since);
        if (condition.proven_at) {
            one["provenAt"] = time_or_null(*condition.proven_at);
        }
        out.push_back(std::move(one));
    }
    return out;
}

std::string phase_of(const Index& index, const ServiceSpec& spec) {
    if (const auto* member = find_or_null(index.members, spec.name)) {
        return std::string(to_string(member->phase()));
    }
    if (!index.observed()) {
        return "Unknown";
    }
    return index.deployed(spec) ? "Unmanaged" : "NotDeployed";
}

std::vector<Condition> service_conditions(const Index& index, const ServiceSpec& spec) {
    const auto edits = edits_of(index, spec.name);
    const auto object = "Service/" + spec.name;
    const auto* obstacle = find_or_null(index.obstacles, object);
    const auto* member = find_or_null(index.members, spec.name);
    if (member == nullptr) {
        const auto since = index.view.record.started();
        auto conditions = outsider_conditions(phase_of(index, spec), since);
        conditions.push_back(drifted_of(index, spec, edits, obstacle, since));
        return dated(index.view, object, std::move(conditions));
    }
    const bool excepted = index.excepted.contains(spec.name);
    const auto now = index.view.now;
    const Told told{*member, index.hold(spec.name)};
    const bool waits = needs_person(*member, told.hold, now);
    return dated(
        index.view,
        object,
        {unless_unread(ready_of(index, told), obstacle),
         reconciling_of(told, waits),
         stalled_of(told, waits && !excepted, excepted, now),
         drifted_of(index, spec, edits, obstacle, member->since)});
}

bool is_drifted(const Index& index, const ServiceSpec& spec) {
    const auto* obstacle = find_or_null(index.obstacles, "Service/" + spec.name);
    return drifted_of(index, spec, edits_of(index, spec.name), obstacle, {}).status == kTrue;
}

std::vector<Condition> object_conditions(
    const Index& index,
    const std::string& object,
    bool observed,
    const std::vector<const Edit*>& edits) {
    const auto* obstacle = find_or_null(index.obstacles, object);
    auto drifted = drifted_of(observed, edits, obstacle, index.view.record.started());
    auto ready = drifted;
    ready.type = "Ready";
    ready.status = drifted.status == kTrue ? kFalse : drifted.status == kFalse ? kTrue : "Unknown";
    return dated(index.view, object, {ready, drifted});
}

std::vector<Condition> fleet_conditions(const View& view) {
    const bool halted =
        view.standing == "Halted" || view.standing == "Awaited" || view.standing == "Blind";
    const auto since = view.record.finished().value_or(view.record.started());
    const std::string standing = view.standing.empty() ? "NotObserved" : view.standing;
    const std::string ready(
        view.standing.empty() ? "Unknown" : truth(view.standing == "Converged"));
    const auto stalls = std::find_if(
        view.waits.begin(), view.waits.end(), [](const Wait& wait) { return !wait.verb.empty(); });
    const bool known = halted && stalls != view.waits.end();
    const auto broken = headline_text(view);
    const auto first = known ? stalls->object + ": " + stalls->message : std::string();
    const auto why = halted && !broken.empty() ? broken : first;
    const auto name = view.desired == nullptr ? std::string() : view.desired->fleet.name;
    return dated(
        view,
        "Fleet/" + name,
        {source_condition(view.source),
         make("Ready", ready, standing, broken, since),
         make("Reconciling", truth(view.standing == "Moving"), standing, "", since),
         make("Stalled", truth(halted), standing, why, since)});
}

}  // namespace wavegate::status
