#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/history.hpp"
#include "operator/model/leadership.hpp"
#include "operator/model/observed.hpp"
#include "operator/model/step.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wavegate::status {

/// The source of desired state, as people see it.
struct SourceView {
    std::string revision;  ///< in force; empty: none yet
    std::string seen;      ///< newest fetched, good or bad
    bool ready = false;    ///< the newest fetched revision is the one in force
    /// "Fetched", "Followed" (another put it in force), "FetchFailed", "Invalid", "Held",
    /// "StoreFailed"
    std::string reason;
    std::string message;
    Time since{};
    std::vector<Diagnostic> found;  ///< of the newest revision
};

/// One backend's health in the last pass.
struct BackendView {
    bool ok = false;
    std::string message;
    Time at{};
};

/// What was last said of one thing, and since when.
struct Turn {
    std::string said;
    Time since{};
};
/// By object and condition ("Service/searxng-mcp/Ready"), or "…/wait".
using Turns = std::map<std::string, Turn>;

/// Everything that a status document is made of: one pass's whole truth, immutable.
struct View {
    Time now{};
    bool acts = false;  ///< this process may write: it has the lock, and its store takes commits
    Leadership leads;
    SourceView source;
    std::shared_ptr<const DesiredState> desired;
    std::shared_ptr<const Observed> observed;
    std::shared_ptr<const Ledger> ledger;
    RolloutRecord record;
    Diff diff;
    std::vector<Wait> waits;
    std::map<std::string, Hold> holds;  ///< by object: what it waits for, or why it is as it is
    std::vector<Edit> release;          ///< what this pass wrote, or would write
    std::vector<Check> ask;             ///< and the checks that it asked
    History<Event> events;              ///< newest last, at most 1,000
    std::map<std::string, BackendView> backends;
    std::string standing;  ///< as Standing; empty: nothing was decided yet
    std::map<std::string, WavePhase> waves;
    std::vector<std::string> excepted;  ///< services that their wave goes on without
    /// What a document's policy is called on the policy server, while it is there.
    std::map<std::string, std::string> policies;
    std::shared_ptr<const Turns> turns;  ///< null: times are those of phases
    std::uint64_t passes = 0;            ///< reconciles done by this process
    std::uint64_t answered = 0;          ///< newest "look now" request that a whole pass followed
    std::map<int, std::uint64_t> refusals;  ///< by invariant

    /// What is said of an object; nothing: it waits for nothing.
    [[nodiscard]] Hold hold(const std::string& object) const {
        const auto at = holds.find(object);
        return at == holds.end() ? Hold() : at->second;
    }
};

}  // namespace wavegate::status
