#pragma once

#include "operator/ports/store.hpp"

#include <chrono>
#include <string>

namespace wavegate::testing {

inline Time at(std::int64_t wall_ms) {
    return {Wall(Duration(wall_ms)), Mono()};
}

/// No field has its default.
inline Member sample_member() {
    Member member;
    member.service = "searxng-mcp";
    member.to = AuthMode::None;
    member.phase = Phase::Probing;
    member.reason = Reason::GateFailed;
    member.message = "waits for \"through\"";
    member.cause = "401 without a token";
    member.since = at(1001);
    member.adopted = true;
    member.tried = "hash-tried";
    member.intent = "intent-1";
    member.flipped = at(1002);
    member.tasks = "t1,t2";
    member.tasks_since = at(1003);
    member.bad_since = at(1004);
    member.bad = ProbeClass::PolicyDenied;
    member.asking = CheckKind::Through;
    member.watched = std::chrono::minutes(3);
    member.sampled = at(1005);
    member.suspect_since = at(1006);
    member.shared_cause = true;
    return member;
}

inline RolloutRecord sample_record() {
    RolloutRecord record;
    record.id = "rollout-1";
    record.revision = "abc";
    record.digest = "digest-1";
    record.started = at(2001);
    record.paused = true;
    record.members = {sample_member(), Member()};
    record.members[1].service = "other-mcp";
    record.multiplexer.stage = MultiplexerStage::Restarting;
    record.multiplexer.since = at(2002);
    record.multiplexer.intent = "intent-2";
    record.multiplexer.message = "restarts";
    record.multiplexer.tools = {"a", "b"};
    record.multiplexer.tasks = "m1";
    record.multiplexer.tasks_since = at(2003);
    record.multiplexer.restarts = {at(2004), at(2005)};
    record.canary = "searxng-mcp";
    record.canary_done = true;
    record.rejected = {{"bad-mcp", "hash-bad"}};
    record.turns = {{"bad-mcp", {at(2006)}}};
    record.seen_tools = {{"searxng-mcp", {"search", "\xff\xfe not UTF-8"}}};
    record.shared_bad = at(2007);
    record.shared_good = at(2008);
    record.accepted = {"bad-mcp"};
    record.finished = at(2009);
    return record;
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
    intent.state = IntentState::Lost;
    intent.lasting = true;
    intent.note = "answer lost";
    intent.at = at(4001);
    intent.settled = at(4002);
    return intent;
}

inline Exception sample_exception() {
    Exception exception;
    exception.rollout = "rollout-1";
    exception.service = "bad-mcp";
    exception.who = "alice";
    exception.at = at(5001);
    return exception;
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
