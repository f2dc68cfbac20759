#pragma once

#include "operator/base/task_group.hpp"
#include "operator/model/step.hpp"
#include "operator/ports/clock.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace wavegate::fleet {

/// The checks that run, beside the pass: the set that is wanted now. A service that drips or hangs
/// holds up its own answer and nothing else.
class Checks {
  public:
    struct Limits {
        /// At once, of each kind; of one kind those that came first. Kinds do not wait for each
        /// other: what a way back or the shared parts wait for is not behind 600 baselines.
        std::size_t of_a_kind = 16;
        std::size_t baselines = 8;
        /// Of one check, whatever it asks; a baseline asks three things one after the other. Longer
        /// than one request may take, so that a request's own end is told as what it is.
        Duration deadline = std::chrono::seconds(45);
        Duration baseline_deadline = std::chrono::seconds(90);
    };
    /// What checks are about, beside what each names itself: in another scope none is wanted on.
    struct Scope {
        std::string rollout;
        std::string revision;
        friend bool operator==(const Scope&, const Scope&) = default;
    };
    /// Performs one check, as gates::run does.
    using Perform = std::function<asio::awaitable<Evidence>(Check)>;
    /// Keeps what was answered, all that there is by then. Until it ends, those checks count as
    /// running.
    using Keep = std::function<asio::awaitable<void>(std::vector<Evidence>)>;

    Checks(Clock& clock, Limits limits, Keep keep);

    /// From now on exactly these are wanted, by kind, subject, mode and inputs: what runs and is
    /// among them runs on, what is not is cancelled, the rest begins in this order.
    void want(
        const asio::any_io_executor& executor,
        const Scope& scope,
        const std::vector<Check>& checks,
        Perform perform);
    /// Nothing is wanted any more.
    void cancel();
    /// Ends when nothing runs.
    asio::awaitable<void> join();
    /// Those that run, wait for their turn, or whose answer is being kept.
    [[nodiscard]] std::size_t size() const { return wanted_.size(); }

  private:
    using Key = std::tuple<CheckKind, std::string, AuthMode, std::string>;
    struct Entry;
    using Queue = std::deque<std::shared_ptr<Entry>>;

    static Key key_of(const Check& check);
    static void drop(Entry& entry);
    void begin_waiting();
    void begin(CheckKind kind, Queue& queue);
    asio::awaitable<void> run(std::shared_ptr<Entry> entry);
    asio::awaitable<std::optional<Evidence>> ask(std::shared_ptr<Entry> entry);
    asio::awaitable<void> hand_over();

    Clock& clock_;
    Limits limits_;
    Keep keep_;
    Scope scope_;
    std::map<Key, std::shared_ptr<Entry>> wanted_;
    std::map<CheckKind, Queue> waiting_;
    std::map<CheckKind, std::size_t> running_;
    std::vector<std::pair<std::shared_ptr<Entry>, Evidence>> answered_;
    bool handing_over_ = false;
    std::unique_ptr<TaskGroup> tasks_;
};

}  // namespace wavegate::fleet
