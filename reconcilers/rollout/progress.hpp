#pragma once

#include "reconcilers/rollout/plan.hpp"

namespace wavegate::rollout {

/// Takes one member as far as observation and evidence allow: settles its intents, watches it
/// converge, asks its gates in order, sends it back when they fail and the shared parts are well.
void progress(Plan& plan, Member& member);

/// An answer that is no pass: borne for its patience, then judged. Asks the check again.
void bear(Plan& plan, Member& member, const Evidence& evidence);

/// The newest through-probe since then; of the multiplexer as it runs now, since a verdict on the
/// one before its last restart says nothing any more. Null when there is none yet.
const Evidence* through_since(const Plan& plan, const Member& member, Time since);

/// Is a failure past its patience being judged, and are the shared parts well? Asked before a
/// service is blamed.
enum class SharedVerdict { Asking, Well, Bad };
SharedVerdict ask_shared_parts(Plan& plan, const Member& accused, Time since);

}  // namespace wavegate::rollout
