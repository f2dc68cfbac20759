#include "reconcilers/guard/judge.hpp"

#include "operator/base/digest.hpp"
#include "operator/model/admission.hpp"
#include "operator/model/client_rules.hpp"
#include "operator/model/inputs.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::guard {
namespace {

Refusal stale(std::string message) {
    return {0, std::move(message)};
}

/// Gives every variable that it touches another value, and takes none away.
bool only_restores(const StackEdit& body) {
    return !body.file && std::all_of(body.env.begin(), body.env.end(), [](const EnvChange& change) {
        return change.value != nullptr && !change.value->empty();
    });
}

std::string attribute(const std::map<std::string, std::string>& map, const std::string& key) {
    const auto at = map.find(key);
    return at == map.end() ? std::string() : at->second;
}

}  // namespace

Verdict Judge::judge(Edit edit, Live live, LeaseProof lease) const {
    if (auto objection = object_to(edit, live, lease)) {
        return std::move(*objection);
    }
    return Permit(std::move(edit), std::move(live));
}

Judge::Objection Judge::object_to(const Edit& edit, const Live& live, LeaseProof lease) const {
    if (!lease.held() && !edit.is_way_back()) {
        return Refusal{10, "no lease, or the store takes no commits: only ways back are allowed"};
    }
    return std::visit(
        [&](const auto& body) { return this->object_to(edit, body, live); }, edit.body);
}

Judge::Objection Judge::object_to(const Edit& edit, const StackEdit& body, const Live& live) const {
    if (auto objection = object_to_staleness(body, live)) {
        return objection;
    }
    const auto* mark = find_env(live.stack->env, kOwnerKey);
    if (mark != nullptr && *mark != nullptr && !(**mark == Secret::copy_of(desired_.fleet.name))) {
        return Refusal{8, "the stack bears another fleet's mark"};
    }
    if (auto objection = object_to_branch(edit, body, live)) {
        return objection;
    }
    switch (body.purpose) {
        case StackPurpose::Flip:
            return body.to == AuthMode::Jwt ? object_to_jwt(edit, body) : Objection();
        case StackPurpose::WayBack:
            return std::nullopt;
        case StackPurpose::EnvSync:
            return body.block_after.empty()
                       ? Objection()
                       : Objection(Refusal{1, "an env sync may not touch the auth block"});
        case StackPurpose::Wiring:
        case StackPurpose::Unwiring:
            return object_to_multiplexer(body);
    }
    return Refusal{0, "unknown purpose"};
}

Judge::Objection Judge::object_to_staleness(const StackEdit& body, const Live& live) {
    if (!live.stack || live.stack->file == nullptr || !live.service) {
        return stale("the stack or its service was not read again");
    }
    if (sha256_hex(*live.stack->file) != body.file_digest_before ||
        live.stack->file_version() != body.file_version_before) {
        return stale("the stack changed since this was planned");
    }
    if (live.service->auth != body.block_before && body.purpose != StackPurpose::WayBack) {
        return stale("the running auth block changed since this was planned");
    }
    if (live.stack->status == StackStatus::Deploying) {
        return stale("another deployment of the stack is under way");
    }
    return std::nullopt;
}

Judge::Objection Judge::object_to_multiplexer(const StackEdit& body) const {
    if (body.stack != desired_.fleet.multiplexer.stack || !body.block_after.empty()) {
        return Refusal{2, "wiring is for the multiplexer's outbound env alone"};
    }
    for (const auto& change : body.env) {
        const bool outbound = std::find(kOutboundKeys.begin(), kOutboundKeys.end(), change.name) !=
                              kOutboundKeys.end();
        if (!outbound && !change.name.starts_with("WAVEGATE_")) {
            return Refusal{8, fmt::format("{} is not the wiring's to change", change.name)};
        }
    }
    if (body.purpose == StackPurpose::Wiring && !keeps_secret_in_force(body)) {
        return Refusal{
            7, "the secret to be handed out is not the one in force of a client of ours"};
    }
    if (body.purpose == StackPurpose::Unwiring && any_enforcing()) {
        if (!only_restores(body)) {
            return Refusal{11, "services enforce: the multiplexer needs its outbound env"};
        }
        if (!keeps_secret_in_force(body)) {
            return Refusal{7, "the secret before is not the one in force"};
        }
    }
    for (const auto& intent : ledger_.intents) {
        if (intent.kind == "flip" && newest_move(intent.service) == &intent &&
            before_direct(intent)) {
            return Refusal{
                5, fmt::format("{} is between its flip and a passed direct probe", intent.service)};
        }
    }
    return std::nullopt;
}

Judge::Objection Judge::object_to(const Edit& /*edit*/, const RestartEdit& body, const Live& live)
    const {
    if (!live.service || live.service->name != body.swarm_service) {
        return stale("the service was not read again");
    }
    if (body.service != desired_.fleet.multiplexer.stack) {
        return std::nullopt;
    }
    for (const auto& intent : ledger_.intents) {
        if (intent.kind == "flip" && newest_move(intent.service) == &intent &&
            before_direct(intent)) {
            return Refusal{
                5, fmt::format("{} is between its flip and a passed direct probe", intent.service)};
        }
    }
    return std::nullopt;
}

