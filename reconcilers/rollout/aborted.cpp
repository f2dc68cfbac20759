// What a person's abort takes back.
#include "reconcilers/rollout/phases.hpp"
#include "reconcilers/rollout/steps.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::rollout {
namespace {

const Word* abort_since(const Ledger& ledger, Mono since) {
    const auto& words = ledger.words;
    const auto said = std::find_if(words.rbegin(), words.rend(), [&](const Word& word) {
        return word.verb == Verb::Abort && word.at.mono >= since;
    });
    return said == words.rend() ? nullptr : &*said;
}

}  // namespace

/// Also where its wave would hold what fails. Nobody is to blame for it: nothing is remembered
/// against it. What was found in its mode is no flight of ours, and a step towards `none` is a way
/// out, which no pause holds either.
std::optional<Move> taken_back(const Scene& scene, const Member& member) {
    const auto* flight = member.flight();
    if (flight == nullptr || flight->adopted || member.to != AuthMode::Jwt ||
        cell(member.phase(), Happening::Aborted).kind != Cell::Kind::Move) {
        return std::nullopt;
    }
    const auto* word = abort_since(scene.ledger, member.begun.mono);
    if (word == nullptr) {
        return std::nullopt;
    }
    auto message = "aborted by " + (word->who.empty() ? "a person" : word->who);
    state::RollingBack rolling;
    rolling.back.flight = *flight;
    rolling.back.cause = {Reason::Aborted, message, true};
    Move move;
    move.turns(Happening::Aborted, std::move(rolling), Reason::Aborted, std::move(message));
    return move;
}

}  // namespace wavegate::rollout
