#include "reconcilers/fleet/journal.hpp"

#include "operator/base/log.hpp"
#include "reconcilers/rollout/resume.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>
#include <vector>

namespace wavegate::fleet {
namespace {

constexpr Duration kPruneInterval = std::chrono::hours(1);
constexpr Duration kKept = std::chrono::hours(24 * 7);
/// Between two readings of all of a store to which another writes.
constexpr Duration kReadAgainAfter = std::chrono::seconds(5);
/// In memory: those to be shown, and those that the store has not taken yet.
constexpr std::size_t kMostEvents = 1'000;

Event loss_of(std::size_t events, Time now) {
    Event event;
    event.at = now;
    event.kind = "Warning";
    event.object = "Store";
    event.reason = "EventsLost";
    event.message =
        fmt::format("{} older events were not kept while the store took nothing", events);
    return event;
}

template <class Item>
void append(std::vector<Item>& to, const std::vector<Item>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

void append(Batch& to, const Batch& from) {
    to.record = from.record ? from.record : to.record;
    to.last_good = from.last_good ? from.last_good : to.last_good;
    append(to.evidence, from.evidence);
    append(to.intents, from.intents);
    append(to.words, from.words);
    append(to.events, from.events);
    append(to.audit, from.audit);
}

/// Only the newest evidence of a kind about a subject is ever read. Now and then, not each time.
void thin_out(EvidenceLog& evidence) {
    if (evidence.size() > 2 * evidence.distinct<BySubject>() + 64) {
        evidence.keep_newest<BySubject>();
    }
}

/// The newest of a kind about a target stays however old it is: a service's flip says what became
/// of it. Of the others the last ones stay.
void thin_out(IntentLog& intents) {
    constexpr std::size_t recent = 5000;
    constexpr std::size_t slack = 1000;
    if (intents.size() > recent + slack + intents.distinct<ByMatter>()) {
        intents.keep_newest<ByMatter>(recent);
    }
}

template <class Log, class Item>
void bound(std::vector<Item>& items) {
    constexpr std::size_t few = 64;
    if (items.size() <= few) {
        return;
    }
    Log log;
    for (auto& item : items) {
        log.push_back(std::move(item));
    }
    thin_out(log);
    items.assign(log.begin(), log.end());
}

/// What the store holds was asked before that, whatever the wall clock makes of it.
void put_before(EvidenceLog& evidence, Mono opened) {
    for (std::size_t place = 0; place < evidence.size(); ++place) {
        if (evidence[place].taken.mono >= opened) {
            auto older = evidence[place];
            older.taken.mono = opened - Duration(1);
            evidence.replace(place, std::move(older));
        }
    }
}

}  // namespace

Task<void> Journal::in_turn(Task<void> work) {
    // The store must not be left in the middle: a cancelled caller learns of it afterwards.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    Result<void> done;
    std::exception_ptr thrown;
    {
        const auto turn = co_await turns_.take();
        try {
            done = co_await std::move(work);
        } catch (...) {
            thrown = std::current_exception();
        }
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
    if (thrown) {
        std::rethrow_exception(thrown);
    }
    co_return done;
}

Task<void> Journal::open() {
    return in_turn(open_now());
}

Task<void> Journal::commit(Batch batch) {
    return in_turn(commit_now(std::move(batch)));
}

Task<void> Journal::commit_or_keep(Batch batch) {
    return in_turn(keep_now(std::move(batch)));
}

Task<void> Journal::change(Decide decide) {
    return in_turn(change_now(std::move(decide)));
}

Task<void> Journal::change_now(Decide decide) {
    auto decided = decide();
    if (!decided) {
        co_return decided.take_error();
    }
    if (decided->keep) {
        co_return co_await keep_now(std::move(decided->batch));
    }
    co_return co_await commit_now(std::move(decided->batch));
}

Task<void> Journal::open_now() {
    const auto now = clock_.now();
    next_reading_ = now.mono + kReadAgainAfter;
    opened_held_ = is_held();
    auto snapshot = co_await store_.load(now);
    if (!snapshot) {
        trouble_ = snapshot.error().message();
        must_open_ = true;
        note(false);
        co_return snapshot.take_error();
    }
    version_ = snapshot->version;
    identity_ = store_.identity();
    record_ = rollout::resume(snapshot->record, snapshot->ledger, snapshot->events, clock_.now());
    ledger_ = std::make_shared<Ledger>(std::move(snapshot->ledger));
    ledger_->opened = now;
    put_before(ledger_->evidence, now.mono);
    events_.clear();
    for (auto& event : snapshot->events) {
        events_.push_back(std::move(event));
    }
    last_good_ = std::move(snapshot->last_good);
    forget_unsaved();
    must_open_ = false;
    note(true);
    next_prune_ = clock_.now().mono + kPruneInterval;
    co_return Result<void>();
}

asio::awaitable<void> Journal::check() {
    if (!is_held()) {
        co_await look_on();
        co_return;
    }
    if (!healthy_) {
        co_return;  // each commit finds out
    }
    static_cast<void>(co_await in_turn(check_now()));
}

/// What another wrote is read in its time, and its absence of an answer is no failure of a commit.
asio::awaitable<void> Journal::look_on() {
    opened_held_ = false;
    if (clock_.now().mono >= next_reading_) {
        const auto same = co_await in_turn(store_.check());
        must_open_ = must_open_ || !same || !healthy_;
    }
}

Task<void> Journal::check_now() {
    auto there = co_await store_.check();
    if (!there) {
        failed(there.error());
    }
    co_return there;
}

Task<void> Journal::commit_now(Batch batch) {
    if (!is_held()) {
        Error refused(ErrorKind::Conflict, "store: it is another's, or may be");
        failed(refused);
        co_return refused;
    }
    for (const auto& event : batch.events) {
        const auto level = event.kind == "Warning" ? log::Level::Warn : log::Level::Info;
        log::line(level, "{} {}: {}", event.object, event.reason, event.message);
    }
    auto whole = unsaved_;
    if (lost_events_ > 0) {
        whole.events.push_back(loss_of(lost_events_, clock_.now()));
    }
    append(whole, batch);
    auto version = co_await store_.commit(std::move(whole), version_);
    if (!version) {
        failed(version.error());
        co_return version.take_error();
    }
    version_ = *version;
    forget_unsaved();
    note(true);
    take_over(std::move(batch));
    co_return Result<void>();
}

Task<void> Journal::keep_now(Batch batch) {
    auto copy = batch;
    auto done = co_await commit_now(std::move(copy));
    if (!done && !must_open_) {
        append(unsaved_, batch);
        bound_unsaved();
        take_over(std::move(batch));
    }
    co_return done;
}

/// A disk may stay full for days. What is known of the present stays; of what happened, the newest.
void Journal::bound_unsaved() {
    bound<EvidenceLog>(unsaved_.evidence);
    bound<IntentLog>(unsaved_.intents);
    auto& events = unsaved_.events;
    if (events.size() > kMostEvents) {
        const auto lost = events.size() - kMostEvents;
        events.erase(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(lost));
        lost_events_ += lost;
    }
}

void Journal::forget_unsaved() {
    unsaved_ = Batch();
    lost_events_ = 0;
}

void Journal::failed(const Error& error) {
    if (healthy_) {
        log::error("{}", error.message());
    }
    trouble_ = error.message();
    if (error.kind() == ErrorKind::Conflict) {
        must_open_ = true;
        forget_unsaved();
    }
    note(false);
}

/// Planners read it off the ledger, which is constant for those who hold it already.
void Journal::note(bool healthy) {
    healthy_ = healthy;
    if (ledger_->takes_commits != healthy) {
        auto next = std::make_shared<Ledger>(*ledger_);
        next->takes_commits = healthy;
        ledger_ = std::move(next);
    }
}

asio::awaitable<void> Journal::prune() {
    const auto now = clock_.now();
    if (!healthy_ || now.mono < next_prune_) {
        co_return;
    }
    next_prune_ = now.mono + kPruneInterval;
    static_cast<void>(co_await in_turn(prune_now()));
}

Task<void> Journal::prune_now() {
    auto pruned = co_await store_.prune(clock_.now().wall - kKept);
    if (!pruned) {
        // Nothing is lost by it, and the next hour tries again.
        log::warn("{}", pruned.error().message());
    }
    co_return pruned;
}

void Journal::take_over(Batch batch) {
    // Readers hold the old ledger: what they saw stays as it was.
    auto next = std::make_shared<Ledger>(*ledger_);
    for (auto& evidence : batch.evidence) {
        next->evidence.push_back(std::move(evidence));
    }
    for (auto& intent : batch.intents) {
        next->intents.put<ById>(std::move(intent));
    }
    std::move(batch.words.begin(), batch.words.end(), std::back_inserter(next->words));
    ledger_ = std::move(next);
    if (batch.record) {
        record_ = *batch.record;
    }
    if (batch.last_good) {
        last_good_ = std::move(*batch.last_good);
    }
    for (auto& event : batch.events) {
        events_.push_back(std::move(event));
    }
    forget_old();
}

void Journal::forget_old() {
    if (events_.size() > kMostEvents) {
        events_.keep([old = events_.size() - kMostEvents](auto place) { return place >= old; });
    }
    thin_out(ledger_->evidence);
    thin_out(ledger_->intents);
}

}  // namespace wavegate::fleet
