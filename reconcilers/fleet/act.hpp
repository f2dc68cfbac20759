#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/edit.hpp"
#include "operator/model/permit.hpp"
#include "reconcilers/fleet/journal.hpp"
#include "reconcilers/fleet/lease.hpp"
#include "reconcilers/fleet/systems.hpp"

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
    std::shared_ptr<Systems> systems;
    std::shared_ptr<const Observed> observed;
};

/// Performs a released edit: re-read → judge → commit the intent → write → commit the receipt.
/// Whatever happens is in the ledger afterwards; the planner reads it there. Cancelled while it is
/// written, it leaves an open intent.
class Actor {
  public:
    /// Asked when the edit is judged: is it still to be done? Null: yes.
    using Wanted = std::function<bool(const Edit&)>;

    Actor(Clock& clock, Journal& journal, Lease& lease)
        : clock_(clock), journal_(journal), lease_(lease) {}

    /// True when the edit was sent, whatever came of it; false when it was refused, no longer
    /// wanted, or the intent could not be kept.
    asio::awaitable<bool> act(Sight sight, Edit edit, Wanted wanted = nullptr);

    /// Refusals by invariant since the start.
    [[nodiscard]] const std::map<int, std::uint64_t>& refusals() const { return refusals_; }

  private:
    struct Case;
    asio::awaitable<bool> prepare(Case& at, System& system);
    [[nodiscard]] bool is_overtaken(const Case& at);
    asio::awaitable<std::optional<Permit>> begin(Case& at);
    Result<Journal::Change> judge(Case& at);
    Batch refusal(Intent intent, std::string object, int invariant, std::string message);
    asio::awaitable<void>
    refuse(Intent intent, std::string object, int invariant, std::string message);
    asio::awaitable<void> settle(Intent intent, std::string object, Result<Receipt> receipt);

    Clock& clock_;
    Journal& journal_;
    Lease& lease_;
    std::map<int, std::uint64_t> refusals_;
};

}  // namespace wavegate::fleet
