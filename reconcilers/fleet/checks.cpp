#include "reconcilers/fleet/checks.hpp"

#include "operator/base/log.hpp"
#include "reconcilers/gates/classify.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/system/system_error.hpp>

#include <set>
#include <utility>

namespace wavegate::fleet {
namespace {

bool is_about_shared_parts(CheckKind kind) {
    return kind == CheckKind::Token || kind == CheckKind::Policy || kind == CheckKind::Children;
}

/// What a check that did not end in time comes to: as a request that was not answered.
gates::Finding finding_of_lateness(CheckKind kind) {
    const Error late(ErrorKind::Timeout, "no answer in time");
    if (is_about_shared_parts(kind)) {
        return {Verdict::Unknown, ProbeClass::None, "it was not answered in time"};
    }
    return kind == CheckKind::Through ? gates::classify_multiplexer_error(late)
                                      : gates::classify_error(late);
}

Evidence without_answer(
    const Check& check,
    const std::string& rollout,
    const gates::Finding& finding,
    Time asked,
    Time now) {
    Evidence evidence;
    evidence.kind = check.kind;
    evidence.subject = check.subject;
    evidence.rollout = rollout;
    evidence.inputs = check.inputs;
    evidence.verdict = finding.verdict;
    evidence.seen = finding.seen;
    evidence.phrase = finding.phrase;
    evidence.taken = asked;
    evidence.answered = now;
    return evidence;
}

}  // namespace

struct Checks::Entry {
    Check check;
    std::string rollout;
    std::shared_ptr<const Perform> perform;
    bool answered = false;
    bool unwanted = false;
    std::function<void()> stop;
};

Checks::Checks(Clock& clock, Limits limits, Keep keep)
    : clock_(clock), limits_(limits), keep_(std::move(keep)) {}

Checks::Key Checks::key_of(const Check& check) {
    return {check.kind, check.subject, check.mode, check.inputs};
}

void Checks::want(
    const asio::any_io_executor& executor,
    const Scope& scope,
    const std::vector<Check>& checks,
    Perform perform) {
    if (tasks_ == nullptr) {
        tasks_ = std::make_unique<TaskGroup>(executor);
    }
    std::set<Key> now;
    if (scope == scope_) {
        for (const auto& check : checks) {
            now.insert(key_of(check));
        }
    }
    scope_ = scope;
    for (auto at = wanted_.begin(); at != wanted_.end();) {
        // What was answered is being kept, and stays in the way of asking it again.
        const bool stays = now.contains(at->first) || at->second->answered;
        if (!stays) {
            drop(*at->second);
        }
        at = stays ? std::next(at) : wanted_.erase(at);
    }
    const auto shared = std::make_shared<const Perform>(std::move(perform));
    for (const auto& check : checks) {
        auto& entry = wanted_[key_of(check)];
        if (entry == nullptr) {
            entry = std::make_shared<Entry>();
            entry->check = check;
            entry->rollout = scope.rollout;
            entry->perform = shared;
            waiting_[check.kind].push_back(entry);
        }
    }
    begin_waiting();
}

void Checks::drop(Entry& entry) {
    entry.unwanted = true;
    if (entry.stop) {
        entry.stop();
    }
}

void Checks::begin_waiting() {
    for (auto& [kind, queue] : waiting_) {
        begin(kind, queue);
    }
}

void Checks::begin(CheckKind kind, Queue& queue) {
    const auto most = kind == CheckKind::Baseline ? limits_.baselines : limits_.of_a_kind;
    while (!queue.empty() && running_[kind] < most) {
        auto entry = std::move(queue.front());
        queue.pop_front();
        if (entry->unwanted) {
            continue;
        }
        ++running_[kind];
        entry->stop = tasks_->spawn("check", run(entry));
    }
}

asio::awaitable<void> Checks::run(std::shared_ptr<Entry> entry) {
    // A cancellation is told by the entry: the place is given back whenever it comes.
    co_await asio::this_coro::throw_if_cancelled(false);
    auto evidence = co_await ask(entry);
    const auto kind = entry->check.kind;
    --running_[kind];
    begin(kind, waiting_[kind]);
    if (!evidence || entry->unwanted) {
        co_return;
    }
    entry->answered = true;
    answered_.emplace_back(std::move(entry), std::move(*evidence));
    if (!handing_over_) {
        handing_over_ = true;
        tasks_->spawn("evidence", hand_over());
    }
}

/// Nothing when it was cancelled.
asio::awaitable<std::optional<Evidence>> Checks::ask(std::shared_ptr<Entry> entry) {
    using asio::experimental::awaitable_operators::operator||;
    if (entry->unwanted) {
        co_return std::nullopt;
    }
    const auto& check = entry->check;
    const auto asked = clock_.now();
    const auto limit =
        check.kind == CheckKind::Baseline ? limits_.baseline_deadline : limits_.deadline;
    gates::Finding finding;
    try {
        auto work = (*entry->perform)(check);
        auto end = clock_.sleep_until(asked.mono + limit);
        auto first = co_await (std::move(work) || std::move(end));
        if (first.index() == 0) {
            co_return std::move(std::get<0>(first));
        }
        if (!std::get<1>(first)) {
            co_return std::nullopt;
        }
        finding = finding_of_lateness(check.kind);
    } catch (const boost::system::system_error&) {
        co_return std::nullopt;  // cancelled
    } catch (const std::exception& error) {
        log::error(
            "the check {} of {} ended: {}", to_string(check.kind), check.subject, error.what());
        finding = {Verdict::Unknown, ProbeClass::None, "the check itself failed"};
    }
    co_return without_answer(check, entry->rollout, finding, asked, clock_.now());
}

/// One commit for all that came by then, and the next for what came meanwhile.
asio::awaitable<void> Checks::hand_over() {
    while (!answered_.empty()) {
        auto answers = std::exchange(answered_, {});
        std::vector<Evidence> evidence;
        evidence.reserve(answers.size());
        for (auto& answer : answers) {
            evidence.push_back(std::move(answer.second));
        }
        try {
            co_await keep_(std::move(evidence));
        } catch (const std::exception& error) {
            log::error("evidence was not kept: {}", error.what());
        }
        for (const auto& answer : answers) {
            const auto at = wanted_.find(key_of(answer.first->check));
            if (at != wanted_.end() && at->second == answer.first) {
                wanted_.erase(at);
            }
        }
    }
    handing_over_ = false;
}

void Checks::cancel() {
    for (auto& [key, entry] : wanted_) {
        drop(*entry);
    }
    wanted_.clear();
    waiting_.clear();
}

asio::awaitable<void> Checks::join() {
    if (tasks_ != nullptr) {
        co_await tasks_->join();
    }
}

}  // namespace wavegate::fleet
