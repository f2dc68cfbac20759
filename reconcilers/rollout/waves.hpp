#pragma once

#include "reconcilers/rollout/scene.hpp"

#include <string>
#include <vector>

namespace wavegate::rollout {

/// A person accepted its failure, and nothing else was tried of it since.
bool is_accepted(const Ledger& ledger, const Member& member);
/// Broken before any flip, in a wave that goes on without such: until its baseline passes again.
bool is_skipped(const Scene& scene, const Member& member);
/// By a person, or by what its wave declares.
bool is_excepted(const Scene& scene, const Member& member);
/// Ready, or excepted.
bool is_done(const Scene& scene, const Member& member);
/// Was this very flip tried before, and did it fail?
bool is_rejected(const Scene& scene, const Member& member);
/// Failed, and nobody has said yet that this is to be lived with.
bool halts(const Scene& scene, const Member& member);
/// Between a flip of ours and a passed through.
bool takes_slot(const Member& member);
/// On its way by a move of ours, forward or back, so that nobody may let go of it.
bool is_rolling(const Member& member);
/// Does it flip last, and are others of its wave not done yet?
bool waits_for_others(const Scene& scene, const Member& member);

/// A wave's members as they are now. Made anew for each round: `decide` grows with the fleet once.
struct Wave {
    const WaveSpec* spec = nullptr;
    std::vector<const Member*> to_jwt;
    std::vector<const Member*> to_none;
    bool halted = false;
    bool done = true;         ///< every member to jwt may be followed by the next wave
    bool soaks = true;        ///< none of them is in flight or still to be flipped
    int slots = 0;            ///< taken by members to jwt
    Time last_flip{};         ///< of those that stand
    std::size_t soakers = 0;  ///< who soaks since then, those that are Ready by now counted
    std::size_t soaking = 0;  ///< who is still at it
    Time soaks_since{};       ///< when the last of them was ready for it
    Time sampled{};           ///< when one of them was last called through, well
};

class Waves {
  public:
    explicit Waves(const Scene& scene);
    [[nodiscard]] const std::vector<Wave>& all() const { return waves_; }
    [[nodiscard]] const Wave* of(const std::string& service) const;

  private:
    const Scene& scene_;
    std::vector<Wave> waves_;  ///< in the order of the desired state
};

/// Where a wave stands; derived from its members, never stored.
WavePhase phase_of(const Scene& scene, const Wave& wave);

}  // namespace wavegate::rollout
