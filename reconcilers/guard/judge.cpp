#include "reconcilers/guard/judge.hpp"

#include "operator/base/digest.hpp"
#include "operator/model/inputs.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::guard {
namespace {

constexpr std::string_view kPortainerItself = "portainer-mcp";

Refusal stale(std::string message) {
    return {0, std::move(message)};
}

std::string attribute(const std::map<std::string, std::string>& map, const std::string& key) {
    const auto at = map.find(key);
    return at == map.end() ? std::string() : at->second;
}

/// Did this intent reach the other side, as far as anybody can tell?
bool may_have_landed(const Intent& intent) {
    return intent.state != IntentState::Refused && intent.state != IntentState::Dropped;
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
    return std::visit([&](const auto& body) { return object_to(edit, body, live); }, edit.body);
}

Judge::Objection Judge::object_to(const Edit& edit, const StackEdit& body, const Live& live) const {
    if (auto objection = object_to_staleness(body, live)) {
        return objection;
    }
    const auto* mark = find_env(live.stack->env, kOwnerKey);
    if (mark != nullptr && *mark != nullptr && !(**mark == Secret::copy_of(desired_.fleet.name))) {
        return Refusal{8, "the stack bears another fleet's mark"};
    }
    switch (body.purpose) {
        case StackPurpose::Flip:
            return body.to == AuthMode::Jwt ? object_to_jwt(edit, body) : Objection();
        case StackPurpose::WayBack:
            return Objection();
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

Judge::Objection Judge::object_to_staleness(const StackEdit& body, const Live& live) const {
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

Judge::Objection Judge::object_to_jwt(const Edit& edit, const StackEdit& body) const {
    const auto& multiplexer = desired_.fleet.multiplexer;
    if (body.stack == multiplexer.stack || body.service == multiplexer.stack) {
        return Refusal{2, "the multiplexer is never set to jwt"};
    }
    const auto* service = desired_.service(body.service);
    if (service == nullptr || wanted_mode(*service, observed_) != AuthMode::Jwt) {
        return Refusal{1, "the desired state does not ask for jwt here"};
    }
    if (!satisfies(body.block_after, wanted_block(desired_.fleet.jwt, AuthMode::Jwt))) {
        return Refusal{1, "the block is not the desired one"};
    }
    if (auto objection = gates_hold(edit.rollout)) {
        return objection;
    }
    if (auto objection = flips_last(*service)) {
        return objection;
    }
    if (auto objection = waves_before_are_done(*service)) {
        return objection;
    }
    if (auto objection = canary_is_done(edit, *service)) {
        return objection;
    }
    return slot_is_free(edit, *service);
}

Judge::Objection Judge::gates_hold(const std::string& rollout) const {
    constexpr auto freshness = std::chrono::seconds(60);
    const auto inputs_of = [&](CheckKind kind) {
        return kind == CheckKind::Token ? token_inputs(desired_, observed_)
                                        : policy_inputs(desired_, observed_);
    };
    for (const auto kind : {CheckKind::Token, CheckKind::Policy}) {
        const auto* evidence = ledger_.latest(kind, desired_.fleet.name);
        const auto name = to_string(kind);
        if (evidence == nullptr || evidence->rollout != rollout) {
            return Refusal{1, fmt::format("gate {} was not asked in this rollout", name)};
        }
        if (evidence->verdict != wavegate::Verdict::Pass) {
            return Refusal{1, fmt::format("gate {} does not hold", name)};
        }
        if (now_.mono - evidence->taken.mono > freshness) {
            return Refusal{1, fmt::format("the evidence of gate {} is stale", name)};
        }
        const auto inputs = inputs_of(kind);
        if (inputs.empty() || inputs != evidence->inputs) {
            return Refusal{1, fmt::format("what gate {} was asked about has changed", name)};
        }
    }
    return std::nullopt;
}

Judge::Objection Judge::flips_last(const ServiceSpec& service) const {
    if (service.name != kPortainerItself) {
        return std::nullopt;
    }
    for (const auto& other : desired_.services) {
        const bool relevant = other.name != service.name && is_deployed(other, observed_) &&
                              wanted_mode(other, observed_) == AuthMode::Jwt;
        if (relevant && !is_done(other) && !is_excepted(other)) {
            return Refusal{
                2, fmt::format("{} flips last, {} is not done", service.name, other.name)};
        }
    }
    return std::nullopt;
}

Judge::Objection Judge::waves_before_are_done(const ServiceSpec& service) const {
    const auto own = desired_.wave_index(service.wave);
    for (const auto& other : desired_.services) {
        const bool before = desired_.wave_index(other.wave) < own &&
                            is_deployed(other, observed_) &&
                            wanted_mode(other, observed_) == AuthMode::Jwt;
        if (before && !is_done(other) && !is_excepted(other)) {
            return Refusal{3, fmt::format("{} of wave {} is not ready", other.name, other.wave)};
        }
    }
    return std::nullopt;
}

Judge::Objection Judge::slot_is_free(const Edit& edit, const ServiceSpec& service) const {
    const auto* wave = desired_.wave(service.wave);
    if (wave == nullptr) {
        return Refusal{4, "the service has no wave"};
    }
    int taken = 0;
    for (const auto& other : desired_.services) {
        const auto* flip = newest_move(other.name);
        const bool counts = other.wave == service.wave && flip != nullptr &&
                            flip->id != edit.intent && in_motion(*flip);
        taken += counts ? 1 : 0;
    }
    if (taken >= wave->max_in_flight) {
        return Refusal{
            4,
            fmt::format(
                "{} of {} slots of wave {} are taken", taken, wave->max_in_flight, wave->name)};
    }
    return std::nullopt;
}

Judge::Objection Judge::canary_is_done(const Edit& edit, const ServiceSpec& service) const {
    bool any = false;
    for (const auto& intent : ledger_.intents) {
        const bool flip = intent.kind == "flip" && intent.to == AuthMode::Jwt &&
                          intent.rollout == edit.rollout && intent.id != edit.intent &&
                          may_have_landed(intent);
        if (!flip) {
            continue;
        }
        any = true;
        const auto* spec = desired_.service(intent.service);
        const auto* wave = spec == nullptr ? nullptr : desired_.wave(spec->wave);
        if (wave != nullptr &&
            soaked(intent, std::max(wave->soak, spec->soak.value_or(Duration(0))))) {
            return std::nullopt;
        }
        // A canary that went back leaves its place to the next one.
        if (!in_motion(intent) && newest_move(intent.service) != &intent) {
            any = false;
        }
    }
    if (any) {
        return Refusal{
            4, fmt::format("{} waits: the canary of this rollout has not soaked", service.name)};
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
    if (body.purpose == StackPurpose::Unwiring && any_enforcing()) {
        return Refusal{11, "services enforce: the multiplexer needs its outbound env"};
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
    if (body.create) {
        return live.client ? Objection(stale("the client exists by now")) : Objection();
    }
    if (!live.client || live.client->id != body.uuid) {
        return stale("the client is gone or another one");
    }
    const auto owner = attribute(live.client->attributes, "wavegate.owner");
    if (!owner.empty() && owner != desired_.fleet.name) {
        return Refusal{8, "the client bears another fleet's mark"};
    }
    return std::nullopt;
}

Judge::Objection Judge::object_to(const Edit& /*edit*/, const SecretEdit& body, const Live& live)
    const {
    const auto version = live.vault ? live.vault->version : 0;
    if (version != body.cas) {
        return stale("the entry moved on");
    }
    const auto owner =
        live.vault ? attribute(live.vault->custom_metadata, "wavegate_owner") : std::string();
    const bool holds = live.vault && !live.vault->data.empty();
    if (owner.empty() ? holds : owner != desired_.fleet.name) {
        return Refusal{8, "the entry is not ours"};
    }
    for (const auto& spec : desired_.clients) {
        if (spec.secret_path != body.path) {
            continue;
        }
        // The value in force must be the one that is stored: a stale one would strand consumers.
        const auto at = observed_.clients.find(spec.client_id);
        const bool known = at != observed_.clients.end() && at->second.ok() &&
                           at->second->has_value() && (*at->second)->secret != nullptr;
        const auto value = body.data.find("OIDC_CLIENT_SECRET");
        if (!known || value == body.data.end() || !(*value->second == *(*at->second)->secret)) {
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
        return std::nullopt;
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
    const bool successor =
        std::any_of(live.policies->begin(), live.policies->end(), [&](const Policy& other) {
            const auto stem = policy.name.substr(0, policy.name.rfind('-') + 1);
            return other.name != policy.name && other.name.starts_with(stem) &&
                   other.description == ours;
        });
    const auto* gate = ledger_.latest(CheckKind::Policy, desired_.fleet.name);
    const bool verified = gate != nullptr && gate->verdict == wavegate::Verdict::Pass &&
                          gate->inputs == policy_inputs(desired_, observed_);
    if (!successor || !verified) {
        return Refusal{11, "services enforce, and no verified policy takes this one's place"};
    }
    return std::nullopt;
}

Judge::Objection
Judge::object_to(const Edit& /*edit*/, const AnnotationEdit& body, const Live& /*live*/) const {
    const auto& tags = body.wanted.tags;
    const bool ours = std::find(tags.begin(), tags.end(), "wavegate") != tags.end();
    return ours ? Objection() : Objection(Refusal{8, "the annotation does not bear our tag"});
}

const Intent* Judge::newest_move(const std::string& service) const {
    const Intent* newest = nullptr;
    for (const auto& intent : ledger_.intents) {
        const bool move = intent.service == service &&
                          (intent.kind == "flip" || intent.kind == "wayback") &&
                          may_have_landed(intent);
        if (move) {
            newest = &intent;
        }
    }
    return newest;
}

bool Judge::before_direct(const Intent& flip) const {
    const auto kind = flip.to == AuthMode::Jwt ? CheckKind::Direct : CheckKind::Open;
    const auto* evidence = ledger_.latest(kind, flip.service);
    return evidence == nullptr || evidence->verdict != wavegate::Verdict::Pass ||
           evidence->taken.wall < flip.at.wall;
}

bool Judge::in_motion(const Intent& flip) const {
    if (newest_move(flip.service) != &flip) {
        return false;  // a later move of the same service took its place
    }
    if (flip.kind == "wayback") {
        return before_direct(flip);
    }
    const auto* evidence = ledger_.latest(CheckKind::Through, flip.service);
    const bool passed = evidence != nullptr && evidence->verdict == wavegate::Verdict::Pass &&
                        evidence->taken.wall >= flip.at.wall;
    return !passed;
}

bool Judge::soaked(const Intent& flip, Duration soak) const {
    const auto* evidence = ledger_.latest(CheckKind::Through, flip.service);
    const auto from = std::max(flip.at.wall, flip.settled.wall);
    return newest_move(flip.service) == &flip && evidence != nullptr &&
           evidence->verdict == wavegate::Verdict::Pass && evidence->taken.wall >= from + soak;
}

bool Judge::is_done(const ServiceSpec& service) const {
    if (!in_wanted_mode(desired_, service, observed_)) {
        return false;
    }
    const auto* wave = desired_.wave(service.wave);
    const auto* move = newest_move(service.name);
    const auto* through = ledger_.latest(CheckKind::Through, service.name);
    const bool passed = through != nullptr && through->verdict == wavegate::Verdict::Pass &&
                        through->inputs == service_inputs(desired_, observed_, service.name);
    if (move == nullptr || move->to != AuthMode::Jwt) {
        return passed;  // adopted: it needs no soak, only to be probed as it runs
    }
    const auto soak =
        wave == nullptr ? Duration(0) : std::max(wave->soak, service.soak.value_or(Duration(0)));
    return passed && soaked(*move, soak);
}

bool Judge::is_excepted(const ServiceSpec& service) const {
    const bool accepted =
        std::any_of(ledger_.exceptions.begin(), ledger_.exceptions.end(), [&](const Exception& e) {
            return e.service == service.name;
        });
    const auto* wave = desired_.wave(service.wave);
    const auto* baseline = ledger_.latest(CheckKind::Baseline, service.name);
    const bool skipped = wave != nullptr && wave->on_broken_baseline == BrokenBaseline::Skip &&
                         baseline != nullptr && baseline->verdict == wavegate::Verdict::Fail;
    return accepted || (skipped && !in_wanted_mode(desired_, service, observed_));
}

bool Judge::any_enforcing() const {
    return std::any_of(
        desired_.services.begin(), desired_.services.end(), [&](const ServiceSpec& service) {
            const auto* block = live_block(service, observed_);
            if (block == nullptr) {
                return false;
            }
            const auto eunomia = block->find("EUNOMIA_TYPE");
            return effective_mode(*block) == AuthMode::Jwt ||
                   (eunomia != block->end() && eunomia->second == "remote");
        });
}

}  // namespace wavegate::guard
