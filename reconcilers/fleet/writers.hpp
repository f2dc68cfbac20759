#pragma once

#include "operator/base/task_group.hpp"
#include "operator/model/ledger.hpp"

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace wavegate::fleet {

/// Released edits on their way, beside the pass: one at a time in a lane (a stack, or another
/// system as a whole), lanes side by side, ways back first.
class Writers {
  public:
    /// Does one edit to its end. True: it was sent, whatever came of it.
    using Perform = std::function<asio::awaitable<bool>(Edit)>;

    /// `order` counts what looks and writes do, across both: what was seen before a write ended
    /// says nothing of it.
    explicit Writers(std::uint64_t& order) : order_(order) {}

    /// "stack/NAME" of what touches a stack or its services, else the system's: "client", "policy".
    static std::string lane_of(const Edit& edit);
    /// Is this edit, of an observation whose look began at that point of `order`, news? Not while
    /// its lane writes, nor before its system was looked at again: what differed then may be what
    /// is being written. An edit that the record waits for (a flip, a way back, the multiplexer's)
    /// goes to its lane all the same, but for the very same one.
    [[nodiscard]] bool is_news(const Edit& edit, std::uint64_t looked) const;

    void begin(
        const asio::any_io_executor& executor,
        std::vector<Edit> edits,
        Time now,
        Perform perform);
    /// The ledger as the planner has to see it: what waits for its lane or is being judged stands
    /// in it as an open intent, and all that runs here is `under_way`.
    [[nodiscard]] std::shared_ptr<const Ledger> with_all(
        std::shared_ptr<const Ledger> ledger) const;

    /// The point of `order` at which that lane's last write ended; 0: none did.
    [[nodiscard]] std::uint64_t ended(const std::string& lane) const;
    /// The same of the last write of any stack.
    [[nodiscard]] std::uint64_t stacks_ended() const;
    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    /// Asks all to end: what was sent and not answered stays an open intent.
    void cancel();
    asio::awaitable<void> join();

  private:
    struct Entry;
    using Entries = std::list<std::shared_ptr<Entry>>;

    [[nodiscard]] bool may_start(const Entry& entry) const;
    void start_waiting();
    asio::awaitable<void> run(std::shared_ptr<Entry> entry);

    std::uint64_t& order_;
    Entries entries_;                             ///< ways back first, then as they were released
    std::map<std::string, std::uint64_t> ended_;  ///< lane → point of `order`
    std::unique_ptr<TaskGroup> tasks_;
    bool cancelled_ = false;
};

}  // namespace wavegate::fleet
