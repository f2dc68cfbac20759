#include "reconcilers/guard/moves.hpp"

#include "operator/model/inputs.hpp"
#include "operator/model/landing.hpp"

#include <algorithm>

namespace wavegate::guard {
namespace {

bool is_move(const Intent& intent) {
    return (intent.kind == "flip" || intent.kind == "wayback") && may_have_landed(intent);
}

}  // namespace

const Intent* Moves::newest(const std::string& service) const {
    return ledger_.intents.of<ByService>(std::string_view(service)).newest(is_move);
}

bool Moves::before_direct(const Intent& move) const {
    const auto kind = move.to == AuthMode::Jwt ? CheckKind::Direct : CheckKind::Open;
    const auto* evidence = ledger_.latest(kind, move.service);
    return evidence == nullptr || evidence->verdict != wavegate::Verdict::Pass ||
           evidence->taken.mono < move.at.mono;
}

bool Moves::in_motion(const Intent& move) const {
    if (newest(move.service) != &move) {
        return false;  // a later move of the same service took its place
    }
    if (move.kind == "wayback") {
        return before_direct(move);
    }
    const auto* evidence = ledger_.latest(CheckKind::Through, move.service);
    const bool passed = evidence != nullptr && evidence->verdict == wavegate::Verdict::Pass &&
                        evidence->taken.mono >= move.at.mono;
    return !passed;
}

bool Moves::soaked(const Intent& flip, Duration soak) const {
    const auto* evidence = ledger_.latest(CheckKind::Through, flip.service);
    const auto from = std::max(flip.at.mono, flip.settled.mono);
    return newest(flip.service) == &flip && evidence != nullptr &&
           evidence->verdict == wavegate::Verdict::Pass && evidence->taken.mono >= from + soak;
}

Duration Moves::soak_of(const std::string& service) const {
    const auto* spec = desired_.service(service);
    const auto* wave = spec == nullptr ? nullptr : desired_.wave(spec->wave);
    return wave == nullptr ? Duration(0) : std::max(wave->soak, spec->soak.value_or(Duration(0)));
}

bool Moves::passed_as_it_runs(CheckKind kind, const std::string& service) const {
    const auto* evidence = ledger_.latest(kind, service);
    return evidence != nullptr && evidence->verdict == wavegate::Verdict::Pass &&
           evidence->inputs == service_inputs(desired_, observed_, service);
}

bool Moves::is_verified(const std::string& service) const {
    return passed_as_it_runs(CheckKind::Through, service) ||
           passed_as_it_runs(CheckKind::Baseline, service);
}

bool Moves::is_done(const ServiceSpec& service) const {
    if (!in_wanted_mode(desired_, service, observed_)) {
        return false;
    }
    const auto* move = newest(service.name);
    const bool passed = passed_as_it_runs(CheckKind::Through, service.name);
    if (move == nullptr || move->to != AuthMode::Jwt) {
        return passed;  // adopted: it needs no soak, only to be probed as it runs
    }
    return passed && soaked(*move, soak_of(service.name));
}

bool Moves::is_excepted(const ServiceSpec& service) const {
    // A person accepted what had been tried by then: another flip is another matter.
    const auto* move = newest(service.name);
    const bool accepted =
        std::any_of(ledger_.words.begin(), ledger_.words.end(), [&](const Word& word) {
            const bool before =
                move != nullptr && move->kind == "flip" && move->at.mono > word.at.mono;
            return word.verb == Verb::Accept && word.service == service.name && !before;
        });
    const auto* wave = desired_.wave(service.wave);
    const auto* baseline = ledger_.latest(CheckKind::Baseline, service.name);
    const bool skipped = wave != nullptr && wave->on_broken_baseline == BrokenBaseline::Skip &&
                         baseline != nullptr && baseline->verdict == wavegate::Verdict::Fail;
    return accepted || (skipped && !in_wanted_mode(desired_, service, observed_));
}

bool Moves::awaits_direct(const Intent& move) const {
    return move.kind == "flip" && newest(move.service) == &move && before_direct(move) &&
           !is_overdue(move) && !is_undone(move);
}

const Intent* Moves::before_its_direct_probe() const {
    const auto at =
        std::find_if(ledger_.intents.begin(), ledger_.intents.end(), [&](const Intent& intent) {
            return awaits_direct(intent);
        });
    return at == ledger_.intents.end() ? nullptr : &*at;
}

bool Moves::any_enforcing_at_rest() const {
    return std::any_of(
        desired_.services.begin(), desired_.services.end(), [&](const ServiceSpec& service) {
            const auto* move = newest(service.name);
            return enforces(desired_, service, observed_) &&
                   (move == nullptr || !awaits_direct(*move));
        });
}

bool Moves::is_overdue(const Intent& flip) const {
    constexpr Duration standard = std::chrono::minutes(10);
    const auto* spec = desired_.service(flip.service);
    const auto* wave = spec == nullptr ? nullptr : desired_.wave(spec->wave);
    const auto of_wave = wave == nullptr || wave->deadline.count() == 0 ? standard : wave->deadline;
    const auto deadline = spec == nullptr ? of_wave : spec->deadline.value_or(of_wave);
    return now_.mono - std::max(flip.at.mono, flip.settled.mono) > deadline;
}

bool Moves::is_undone(const Intent& flip) const {
    const auto* spec = desired_.service(flip.service);
    const auto* block = spec == nullptr ? nullptr : live_block(*spec, observed_);
    const bool landed = flip.state == IntentState::Written && !flip.block_after.empty() &&
                        observed_.swarm.at().mono > flip.settled.mono;
    return landed && block != nullptr && canonical(*block) != flip.block_after;
}

bool Moves::is_proven(const Intent& flip) const {
    const auto& service = flip.service;
    return soaked(flip, soak_of(service)) && passed_as_it_runs(CheckKind::Through, service) &&
           passed_as_it_runs(CheckKind::Direct, service) &&
           passed_as_it_runs(CheckKind::Unauthorized, service);
}

bool Moves::is_aborted(const Intent& flip) const {
    const auto& words = ledger_.words;
    return std::any_of(words.begin(), words.end(), [&](const Word& word) {
        return word.verb == Verb::Abort && word.at.mono >= flip.at.mono;
    });
}

bool Moves::may_go_back(const std::string& service, const AuthBlock& block, bool recorded) const {
    const auto* flip = ledger_.latest_intent("flip", service);
    if (flip == nullptr) {
        // The store was lost: the record in Env is a move of ours, and nothing proved it since.
        return recorded && !is_verified(service);
    }
    if (!recorded && flip->block_before != canonical(block)) {
        return false;
    }
    const auto* move = newest(service);
    return move == nullptr || move->kind == "wayback" || !is_proven(*move) || is_aborted(*move);
}

}  // namespace wavegate::guard
