#pragma once

#include "operator/model/edit.hpp"
#include "operator/model/evidence.hpp"
#include "operator/model/history.hpp"
#include "operator/model/word.hpp"

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace wavegate {

enum class IntentState {
    Open,     ///< committed; the write may or may not have been sent
    Written,  ///< the other side said yes
    Lost,     ///< the answer was lost: unknown until observed
    Failed,   ///< the other side said no, and may have done half of it
    Refused,  ///< the guard, or the other side before doing anything
    Adopted,  ///< unknown, then seen in force
    Dropped,  ///< unknown, then seen not in force
};
std::string_view to_string(IntentState state);

/// One write, from before it is sent to what became of it.
struct Intent {
    std::string id;
    std::string edit;
    std::string target;
    std::string service;  ///< fleet service of a stack edit or restart; else empty
    std::string rollout;
    std::string
        kind;  ///< "flip", "wayback", "envsync", "wiring", "unwiring", "restart", "client", …
    AuthMode to = AuthMode::None;
    std::string block_before;  ///< digests of auth blocks, for stack edits
    std::string block_after;
    /// Git stacks: what was deployed, the head that was met, and the SHA-256 of the file that was
    /// to be committed on it (empty: no commit).
    std::string deployed;
    std::string head_before;
    std::string file_after;
    /// The service's variables that a stack edit sets, and the digest of all the rest of its spec.
    std::vector<std::string> keys;
    std::string untouched;
    /// Swarm's version index of the service that it met; 0: not noted.
    std::uint64_t version = 0;
    IntentState state = IntentState::Open;
    /// Refused or failed for a reason that stays until somebody changes something there.
    bool lasting = false;
    std::string note;
    Time at{};
    Time settled{};
};

struct BySubject {
    static std::pair<CheckKind, std::string_view> of(const Evidence& evidence) {
        return {evidence.kind, evidence.subject};
    }
};
struct ById {
    static std::string_view of(const Intent& intent) { return intent.id; }
};
struct ByService {
    static std::string_view of(const Intent& intent) { return intent.service; }
};
struct ByTarget {
    static std::string_view of(const Intent& intent) { return intent.target; }
};
/// What a write was about: the newest of them tells what stands there.
struct ByMatter {
    static std::tuple<std::string_view, std::string_view, std::string_view> of(
        const Intent& intent) {
        return {intent.kind, intent.target, intent.service};
    }
};
using EvidenceLog = History<Evidence, BySubject>;
using IntentLog = History<Intent, ById, ByService, ByTarget, ByMatter>;

/// Everything that a verdict or a write left behind, oldest first. No secret. Copies share what
/// stands in it: one that was read stays as it was while more is added to another.
struct Ledger {
    EvidenceLog evidence;
    IntentLog intents;
    std::vector<Word> words;
    /// False while the store takes nothing, and what was added since is in this process alone: then
    /// nothing is begun, and what is in flight may still go back (invariant 10). Not stored.
    bool takes_commits = true;
    /// Intents whose write runs in this process right now, or is about to: their answer is still to
    /// come. Not stored.
    std::set<std::string, std::less<>> under_way;

    /// When this process took it from the store. Monotonic times of before that are made of the
    /// wall clock's (store/codec.hpp), which may have been set meanwhile: nothing of before it is
    /// fresh, and what was on its way may still land as if it had been sent then. Not stored.
    Time opened{};

    /// Was it asked by this process, and not longer ago than that?
    [[nodiscard]] bool is_fresh(Time asked, Duration at_most, Time now) const {
        return asked.mono >= opened.mono && now.mono - asked.mono <= at_most;
    }
    /// The newest evidence of that kind about that subject, or null.
    [[nodiscard]] const Evidence* latest(CheckKind kind, std::string_view subject) const;
    [[nodiscard]] const Intent* intent(std::string_view id) const;
    /// The newest of our intents on that target whose commit this head is, put on what is deployed
    /// there or on another such commit; null: it is somebody else's. Told by what the commit
    /// holds, whatever became of the answer.
    [[nodiscard]] const Intent*
    committed(const BranchHead& head, std::string_view target, std::string_view deployed) const;
    /// Did a person accept that this very client becomes ours?
    [[nodiscard]] bool accepts(const ClientView& client) const;
    /// Did a person pause, and not resume since?
    [[nodiscard]] bool paused() const;
    /// A person's freeze that no later word ended, whatever the time is (freeze.hpp); or null.
    [[nodiscard]] const Word* freeze() const;
    /// The newest intent of that kind on a service, or null.
    [[nodiscard]] const Intent* latest_intent(std::string_view kind, std::string_view service)
        const;
};

/// A Kubernetes-like event: what happened, once, for people.
struct Event {
    Time at{};
    std::string kind;    ///< "Normal" or "Warning"
    std::string object;  ///< "Service/searxng-mcp", "Wave/data", "Fleet/homelab"
    std::string reason;  ///< CamelCase
    std::string message;
};

/// Who asked for what; kept for ever.
struct AuditEntry {
    Time at{};
    std::string who;
    std::string what;
    std::string why;
};

}  // namespace wavegate
