#pragma once

#include "reconcilers/rollout/move.hpp"
#include "reconcilers/rollout/scene.hpp"

#include <string>

namespace wavegate::rollout {

/// What a failure comes to after it was weighed.
enum class Blame {
    Borne,   ///< within its patience, or the shared parts are still being asked: it stays
    Own,     ///< past its patience, and the shared parts are well
    Shared,  ///< not its fault, and its deadline passed
};

/// A bad answer: borne for its patience, then weighed. Asks the check again. `trouble` is what is
/// known of it afterwards; the move says why the member waits.
Blame bear(
    const Scene& scene,
    const Member& member,
    const Evidence& evidence,
    Trouble& trouble,
    Move& move);

/// A failure past its patience. Before a service is blamed, both gates and a service that was
/// proven good are asked; where one of them fails, nothing is blamed and nothing further is
/// flipped. What nobody of us flipped is reported, once aloud when its deadline passes, and never
/// sent back.
Blame accuse(
    const Scene& scene,
    const Member& member,
    const Cause& cause,
    Trouble& trouble,
    Move& move);

/// "Direct: PolicyDenied (…)".
std::string told(const Evidence& evidence);

/// Is it the way there, and not the service, that gave no answer?
bool is_shared(const Evidence& evidence);

/// Was proven good and does not answer as it should, as a control of another's failure, in its soak
/// or in the watch's round: what may only follow good services waits until it does.
bool is_doubted(const Ledger& ledger, const Member& member);

}  // namespace wavegate::rollout
