#pragma once

#include "operator/ports/store.hpp"

#include <concepts>
#include <type_traits>

/// The fields of everything that is kept, named once for writing, reading and rebasing. The
/// structured bindings stop compiling when a type gets a field that is not named here.
namespace wavegate::store {

template <class T, class Model>
concept Is = std::same_as<std::remove_const_t<T>, Model>;

template <class Archive, Is<Tasks> T>
void visit(Archive& archive, T& value) {
    auto& [ids, since] = value;
    archive("ids", ids);
    archive("since", since);
}

template <class Archive, Is<Flight> T>
void visit(Archive& archive, T& value) {
    auto& [adopted, intent, tried, flipped] = value;
    archive("adopted", adopted);
    archive("intent", intent);
    archive("tried", tried);
    archive("flipped", flipped);
}

template <class Archive, Is<Trouble> T>
void visit(Archive& archive, T& value) {
    auto& [since, seen, suspect_since] = value;
    archive("since", since);
    archive("seen", seen);
    archive("suspectSince", suspect_since);
}

template <class Archive, Is<Cause> T>
void visit(Archive& archive, T& value) {
    auto& [reason, message, shared] = value;
    archive("reason", reason);
    archive("message", message);
    archive("shared", shared);
}

template <class Archive, Is<state::Pending> T>
void visit(Archive& archive, T& value) {
    auto& [broken_since, lost_since, told] = value;
    archive("brokenSince", broken_since);
    archive("lostSince", lost_since);
    archive("told", told);
}

template <class Archive, Is<state::Flipping> T>
void visit(Archive& archive, T& value) {
    auto& [flight] = value;
    archive("flight", flight);
}

template <class Archive, Is<state::Converging> T>
void visit(Archive& archive, T& value) {
    auto& [flight, tasks, trouble] = value;
    archive("flight", flight);
    archive("tasks", tasks);
    archive("trouble", trouble);
}

template <class Archive, Is<state::Probing> T>
void visit(Archive& archive, T& value) {
    auto& [flight, gate, trouble] = value;
    archive("flight", flight);
    archive("gate", gate);
    archive("trouble", trouble);
}

template <class Archive, Is<state::Probed> T>
void visit(Archive& archive, T& value) {
    auto& [flight, watched, soak_since, sampled, trouble] = value;
    archive("flight", flight);
    archive("watched", watched);
    archive("soakSince", soak_since);
    archive("sampled", sampled);
    archive("trouble", trouble);
}

template <class Archive, Is<state::Ready> T>
void visit(Archive& archive, T& value) {
    auto& [flight, trouble] = value;
    archive("flight", flight);
    archive("trouble", trouble);
}

template <class Archive, Is<state::GoingBack> T>
void visit(Archive& archive, T& value) {
    auto& [flight, cause, intent, tasks, answers, silent, tried_again] = value;
    archive("flight", flight);
    archive("cause", cause);
    archive("intent", intent);
    archive("tasks", tasks);
    archive("answers", answers);
    archive("silent", silent);
    archive("triedAgain", tried_again);
}

template <class Archive, Is<state::RollingBack> T>
void visit(Archive& archive, T& value) {
    auto& [back] = value;
    archive("back", back);
}

template <class Archive, Is<state::RolledBack> T>
void visit(Archive& archive, T& value) {
    auto& [tried, cause] = value;
    archive("tried", tried);
    archive("cause", cause);
}

template <class Archive, Is<state::Stuck> T>
void visit(Archive& archive, T& value) {
    auto& [back] = value;
    archive("back", back);
}

template <class Archive, Is<state::Failed> T>
void visit(Archive& archive, T& value) {
    auto& [tried, cause] = value;
    archive("tried", tried);
    archive("cause", cause);
}

template <class Archive, Is<state::Held> T>
void visit(Archive& archive, T& value) {
    auto& [flight, cause] = value;
    archive("flight", flight);
    archive("cause", cause);
}

template <class Archive, Is<state::Degraded> T>
void visit(Archive& archive, T& value) {
    auto& [flight, cause, trouble] = value;
    archive("flight", flight);
    archive("cause", cause);
    archive("trouble", trouble);
}

template <class Archive>
void visit(Archive& /*archive*/, const stage::Unknown& /*value*/) {}

template <class Archive>
void visit(Archive& /*archive*/, const stage::Wired& /*value*/) {}

template <class Archive, Is<stage::Wiring> T>
void visit(Archive& archive, T& value) {
    auto& [intent, tasks] = value;
    archive("intent", intent);
    archive("tasks", tasks);
}

template <class Archive, Is<stage::Restarting> T>
void visit(Archive& archive, T& value) {
    auto& [intent, tasks] = value;
    archive("intent", intent);
    archive("tasks", tasks);
}

template <class Archive, Is<stage::Unwiring> T>
void visit(Archive& archive, T& value) {
    auto& [cause, intent, tasks] = value;
    archive("cause", cause);
    archive("intent", intent);
    archive("tasks", tasks);
}

template <class Archive, Is<stage::Failed> T>
void visit(Archive& archive, T& value) {
    auto& [cause] = value;
    archive("cause", cause);
}

template <class Archive, Is<Member> T>
void visit(Archive& archive, T& value) {
    auto& [service, to, state, since, begun] = value;
    archive("service", service);
    archive("to", to);
    archive("state", state);
    archive("since", since);
    archive("begun", begun);
}

template <class Archive, Is<MultiplexerRecord> T>
void visit(Archive& archive, T& value) {
    auto& [state, since, children, restarts] = value;
    archive("state", state);
    archive("since", since);
    archive("children", children);
    archive("restarts", restarts);
}

template <class Archive, Is<SharedFault> T>
void visit(Archive& archive, T& value) {
    auto& [part, message, since, confirmed] = value;
    archive("part", part);
    archive("message", message);
    archive("since", since);
    archive("confirmed", confirmed);
}

template <class Archive, Is<RolloutFields> T>
void visit(Archive& archive, T& value) {
    auto& [id, revision, digest, started, heard, members, multiplexer, canary, canary_done, rejected, turns, seen_tools, shared_bad, shared_good, finished, faults] =
        value;
    archive("id", id);
    archive("revision", revision);
    archive("digest", digest);
    archive("started", started);
    archive("heard", heard);
    archive("members", members);
    archive("multiplexer", multiplexer);
    archive("canary", canary);
    archive("canaryDone", canary_done);
    archive("rejected", rejected);
    archive("turns", turns);
    archive("seenTools", seen_tools);
    archive("sharedBad", shared_bad);
    archive("sharedGood", shared_good);
    archive("finished", finished);
    archive("faults", faults);
}

template <class Archive, Is<Evidence> T>
void visit(Archive& archive, T& value) {
    auto& [kind, subject, rollout, verdict, seen, phrase, facts, inputs, taken, answered] = value;
    archive("kind", kind);
    archive("subject", subject);
    archive("rollout", rollout);
    archive("verdict", verdict);
    archive("seen", seen);
    archive("phrase", phrase);
    archive("facts", facts);
    archive("inputs", inputs);
    archive("taken", taken);
    archive("answered", answered);
}

template <class Archive, Is<Intent> T>
void visit(Archive& archive, T& value) {
    auto& [id, edit, target, service, rollout, kind, to, block_before, block_after, deployed, head_before, file_after, keys, untouched, version, state, lasting, note, at, settled] =
        value;
    archive("id", id);
    archive("edit", edit);
    archive("target", target);
    archive("service", service);
    archive("rollout", rollout);
    archive("kind", kind);
    archive("to", to);
    archive("blockBefore", block_before);
    archive("blockAfter", block_after);
    archive("deployed", deployed);
    archive("headBefore", head_before);
    archive("fileAfter", file_after);
    archive("keys", keys);
    archive("untouched", untouched);
    archive("version", version);
    archive("state", state);
    archive("lasting", lasting);
    archive("note", note);
    archive("at", at);
    archive("settled", settled);
}

template <class Archive, Is<Word> T>
void visit(Archive& archive, T& value) {
    auto& [verb, rollout, service, who, at, client, against, why, until] = value;
    archive("client", client);
    archive("against", against);
    archive("verb", verb);
    archive("rollout", rollout);
    archive("service", service);
    archive("who", who);
    archive("why", why);
    archive("until", until);
    archive("at", at);
}

template <class Archive, Is<Event> T>
void visit(Archive& archive, T& value) {
    auto& [at, kind, object, reason, message] = value;
    archive("at", at);
    archive("kind", kind);
    archive("object", object);
    archive("reason", reason);
    archive("message", message);
}

template <class Archive, Is<Revision> T>
void visit(Archive& archive, T& value) {
    auto& [id, ancestry, files] = value;
    archive("id", id);
    archive("ancestry", ancestry);
    archive("files", files);
}

template <class Archive, Is<AuditEntry> T>
void visit(Archive& archive, T& value) {
    auto& [at, who, what, why] = value;
    archive("at", at);
    archive("who", who);
    archive("what", what);
    archive("why", why);
}

}  // namespace wavegate::store
