#include "reconcilers/lock/machine.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace wavegate::lock {
namespace {

/// Between two looks of who waits for it; after a call that failed.
constexpr Duration kLookEach = std::chrono::seconds(1);
constexpr Duration kAgainAfter = std::chrono::seconds(2);
/// A person must do something about it.
constexpr Duration kDeniedAgainAfter = std::chrono::seconds(10);

class Stepping {
  public:
    Stepping(const Me& me, State state, Time now) : me_(me), state_(std::move(state)), now_(now) {}

    Turn turn(const Heard& heard) {
        if (state_.role == Role::Holder && now_.mono >= state_.good + kGivenUpAfter) {
            state_.role = Role::Lost;
        }
        auto order = std::visit([this](const auto& each) { return this->hear(each); }, heard);
        return {std::move(state_), std::move(order)};
    }

  private:
    static Order hear(const Rested& /*heard*/) { return Look{}; }

    void well() {
        state_.trouble.clear();
        state_.barred = false;
    }

    Order hear(const Marked& mark) {
        state_.known = std::max(state_.known, mark.term);
        return Look{};
    }

    Order hear(const Found& found) {
        well();
        state_.vanished = false;
        const auto claim = claim_of(found.config.labels);
        const bool changed = !state_.seen || state_.seen->id != found.config.id ||
                             state_.seen->version != found.config.version;
        if (changed || !state_.moved) {
            state_.moved = now_.mono;
        }
        state_.seen = found.config;
        if (claim.fleet != me_.fleet && !claim.fleet.empty()) {
            state_.role = Role::Candidate;
            state_.barred = true;
            state_.trouble = "a config of the lock's name is there and is the fleet " +
                             claim.fleet + "'s: one of the two must be renamed";
            return rest(kDeniedAgainAfter);
        }
        if (claim.holder == me_.holder && state_.role == Role::Holder) {
            return renew(claim);
        }
        // Who has held it in this life is told by its process alone: of two that both live only one
        // has the store.
        const bool before_me = state_.role == Role::Candidate && !me_.identity.empty() &&
                               claim.identity == me_.identity;
        const bool mine = claim.holder == me_.holder || before_me;
        if (claim.holder.empty() || mine || is_over()) {
            return take(claim.term);
        }
        state_.role = Role::Standby;
        return rest(kLookEach, *state_.moved + kDuration);
    }

    /// Who saw another hold it waits as long as if it were there: it may have been deleted by hand,
    /// and its holder act until it looks again.
    /// So does who finds a fleet that bears marks of another's term, and no lock.
    Order hear(const Absent& /*heard*/) {
        well();
        const bool others = state_.seen && state_.role == Role::Standby;
        const bool before_me = state_.role == Role::Candidate && state_.known > state_.claim.term;
        if ((others || before_me) && !state_.vanished) {
            state_.moved = now_.mono;
            state_.vanished = true;
        }
        state_.seen.reset();
        if (state_.vanished && !is_over()) {
            return rest(kLookEach, *state_.moved + kDuration);
        }
        return take(state_.claim.term);
    }

    Order hear(const Taken& taken) {
        well();
        state_.role = Role::Holder;
        state_.vanished = false;
        state_.claim = taken.claim;
        state_.good = taken.sent;
        return rest(kRenewEach - (now_.mono - taken.sent));
    }

    /// Whatever was under way may have been done: the next look tells.
    Order hear(const Failed& failed) {
        const auto kind = failed.error.kind();
        if (kind == ErrorKind::Conflict || kind == ErrorKind::NotFound) {
            return rest(kLookEach / 4);  // another was first
        }
        state_.trouble = failed.error.message();
        state_.barred = kind == ErrorKind::Denied;
        if (!state_.barred) {
            return rest(kAgainAfter);
        }
        state_.trouble +=
            "; the lock of the fleet is a Docker config, and these are an administrator's: give "
            "Portainer's tokenRef an administrator's key, or set lock: none (WAVEGATE_LOCK=none) "
            "where no other operator will ever act on this fleet";
        return rest(kDeniedAgainAfter);
    }

    [[nodiscard]] bool is_over() const {
        return state_.moved && now_.mono - *state_.moved >= kDuration;
    }

    Order take(std::uint64_t term) {
        Claim claim;
        claim.fleet = me_.fleet;
        claim.holder = me_.holder;
        claim.identity = me_.identity;
        claim.host = me_.host;
        claim.since = now_.wall;
        claim.term = std::max({term, state_.known, state_.claim.term}) + 1;
        return Take{state_.seen, std::move(claim)};
    }

    /// Its own lock, which nobody touched; but where the fleet bears a higher term, a new one.
    Order renew(const Claim& there) {
        auto claim = state_.claim;
        claim.renew = there.renew + 1;
        if (const auto highest = std::max(there.term, state_.known); highest > claim.term) {
            claim.term = highest + 1;
        }
        return Take{state_.seen, std::move(claim)};
    }

    /// At the latest when there is something to tell.
    [[nodiscard]] Order rest(Duration wait, Mono before = Mono::max()) const {
        auto until = std::min(now_.mono + wait, before);
        if (state_.role == Role::Holder) {
            until = std::min(until, state_.good + kGivenUpAfter);
        }
        return Rest{std::max(until, now_.mono)};
    }

    const Me& me_;
    State state_;
    Time now_;
};

}  // namespace

std::string_view to_string(Role role) {
    constexpr std::array<std::string_view, 4> names{"Candidate", "Standby", "Holder", "Lost"};
    return names.at(static_cast<std::size_t>(role));
}

Turn step(const Me& me, State state, const Heard& heard, Time now) {
    return Stepping(me, std::move(state), now).turn(heard);
}

Claim released(const Claim& claim) {
    Claim free;
    free.fleet = claim.fleet;
    free.term = claim.term;
    free.renew = claim.renew + 1;
    return free;
}

Leadership leadership_of(const Me& me, const State& state) {
    Leadership leads;
    leads.trouble = state.trouble;
    leads.barred = state.barred;
    if (state.role == Role::Holder) {
        leads.own = true;
        leads.holder = me.holder;
        leads.host = me.host;
        leads.since = state.claim.since;
        leads.term = state.claim.term;
        leads.until = state.good + kGivenUpAfter;
    } else if (state.role == Role::Standby && state.seen) {
        const auto claim = claim_of(state.seen->labels);
        leads.holder = claim.holder;
        leads.host = claim.host;
        leads.since = claim.since;
        leads.term = claim.term;
    }
    return leads;
}

}  // namespace wavegate::lock