Judge::Objection Judge::object_to(const Edit& /*edit*/, const ClientEdit& body, const Live& live)
    const {
    if (body.owner != desired_.fleet.name) {
        return Refusal{8, "the client would get another fleet's mark"};
    }
    if (const auto why = why_reserved(desired_.fleet.keycloak, body.client_id); !why.empty()) {
        return Refusal{8, fmt::format("the client {} {}", body.client_id, why)};
    }
    if (body.create) {
        return live.client ? Objection(stale("the client exists by now")) : Objection();
    }
    if (!live.client || live.client->id != body.uuid || live.client->client_id != body.client_id) {
        return stale("the client is gone or another one");
    }
    return ownership(*live.client, desired_.fleet.name) == Ownership::Ours
               ? Objection()
               : Objection(Refusal{8, "the client does not bear our mark"});
}

Judge::Objection Judge::object_to(const Edit& /*edit*/, const SecretEdit& body, const Live& live)
    const {
    const auto version = live.vault ? live.vault->version : 0;
    if (version != body.cas) {
        return stale("the entry moved on");
    }
    const auto owner =
        live.vault ? attribute(live.vault->custom_metadata, kOwnerMetadata) : std::string();
    const bool holds = live.vault && !live.vault->data.empty();
    if (owner.empty() ? holds : owner != desired_.fleet.name) {
        return Refusal{8, "the entry is not ours"};
    }
    for (const auto& spec : desired_.clients) {
        if (spec.secret_path != body.path) {
            continue;
        }
        // The value in force must be the one that is stored: a stale one would strand consumers.
        const auto* client = own_client(desired_, observed_, spec);
        if (client == nullptr) {
            return Refusal{8, "the secret to be stored is of no client that bears our mark"};
        }
        const auto value = body.data.find("OIDC_CLIENT_SECRET");
        const bool in_force = client->secret != nullptr && value != body.data.end() &&
                              *value->second == *client->secret;
        if (!in_force) {
            return Refusal{7, "the secret to be stored is not the one in force"};
        }
        return std::nullopt;
    }
    return Refusal{8, "no client of the desired state has this entry"};
}

Judge::Objection Judge::object_to(const Edit& /*edit*/, const PolicyEdit& body, const Live& live)
    const {
    const auto& policy = body.policy;
    const std::string ours = "managed-by=wavegate fleet=" + desired_.fleet.name;
    if (!policy.name.starts_with("wavegate-") || policy.description != ours) {
        return Refusal{8, "the policy does not bear our mark"};
    }
    if (!live.policies) {
        return stale("the policies were not read again");
    }
    if (body.verb == PolicyEdit::Verb::Create) {
        auto after = *live.policies;
        after.push_back(policy);
        return keeps_admission(*live.policies, after);
    }
    const auto seen =
        std::find_if(live.policies->begin(), live.policies->end(), [&](const Policy& p) {
            return p.name == policy.name;
        });
    if (seen != live.policies->end() && seen->description != ours) {
        return Refusal{8, "the policy of that name is not ours"};
    }
    if (!any_enforcing()) {
        return std::nullopt;
    }
    if (!observed_.policies.ok()) {
        return stale("the policies were not observed");
    }
    // One that was made a moment ago is not among what the gate was asked about.
    std::vector<Policy> after;
    for (const auto& other : *live.policies) {
        const auto& known = *observed_.policies;
        const bool asked = std::any_of(
            known.begin(), known.end(), [&](const Policy& p) { return p.name == other.name; });
        if (asked && other.name != policy.name) {
            after.push_back(other);
        }
    }
    const auto* gate = ledger_.latest(CheckKind::Policy, desired_.fleet.name);
    const bool verified = gate != nullptr && gate->verdict == wavegate::Verdict::Pass &&
                          gate->inputs == policy_inputs(desired_, observed_);
    if (!verified) {
        return Refusal{11, "services enforce, and what would be left was not verified"};
    }
    return keeps_admission(*live.policies, after);
}

Judge::Objection Judge::keeps_admission(
    const std::vector<Policy>& before,
    const std::vector<Policy>& after) const {
    const auto service = locked_out(desired_, observed_, before, after);
    return service.empty()
               ? Objection()
               : Objection(Refusal{
                     11,
                     fmt::format(
                         "{} enforces, and would not let the multiplexer in any more", service)});
}

Judge::Objection
Judge::object_to(const Edit& /*edit*/, const AnnotationEdit& body, const Live& /*live*/) {
    const auto& tags = body.wanted.tags;
    const bool ours = std::find(tags.begin(), tags.end(), "wavegate") != tags.end();
    return ours ? Objection() : Objection(Refusal{8, "the annotation does not bear our tag"});
}

bool Judge::keeps_secret_in_force(const StackEdit& body) const {
    const auto wanted = outbound_env(desired_, observed_);
    const auto in_force = wanted.find("OIDC_CLIENT_SECRET");
    return std::all_of(body.env.begin(), body.env.end(), [&](const EnvChange& change) {
        return change.name != "OIDC_CLIENT_SECRET" ||
               (in_force != wanted.end() && change.value != nullptr &&
                *change.value == *in_force->second);
    });
}

bool Judge::any_enforcing() const {
    return wavegate::any_enforcing(desired_, observed_);
}

}  // namespace wavegate::guard
