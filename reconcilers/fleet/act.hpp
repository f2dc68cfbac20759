#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/edit.hpp"
#include "reconcilers/fleet/journal.hpp"
#include "reconcilers/fleet/observe.hpp"
#include "reconcilers/fleet/outside.hpp"

#include <cstdint>
#include <map>
#include <memory>

namespace wavegate::fleet {

/// Performs released edits, one at a time: re-read → judge → commit the intent → write → commit
/// the receipt. Whatever happens is in the ledger afterwards; the planner reads it there.
class Actor {
  public:
    Actor(Clock& clock, Journal& journal, Observer& observer)
        : clock_(clock), journal_(journal), observer_(observer) {}

    /// True when the edit was sent, whatever came of it; false when it was refused or the intent
    /// could not be kept.
    asio::awaitable<bool> act(
        std::shared_ptr<const DesiredState> desired,
        std::shared_ptr<const Observed> observed,
        std::shared_ptr<Backends> backends,
        Edit edit);

    /// Refusals by invariant since the start.
    [[nodiscard]] const std::map<int, std::uint64_t>& refusals() const { return refusals_; }

  private:
    asio::awaitable<bool> begin(const Intent& intent, bool way_back);
    static Task<Receipt> write(Backends& backends, Permit permit);
    asio::awaitable<void>
    refuse(Intent intent, std::string object, int invariant, std::string message);
    asio::awaitable<void> settle(Intent intent, std::string object, Result<Receipt> receipt);

    Clock& clock_;
    Journal& journal_;
    Observer& observer_;
    std::map<int, std::uint64_t> refusals_;
};

/// The ledger's entry for an edit that is about to be judged.
Intent intent_of(const Edit& edit, Time now);
/// What an edit is about, as status and events name it: "EunomiaPolicy/multiplexer-baseline".
std::string object_of(const Edit& edit, const DesiredState& desired);

}  // namespace wavegate::fleet
