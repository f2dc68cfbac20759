#pragma once

#include "operator/ports/store.hpp"

#include <concepts>
#include <type_traits>

/// The fields of everything that is kept, named once for writing, reading and rebasing. The
/// structured bindings stop compiling when a type gets a field that is not named here.
namespace wavegate::store {

template <class T, class Model>
concept Is = std::same_as<std::remove_const_t<T>, Model>;

template <class Archive, Is<Member> T>
void visit(Archive& archive, T& value) {
    auto& [service, to, phase, reason, message, cause, since, adopted, tried, intent, flipped, tasks, tasks_since, bad_since, bad, asking, watched, sampled, suspect_since, shared_cause] =
        value;
    archive("service", service);
    archive("to", to);
    archive("phase", phase);
    archive("reason", reason);
    archive("message", message);
    archive("cause", cause);
    archive("since", since);
    archive("adopted", adopted);
    archive("tried", tried);
    archive("intent", intent);
    archive("flipped", flipped);
    archive("tasks", tasks);
    archive("tasksSince", tasks_since);
    archive("badSince", bad_since);
    archive("bad", bad);
    archive("asking", asking);
    archive("watched", watched);
    archive("sampled", sampled);
    archive("suspectSince", suspect_since);
    archive("sharedCause", shared_cause);
}

template <class Archive, Is<MultiplexerRecord> T>
void visit(Archive& archive, T& value) {
    auto& [stage, since, intent, message, tools, tasks, tasks_since, restarts] = value;
    archive("stage", stage);
    archive("since", since);
    archive("intent", intent);
    archive("message", message);
    archive("tools", tools);
    archive("tasks", tasks);
    archive("tasksSince", tasks_since);
    archive("restarts", restarts);
}

template <class Archive, Is<RolloutRecord> T>
void visit(Archive& archive, T& value) {
    auto& [id, revision, digest, started, paused, members, multiplexer, canary, canary_done, rejected, turns, seen_tools, shared_bad, shared_good, accepted, finished] =
        value;
    archive("id", id);
    archive("revision", revision);
    archive("digest", digest);
    archive("started", started);
    archive("paused", paused);
    archive("members", members);
    archive("multiplexer", multiplexer);
    archive("canary", canary);
    archive("canaryDone", canary_done);
    archive("rejected", rejected);
    archive("turns", turns);
    archive("seenTools", seen_tools);
    archive("sharedBad", shared_bad);
    archive("sharedGood", shared_good);
    archive("accepted", accepted);
    archive("finished", finished);
}

template <class Archive, Is<Evidence> T>
void visit(Archive& archive, T& value) {
    auto& [kind, subject, rollout, verdict, seen, phrase, facts, inputs, taken, answered] =
        value;
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
    auto& [id, edit, target, service, rollout, kind, to, block_before, block_after, deployed, head_before, file_after, keys, untouched, state, lasting, note, at, settled] =
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
    archive("state", state);
    archive("lasting", lasting);
    archive("note", note);
    archive("at", at);
    archive("settled", settled);
}

template <class Archive, Is<Exception> T>
void visit(Archive& archive, T& value) {
    auto& [rollout, service, who, at] = value;
    archive("rollout", rollout);
    archive("service", service);
    archive("who", who);
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

template <class Archive, Is<AuditEntry> T>
void visit(Archive& archive, T& value) {
    auto& [at, who, what, why] = value;
    archive("at", at);
    archive("who", who);
    archive("what", what);
    archive("why", why);
}

}  // namespace wavegate::store
