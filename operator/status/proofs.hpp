#pragma once

#include "operator/status/index.hpp"

#include <optional>
#include <string>
#include <vector>

namespace wavegate::status {

/// What the claim that a service is Ready rests on.
struct Claim {
    /// The older of the two proofs that each round of the watch brings; nullopt: there is none,
    /// or one of them failed.
    std::optional<Time> proven_at;
    /// Why it can't be claimed now; empty: it can. An overdue proof holds nothing up, but is none.
    std::string unproven;
};

/// Of a member that is Ready: its newest answers, and whether they are young enough for
/// `Fleet.spec.watch.every` (and a minute, in which they would have come).
Claim claim_of(const Index& index, const Member& member);
/// Ready, and so by a proof that still holds.
bool is_proven(const Index& index, const Member& member);

/// What broke, for people: shared parts first, then services.
struct Headline {
    std::string object;
    std::string message;
    Time since{};
    std::string verb;  ///< "wavegate rollout accept a-mcp"; empty: it ends by itself, once mended
};
std::vector<Headline> headlines(const View& view);
/// The first of them as one line; empty: nothing broke.
std::string headline_text(const View& view);

}  // namespace wavegate::status
