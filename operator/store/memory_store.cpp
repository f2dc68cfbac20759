#include "operator/store/memory_store.hpp"

#include "operator/store/codec.hpp"
#include "operator/store/retention.hpp"

#include <string>
#include <utility>
#include <vector>

namespace wavegate::store {

namespace {

template <class Items, class T>
void append(Items& to, std::vector<T>& from) {
    for (auto& item : from) {
        to.push_back(std::move(item));
    }
}

template <class Log>
void drop(Log& from, const std::vector<bool>& go) {
    from.keep([&](std::size_t place) { return !go[place]; });
}

/// Each rollout has a record of its own: another one's takes its place, and leaves it as it was.
void put(MemoryDisk& disk, const RolloutRecord& record) {
    auto& in_force = disk.kept.record;
    if (in_force.id() != record.id() && !in_force.id().empty()) {
        disk.past.push_back(in_force);
    }
    in_force = record;
}

void drop_old(MemoryDisk& disk) {
    std::vector<std::string> ids;
    for (const auto& record : disk.past) {
        ids.push_back(record.id());
    }
    ids.push_back(disk.kept.record.id());
    const auto go = prunable(ids, disk.kept.record.id(), disk.kept.ledger.intents);
    std::vector<RolloutRecord> left;
    for (std::size_t i = 0; i < disk.past.size(); ++i) {
        if (!go[i]) {
            left.push_back(std::move(disk.past[i]));
        }
    }
    disk.past = std::move(left);
}

void keep_newest(std::vector<Event>& events) {
    if (events.size() > kEventsKept) {
        events.erase(events.begin(), events.end() - kEventsKept);
    }
}

}  // namespace

MemoryStore::~MemoryStore() {
    if (holds_) {
        disk_.held = false;
    }
}

Result<void> MemoryStore::hold() {
    if (!holds_ && disk_.held) {
        return Error(ErrorKind::Conflict, "store: another process holds it");
    }
    holds_ = true;
    disk_.held = true;
    return {};
}

Task<Snapshot> MemoryStore::load(Time now) {
    if (const auto held = hold(); !held) {
        co_return held.error();
    }
    Snapshot snapshot = disk_.kept;
    rebase(snapshot, now);
    co_return snapshot;
}

Task<std::uint64_t> MemoryStore::commit(Batch batch, std::uint64_t expected) {
    if (const auto held = hold(); !held) {
        co_return held.error();
    }
    if (auto there = still_there(); !there) {
        co_return there.take_error();
    }
    if (disk_.full) {
        co_return Error(ErrorKind::Unavailable, "store: the disk is full");
    }
    auto& kept = disk_.kept;
    if (kept.version != expected) {
        co_return Error(ErrorKind::Conflict, "store: its version is not the expected one");
    }
    if (batch.record) {
        put(disk_, *batch.record);
    }
    for (auto& intent : batch.intents) {
        kept.ledger.intents.put<ById>(std::move(intent));
    }
    append(kept.ledger.evidence, batch.evidence);
    append(kept.ledger.words, batch.words);
    append(kept.events, batch.events);
    append(disk_.audit, batch.audit);
    if (batch.last_good) {
        kept.last_good = std::move(batch.last_good);
    }
    keep_newest(kept.events);
    co_return ++kept.version;
}

Result<void> MemoryStore::still_there() const {
    if (disk_.gone) {
        return Error(
            ErrorKind::Unavailable, "store: it was deleted or replaced while it was in use");
    }
    return {};
}

Task<void> MemoryStore::check() {
    co_return still_there();
}

Task<void> MemoryStore::prune(Wall before) {
    if (const auto held = hold(); !held) {
        co_return held.error();
    }
    auto& ledger = disk_.kept.ledger;
    drop(ledger.evidence, prunable(ledger.evidence, before));
    drop(ledger.intents, prunable(ledger.intents, disk_.kept.record, before));
    drop_old(disk_);
    co_return Result<void>();
}

}  // namespace wavegate::store
