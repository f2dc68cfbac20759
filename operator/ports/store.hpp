#pragma once

#include "operator/base/task.hpp"
#include "operator/model/leadership.hpp"
#include "operator/model/ledger.hpp"
#include "operator/model/revision.hpp"
#include "operator/model/rollout.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wavegate {

/// What is committed together, or not at all. Absent and empty parts stay as they are.
struct Batch {
    std::optional<RolloutRecord> record;
    std::vector<Evidence> evidence;
    std::vector<Intent> intents;  ///< inserted, or replaced by id
    std::vector<Word> words;
    std::vector<Event> events;
    std::vector<AuditEntry> audit;
    std::optional<Revision> last_good;
};

/// Everything a new process starts from. Monotonic times in it were shifted to this process's
/// clock by their wall distance (never into the future).
struct Snapshot {
    std::uint64_t version = 0;
    RolloutRecord record;
    Ledger ledger;
    std::vector<Event> events;  ///< newest 1,000
    std::optional<Revision> last_good;
};

/// The rollout record, ledger, events, last good revision and audit. One writer.
class Store {
  public:
    virtual ~Store() = default;
    /// Conflict: another process holds it. Invalid: newer schema, or the integrity check failed.
    /// Of a store that a process may wait for, what stands there while it waits.
    virtual Task<Snapshot> load(Time now) = 0;
    /// Durable when it returns. Conflict: the stored version is not `expected`; load again.
    virtual Task<std::uint64_t> commit(Batch batch, std::uint64_t expected) = 0;
    /// Is what was loaded still what the next process would load? Unavailable: no, or nobody knows;
    /// what is committed then would be lost. Conflict: what stands there changed, and is another's.
    virtual Task<void> check() = 0;
    /// Evidence taken and intents settled before `before` go. What stays however old it is: the
    /// newest of each kind and subject or target, intents that the record names, and those whose
    /// outcome is open or lost.
    virtual Task<void> prune(Wall before) = 0;
    /// Of machine and store, once it was loaded: as long as it is loaded here, whoever bore the
    /// same has ended. Empty: that can't be told.
    [[nodiscard]] virtual std::string identity() const { return {}; }
    /// Until when this process has the store for itself: what acts by it ends before. Max: until
    /// the process ends. Past: it may be another's by now, every commit is a Conflict, and this
    /// process may have it again later.
    [[nodiscard]] virtual Mono held_until() const { return Mono::max(); }
    /// Who has it while this process has not, as it was seen last.
    [[nodiscard]] virtual Leadership leader() const { return {}; }
};

}  // namespace wavegate
