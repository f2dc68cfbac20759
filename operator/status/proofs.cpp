#include "operator/status/proofs.hpp"

#include "operator/status/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

namespace wavegate::status {
namespace {

std::string age_of(const Time& then, Time now) {
    return to_text(
        std::chrono::floor<std::chrono::seconds>(std::max(now.mono - then.mono, Duration(0))));
}

/// What each round of the watch asks: the service itself, and a call through the multiplexer.
std::span<const CheckKind> round_of(const Member& member) {
    static constexpr std::array enforcing{CheckKind::Unauthorized, CheckKind::Through};
    static constexpr std::array open{CheckKind::Open};
    if (member.to == AuthMode::Jwt) {
        return enforcing;
    }
    return open;
}

}  // namespace

Claim claim_of(const Index& index, const Member& member) {
    Claim claim;
    const auto found = index.evidence.find(member.service);
    if (found == index.evidence.end()) {
        return claim;
    }
    const auto& now = index.view.now;
    for (const auto kind : round_of(member)) {
        const auto at = found->second.find(kind);
        if (at == found->second.end()) {
            continue;
        }
        const auto& evidence = *at->second;
        if (evidence.verdict != Verdict::Pass) {
            claim.proven_at.reset();
            claim.unproven = fmt::format(
                "Ready, unproven: {} gave {} {} ago: {}",
                to_string(kind),
                to_string(evidence.seen),
                age_of(evidence.taken, now),
                explained(evidence));
            return claim;
        }
        if (!claim.proven_at || evidence.taken.mono < claim.proven_at->mono) {
            claim.proven_at = evidence.taken;
        }
    }
    const Duration every =
        index.view.desired == nullptr ? WatchSpec().every : index.view.desired->fleet.watch.every;
    if (claim.proven_at && now.mono - claim.proven_at->mono > every + std::chrono::minutes(1)) {
        claim.unproven = "Ready, unproven for " + age_of(*claim.proven_at, now);
    }
    return claim;
}

bool is_proven(const Index& index, const Member& member) {
    return member.phase() == Phase::Ready && claim_of(index, member).unproven.empty();
}

std::vector<Headline> headlines(const View& view) {
    std::vector<Headline> found;
    for (const auto& wait : view.waits) {
        if (wait.reason == Reason::SharedFault) {
            found.push_back({wait.object, wait.message, wait.since, ""});
        }
    }
    const auto& multiplexer = view.record.multiplexer();
    if (multiplexer.stage() == MultiplexerStage::Failed) {
        found.push_back(
            {"Multiplexer",
             "multiplexer: " + multiplexer.cause(),
             multiplexer.since,
             "wavegate rollout retry"});
    }
    for (const auto& member : view.record.members()) {
        const bool excepted =
            std::find(view.excepted.begin(), view.excepted.end(), member.service) !=
            view.excepted.end();
        if (member.phase() == Phase::Degraded && !excepted) {
            found.push_back(
                {"Service/" + member.service,
                 member.service + ": Degraded: " + member.cause()->message,
                 member.since,
                 "wavegate rollout accept " + member.service});
        }
    }
    return found;
}

std::string headline_text(const View& view) {
    const auto found = headlines(view);
    if (found.empty()) {
        return {};
    }
    const auto& first = found.front();
    auto text = fmt::format(
        "{} (for {}{})",
        first.message,
        age_of(first.since, view.now),
        first.verb.empty() ? "" : "; ends by itself, or by " + first.verb);
    if (found.size() > 1) {
        text += fmt::format("; and {} more", found.size() - 1);
    }
    return text;
}

}  // namespace wavegate::status
