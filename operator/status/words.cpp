#include "operator/status/words.hpp"

#include "operator/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace wavegate::status {
namespace {

struct Words {
    std::string_view what;  ///< waits for …
    std::string_view end;   ///< ended by …
};

// In the order of Reason.
constexpr std::array<Words, 32> kReasonWords{{
    {"", ""},
    {"the waves before its own", "itself, when the earlier waves are complete"},
    {"the token and policy gates", "itself, when both gates hold on fresh evidence"},
    {"the canary", "itself, when the canary has soaked"},
    {"a free slot of its wave", "itself, when a service in flight answers through the multiplexer"},
    {"the multiplexer", "itself, when the multiplexer runs with its outbound auth"},
    {"all other services", "itself, when no other member is pending or in motion"},
    {"the store to take commits again", "itself, when the operator's disk takes commits"},
    {"the service to work as it is", "itself, when the service recovers"},
    {"its first verification", "itself, when its checks pass"},
    {"lines in its compose file", "a commit of the lines that the message names"},
    {"a person: it has no way back", "wavegate rollout retry"},
    {"its stack to catch up with its repository", "a redeploy of the stack"},
    {"a compose file that can be edited safely", "a change of its compose file"},
    {"a person: its auth block was changed by hand", "wavegate rollout retry, or a new spec"},
    {"a person: more than its auth block changed", "wavegate rollout retry"},
    {"a person: this very spec failed before", "wavegate rollout retry, or a new spec"},
    {"a person: a check failed", "wavegate rollout retry, or a new spec"},
    {"a person: Swarm rejected the change", "wavegate rollout retry, or a new spec"},
    {"the shared parts to recover", "itself, when they have been well for 2 minutes"},
    {"a person: its deadline passed", "wavegate rollout retry, or a new spec"},
    {"the guard to allow the write", "itself, when what the guard refused holds"},
    {"another try of its write", "itself, at the next try"},
    {"a person: its mode changed twice within an hour", "wavegate rollout retry"},
    {"the rollout to be resumed", "wavegate rollout resume"},
    {"its halted wave", "retry or accept of what failed in its wave"},
    {"nothing: its failure is accepted", "a new spec"},
    {"a person: an object of that name is not ours",
     "a commit of another name, or the object's deletion"},
    {"a person: its env files can't be read", "itself, when they can be read"},
    {"a part that all services share to be mended", "itself, when that part is well again"},
    {"its way back: the rollout was aborted", "itself, when it is verified as it was before"},
    {"the freeze to end", "itself, when the freeze ends (a person's: wavegate rollout unfreeze)"},
}};
static_assert(static_cast<std::size_t>(Reason::Frozen) + 1 == kReasonWords.size());

// In the order of Phase.
constexpr std::array<Words, 12> kPhaseWords{{
    {"its turn", "itself"},
    {"the answer to its write", "itself, when the write is observed"},
    {"Swarm to run the new spec", "itself, when the same tasks have run long enough"},
    {"its checks", "itself, when its checks pass"},
    {"the soak of its wave", "itself, when the wave has soaked"},
    {"", ""},
    {"its last good auth block to run again", "itself, when the way back is verified"},
    {"a person: it was rolled back", "wavegate rollout retry, or a new spec"},
    {"a person: its way back failed", "wavegate rollout accept"},
    {"a person: it never ran and has no way back", "wavegate rollout accept"},
    {"a person", "wavegate rollout retry"},
    {"a person: it answered as it should, and does no more",
     "itself, when it answers again; or wavegate rollout accept"},
}};
static_assert(static_cast<std::size_t>(Phase::Degraded) + 1 == kPhaseWords.size());

const Words& words_of(Reason reason, Phase phase) {
    return reason == Reason::None ? kPhaseWords.at(static_cast<std::size_t>(phase))
                                  : kReasonWords.at(static_cast<std::size_t>(reason));
}

/// Whatever it is there for, no command of a person ends it.
bool ends_by_itself(Phase phase) {
    return phase == Phase::Flipping || phase == Phase::Converging || phase == Phase::Probing ||
           phase == Phase::Probed || phase == Phase::RollingBack;
}

bool is_silent(const Member& member, Time now) {
    constexpr Duration patience = std::chrono::seconds(45);
    const auto* back = member.going_back();
    return back != nullptr && back->silent && now.mono - back->silent->mono > patience;
}

}  // namespace

std::string clean(std::string_view text) {
    std::string out(text);
    if (!is_utf8(text)) {
        for (char& sign : out) {
            sign = static_cast<unsigned char>(sign) < 0x80 ? sign : '?';
        }
    }
    return out;
}

boost::json::value time_or_null(const Time& time) {
    if (time.wall == Wall()) {
        return nullptr;
    }
    return boost::json::value(to_rfc3339(time.wall));
}

boost::json::value text_or_null(std::string_view text) {
    if (text.empty()) {
        return nullptr;
    }
    return boost::json::value(clean(text));
}

std::string who_acts(const Leadership& leads) {
    // The holder of a store is known by its lease alone, which bears no term.
    return fmt::format(
        "{} on {} acts since {}{}",
        clean(leads.holder),
        clean(leads.host),
        to_rfc3339(leads.since),
        leads.term == 0 ? std::string() : fmt::format(" (term {})", leads.term));
}

std::string lead_words(const Leadership& leads, bool acts) {
    if (!leads.locked) {
        return "lock: none: nothing keeps this operator and another one apart";
    }
    if (leads.stands_by()) {
        return "this operator stands by: " + who_acts(leads);
    }
    if (leads.own) {
        return acts ? std::string()
                    : "this operator has the lock, but does not act: its store takes no commits, "
                      "or the lock could not be renewed";
    }
    return "nobody is known to act: " + (leads.trouble.empty()
                                             ? "the fleet's lock was not asked for yet"
                                             : clean(leads.trouble));
}

std::string waits_for(Reason reason, Phase phase) {
    return std::string(words_of(reason, phase).what);
}

std::string ended_by(const Wait& wait, Phase phase) {
    if (wait.verb.empty()) {
        const auto reason = ends_by_itself(phase) ? Reason::None : wait.reason;
        return std::string(words_of(reason, phase).end);
    }
    constexpr std::string_view service = "Service/";
    const bool names_one = wait.object.starts_with(service) && wait.verb != "resume";
    return "wavegate rollout " + wait.verb +
           (names_one ? " " + clean(wait.object).substr(service.size()) : "");
}

bool needs_person(const Member& member, const Hold& held, Time now) {
    if (held.reason == Reason::DeadlineExceeded || is_silent(member, now)) {
        return true;
    }
    switch (member.phase()) {
        case Phase::RolledBack:
        case Phase::Stuck:
        case Phase::Failed:
        case Phase::Held:
        case Phase::Degraded:
            return true;
        case Phase::Pending:
            break;
        default:
            return false;
    }
    constexpr std::array<Reason, 11> hold{
        Reason::NeedsPassThrough,
        Reason::NoWayBack,
        Reason::StackRepoAhead,
        Reason::UneditableCompose,
        Reason::ChangedByHand,
        Reason::ForeignChange,
        Reason::Rejected,
        Reason::BaselineBroken,
        Reason::Flapping,
        Reason::Paused,
        Reason::WaveHalted};
    return std::find(hold.begin(), hold.end(), held.reason) != hold.end();
}

bool in_motion(const Member& member) {
    switch (member.phase()) {
        case Phase::Flipping:
        case Phase::Converging:
        case Phase::Probing:
        case Phase::Probed:
        case Phase::RollingBack:
            return true;
        default:
            return false;
    }
}

}  // namespace wavegate::status
