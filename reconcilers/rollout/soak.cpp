#include "reconcilers/rollout/soak.hpp"

#include "reconcilers/rollout/progress.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::rollout {
namespace {

Duration sample_interval(Duration soak) {
    constexpr Duration most = std::chrono::seconds(10);
    constexpr Duration least = std::chrono::seconds(1);
    return std::clamp(soak / 4, least, most);
}

bool runs(Plan& plan, Member& member) {
    const auto* running = plan.running(member.service);
    return running != nullptr &&
           converge(*plan.observed.swarm, *running, false).state == Convergence::Running;
}

/// Adds the time since the last good sample when both ends were good and near enough.
void sample(Plan& plan, Member& member, Duration interval) {
    const auto from = member.sampled.value_or(member.since);
    const auto* evidence = plan.since(CheckKind::Unauthorized, member.service, from);
    const bool news =
        evidence != nullptr && (!member.sampled || evidence->taken.mono > member.sampled->mono);
    if (news && evidence->verdict == Verdict::Pass && runs(plan, member)) {
        const auto gap = member.sampled ? evidence->taken.mono - member.sampled->mono : Duration(0);
        if (gap <= kSampleGap) {
            member.watched += gap;
        }
        member.sampled = evidence->taken;
        member.bad_since.reset();
    } else if (news) {
        bear(plan, member, *evidence);
    }
    const auto age = plan.now.mono - (evidence == nullptr ? Mono{} : evidence->taken.mono);
    if (evidence == nullptr || age >= interval) {
        plan.ask(CheckKind::Unauthorized, member.service, member.to);
    } else {
        plan.look(interval - age);
    }
}

/// True once the soak is full and a through-probe taken after it passed.
bool soaked(Plan& plan, Member& member) {
    const auto* service = plan.desired.service(member.service);
    if (service == nullptr) {
        return false;
    }
    const auto soak = plan.soak_of(*service);
    if (member.watched < soak || !member.sampled) {
        // The last one when the soak is full, not up to an interval later.
        const auto left = std::max<Duration>(soak - member.watched, std::chrono::seconds(1));
        sample(plan, member, std::min(sample_interval(soak), left));
    }
    if (member.watched < soak || !member.sampled) {
        explain(
            member,
            Reason::None,
            fmt::format("soaking: {} of {} watched", to_text(member.watched), to_text(soak)));
        return false;
    }
    const auto* evidence = through_since(plan, member, *member.sampled);
    if (evidence == nullptr) {
        plan.ask(CheckKind::Through, member.service, member.to);
        return false;
    }
    if (evidence->verdict == Verdict::Pass) {
        return true;
    }
    bear(plan, member, *evidence);
    return false;
}

bool may_watch(Plan& plan) {
    return plan.record().multiplexer.stage == MultiplexerStage::Wired;
}

/// On its new block, as far as is known, or on its way there.
bool stands(const Member& member) {
    return member.to == AuthMode::Jwt && member.phase != Phase::RolledBack &&
           member.phase != Phase::Failed && member.phase != Phase::Pending;
}

/// Another service that this rollout flipped and that stands: once the canary went back, however
/// long ago it had soaked, what it showed holds no more, and this one must show it.
Member* standing_flip(Plan& plan) {
    Member* found = nullptr;
    for (auto& member : plan.record().members) {
        const auto* flip = plan.ledger.intent(member.intent);
        const bool ours = flip != nullptr && flip->kind == "flip" && !member.adopted &&
                          flip->rollout == plan.record().id;
        const bool better = found == nullptr || member.phase == Phase::Ready;
        found = ours && stands(member) && better ? &member : found;
    }
    return found;
}

}  // namespace

void soak_canary(Plan& plan) {
    auto& record = plan.record();
    if (record.canary.empty()) {
        return;
    }
    auto* canary = record.member(record.canary);
    if (canary == nullptr || !stands(*canary)) {
        canary = standing_flip(plan);
        record.canary = canary == nullptr ? std::string() : canary->service;
        record.canary_done = false;
    }
    if (record.canary_done || canary == nullptr) {
        return;
    }
    const bool done = canary->phase == Phase::Ready ||
                      (canary->phase == Phase::Probed && may_watch(plan) && soaked(plan, *canary));
    if (done) {
        record.canary_done = true;
        plan.event(
            "Normal",
            "Service/" + canary->service,
            "CanarySoaked",
            "the canary soaked and answers through the multiplexer: the wave goes on");
        plan.look(Duration(0));
    }
}

void soak_wave(Plan& plan, const WaveSpec& /*wave*/, const std::vector<Member*>& members) {
    const bool all = std::all_of(
        members.begin(), members.end(), [](const Member* m) { return !in_motion(m->phase); });
    if (!all || !may_watch(plan)) {
        for (auto* member : members) {
            member->sampled.reset();
        }
        return;
    }
    for (auto* member : members) {
        if (member->phase == Phase::Probed && soaked(plan, *member)) {
            plan.happen(*member, Happening::Soaked, Reason::None, "soaked and passed again");
        }
    }
}

}  // namespace wavegate::rollout
