#pragma once

#include "operator/ports/store.hpp"
#include "operator/store/codec.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace wavegate::testing {

inline Time at(std::int64_t wall_ms) {
    return {Wall(Duration(wall_ms)), Mono()};
}

/// No field has its default.
inline Member sample_member() {
    state::Probing probing;
    probing.flight = {true, "intent-1", "hash-tried", at(1002)};
    probing.gate = CheckKind::Through;
    probing.trouble = {at(1004), ProbeClass::PolicyDenied, at(1006)};
    Member member;
    member.service = "searxng-mcp";
    member.to = AuthMode::None;
    member.state = probing;
    member.since = at(1001);
    member.begun = at(1000);
    return member;
}

/// One in each other phase.
inline std::vector<Member> sample_members() {
    const Flight flight{false, "intent-3", "hash-3", at(1010)};
    const Cause cause{Reason::GateFailed, "401 without a token", true};
    const Tasks tasks{"t1,t2", at(1003)};
    const Trouble trouble{at(1011), ProbeClass::Down, at(1012)};
    const state::GoingBack back{flight, cause, "intent-4", tasks, true, at(1013), at(1014)};
    const std::vector<MemberState> states{
        state::Pending{at(1015), at(1016), true},
        state::Flipping{flight},
        state::Converging{flight, tasks, trouble},
        state::Probed{flight, std::chrono::minutes(3), at(1017), at(1005), trouble},
        state::Ready{flight, trouble},
        state::RollingBack{back},
        state::RolledBack{"hash-4", cause},
        state::Stuck{back},
        state::Failed{"hash-5", cause},
        state::Held{flight, cause},
        state::Degraded{flight, cause, trouble}};
    std::vector<Member> members;
    for (const auto& state : states) {
        Member member;
        member.service = "s" + std::to_string(members.size()) + "-mcp";
        member.state = state;
        member.since = at(1001);
        members.push_back(std::move(member));
    }
    return members;
}

inline RolloutRecord sample_record() {
    RolloutFields record;
    record.id = "rollout-1";
    record.revision = "abc";
    record.digest = "digest-1";
    record.started = at(2001);
    record.heard = 3;
    record.members = {sample_member(), Member()};
    record.members[1].service = "other-mcp";
    record.multiplexer.state = stage::Restarting{"intent-2", {"m1", at(2003)}};
    record.multiplexer.since = at(2002);
    record.multiplexer.children = {"a", "b"};
    record.multiplexer.restarts = {at(2004), at(2005)};
    record.canary = "searxng-mcp";
    record.canary_done = true;
    record.rejected = {{"bad-mcp", "hash-bad"}};
    record.turns = {{"bad-mcp", {at(2006)}}};
    record.seen_tools = {{"searxng-mcp", {"search", "\xff\xfe not UTF-8"}}};
    record.shared_bad = at(2007);
    record.shared_good = at(2008);
    record.finished = at(2009);
    record.faults = {{"keycloak", "keycloak: no answer", at(2010), true}};
    return store::RecordCodec::record_of(std::move(record));
}

inline Evidence sample_evidence() {
    Evidence evidence;
    evidence.kind = CheckKind::Direct;
    evidence.subject = "searxng-mcp";
    evidence.rollout = "rollout-1";
    evidence.verdict = Verdict::Fail;
    evidence.seen = ProbeClass::TokenRefused;
    evidence.phrase = "token refused";
    evidence.facts = {{"status", "401"}, {"length", "12"}};
    evidence.inputs = "digest-of-inputs";
    evidence.taken = at(3001);
    evidence.answered = at(3012);
    return evidence;
}

inline Intent sample_intent() {
    Intent intent;
    intent.id = "intent-1";
    intent.edit = "edit-1";
    intent.target = "stack/searxng-mcp";
    intent.service = "searxng-mcp";
    intent.rollout = "rollout-1";
    intent.kind = "flip";
    intent.to = AuthMode::Jwt;
    intent.block_before = "before";
    intent.block_after = "after";
    intent.deployed = "a1";
    intent.head_before = "b2";
    intent.file_after = "c3";
    intent.keys = {"AUTH_TYPE"};
    intent.untouched = "d4";
    intent.version = 77;
    intent.state = IntentState::Lost;
    intent.lasting = true;
    intent.note = "answer lost";
    intent.at = at(4001);
    intent.settled = at(4002);
    return intent;
}

inline Word sample_word() {
    return {Verb::Accept, "rollout-1", "bad-mcp", "alice", at(5001), "mux", "uuid-1", "it moved"};
}

inline Event sample_event(std::string message = "Wave read-only starts") {
    Event event;
    event.at = at(6001);
    event.kind = "Normal";
    event.object = "Wave/read-only";
    event.reason = "WaveStarted";
    event.message = std::move(message);
    return event;
}

inline AuditEntry sample_audit() {
    AuditEntry entry;
    entry.at = at(7001);
    entry.who = "alice";
    entry.what = "approve sensitive";
    entry.why = "looked at it";
    return entry;
}

}  // namespace wavegate::testing
