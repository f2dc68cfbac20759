#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/edit.hpp"
#include "operator/model/permit.hpp"
#include "reconcilers/fleet/journal.hpp"
#include "reconcilers/fleet/observe.hpp"
#include "reconcilers/fleet/outside.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace wavegate::fleet {

/// What an edit was decided on, and is judged by.
struct Sight {
    std::shared_ptr<const DesiredState> desired;
    std::shared_ptr<Backends> backends;
    std::shared_ptr<const Observed> observed;
};

/// Performs a released edit: re-read → judge → commit the intent → write → commit the receipt.
/// Whatever happens is in the ledger afterwards; the planner reads it there. Cancelled while it is
/// written, it leaves an open intent.
class Actor {
  public:
    /// Asked when the edit is judged: is it still to be done? Null: yes.
    using Wanted = std::function<bool(const Edit&)>;

    Actor(Clock& clock, Journal& journal, Observer& observer)
        : clock_(clock), journal_(journal), observer_(observer) {}

    /// True when the edit was sent, whatever came of it; false when it was refused, no longer
    /// wanted, or the intent could not be kept.
    asio::awaitable<bool> act(Sight sight, Edit edit, Wanted wanted = nullptr);

    /// Refusals by invariant since the start.
    [[nodiscard]] const std::map<int, std::uint64_t>& refusals() const { return refusals_; }

  private:
    struct Case;
    asio::awaitable<std::optional<Permit>> begin(Case& at);
    Result<Journal::Change> judge(Case& at);
    Task<Receipt> write(Backends& backends, Permit permit);
    Batch refusal(Intent intent, std::string object, int invariant, std::string message);
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
