#pragma once

#include "reconcilers/rollout/reduce.hpp"
#include "reconcilers/rollout/rounds.hpp"

#include <initializer_list>
#include <vector>

namespace wavegate::rollout {

/// How many others are asked before one is blamed, or before a wave begins.
inline constexpr std::size_t kControls = 3;

/// One of those that were proven.
struct Watched {
    const Member* member = nullptr;
    Round turn;
    const Evidence* bad = nullptr;  ///< the first of its newest answers that is no good one
};

/// What a round begins with: it goes to the service alone, and wakes nobody up.
CheckKind first_question(const Member& member);

/// The services that were proven, each with its turn and what speaks against it. Open ones count
/// where a document says that they should be open; of others nothing is claimed.
class WatchedServices {
  public:
    explicit WatchedServices(const Scene& scene);

    [[nodiscard]] const std::vector<Watched>& all() const { return all_; }
    /// The multiplexer runs as it should: calls through it mean something.
    [[nodiscard]] bool wired() const { return wired_; }
    [[nodiscard]] const Evidence* latest(CheckKind kind, const Member& member) const;
    /// By the clock on the wall as it is now, whatever it was set to meanwhile; the beginning of
    /// time when it never was asked.
    [[nodiscard]] Wall asked_at(CheckKind kind, const Member& member) const;
    [[nodiscard]] bool calls_through(const Member& member) const;
    /// Ready ones of which the first bad answer is one of these.
    [[nodiscard]] std::size_t failing(std::initializer_list<CheckKind> kinds) const;
    /// Does it speak against its service? Of what runs now, and by the multiplexer as it runs now.
    /// What could not be asked for a reason that has no class (its tools are not known yet, it was
    /// given up), or that passes (a rate limit, a child that is being reconnected), is no answer at
    /// all: there is no new proof, and that is all.
    [[nodiscard]] bool is_bad(const Evidence& evidence) const;
    /// Asks what was not asked for so long.
    void ask_again(Move& move, CheckKind kind, const Member& member, Duration pause) const;

  private:
    [[nodiscard]] const Evidence* first_bad(const Member& member) const;

    const Scene& scene_;
    bool wired_;
    std::vector<Watched> all_;
};

/// The service at this place does not answer as it should: it is asked again, and told by cause.
Move follow_bad(Reducer& reducer, const WatchedServices& services, std::size_t place);

}  // namespace wavegate::rollout
