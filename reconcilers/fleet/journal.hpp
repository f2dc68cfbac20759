#pragma once

#include "operator/base/turns.hpp"
#include "operator/ports/clock.hpp"
#include "operator/ports/store.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace wavegate::fleet {

/// The record, the ledger and the events of one process, and their copy in the store. What the
/// store did not take is not done: every change goes to the store first, but for what a service in
/// flight needs to go back while the store takes nothing. Everything that touches the store takes
/// its turn: two commits are never in flight at once, and one that has begun is never left in the
/// middle, whoever is cancelled.
class Journal {
  public:
    Journal(Store& store, Clock& clock) : store_(store), clock_(clock) {}

    /// Takes what the store holds; what is unsaved is dropped. Errors as Store::load.
    Task<void> open();
    /// Is the store still where it was? If not, `healthy` is false as after a failed commit, before
    /// anything is begun.
    asio::awaitable<void> check();
    /// Commits a batch, with what is unsaved, and takes it over. After a failed commit `healthy` is
    /// false until one succeeds. Conflict: somebody else wrote, `must_open` before anything else.
    Task<void> commit(Batch batch);
    /// The same for what was seen, or concluded of what is in flight: a batch that the store does
    /// not take counts in this process all the same, unsaved; of events, the newest 1,000 and how
    /// many more there were. The error is then what the store said.
    Task<void> commit_or_keep(Batch batch);

    struct Change {
        Batch batch;
        bool keep = false;  ///< as commit_or_keep does it; else as commit
    };
    /// Looks at this journal, and says what is to be committed. An error commits nothing.
    using Decide = std::function<Result<Change>()>;
    /// Decides and commits within one turn: between what `decide` reads here and its commit nothing
    /// comes. Errors: what `decide` says; else as commit.
    Task<void> change(Decide decide);
    /// Once an hour: lets the store forget what is older than a week and no longer read.
    asio::awaitable<void> prune();

    [[nodiscard]] bool healthy() const { return healthy_; }
    /// What the store said when it last took nothing.
    [[nodiscard]] const std::string& trouble() const { return trouble_; }
    /// Was it never read, or did somebody else write, or may he have, before the store was held?
    [[nodiscard]] bool must_open() const { return must_open_ || (is_held() && !opened_held_); }
    /// Is the store this process's? If not, it is looked at, and takes nothing.
    [[nodiscard]] bool is_held() const { return clock_.now().mono < store_.held_until(); }
    /// The store's (Store::identity), as of when it was opened.
    [[nodiscard]] const std::string& identity() const { return identity_; }
    /// Until when the store is this process's (Store::held_until).
    [[nodiscard]] Mono held_until() const { return store_.held_until(); }
    /// Who has it while this process has not (Store::leader).
    [[nodiscard]] Leadership leader() const { return store_.leader(); }
    [[nodiscard]] const RolloutRecord& record() const { return record_; }
    [[nodiscard]] std::shared_ptr<const Ledger> ledger() const { return ledger_; }
    [[nodiscard]] const History<Event>& events() const { return events_; }
    [[nodiscard]] const std::optional<Revision>& last_good() const { return last_good_; }

  private:
    /// `work`, once everything that came before has ended.
    Task<void> in_turn(Task<void> work);
    Task<void> open_now();
    Task<void> check_now();
    asio::awaitable<void> look_on();
    Task<void> commit_now(Batch batch);
    Task<void> keep_now(Batch batch);
    Task<void> change_now(Decide decide);
    Task<void> prune_now();
    void take_over(Batch batch);
    void forget_old();
    void bound_unsaved();
    void forget_unsaved();
    void note(bool healthy);
    void failed(const Error& error);

    Store& store_;
    Clock& clock_;
    Turns turns_;
    bool healthy_ = false;
    bool must_open_ = true;
    bool opened_held_ = false;  ///< the store was this process's when it was read last
    Mono next_reading_{};       ///< of a store that is another's
    std::string trouble_;
    Batch unsaved_;
    std::size_t lost_events_ = 0;  ///< of `unsaved_`, which has room for the newest only
    Mono next_prune_{};
    std::uint64_t version_ = 0;
    std::string identity_;
    RolloutRecord record_;
    std::shared_ptr<Ledger> ledger_ = std::make_shared<Ledger>();
    History<Event> events_;
    std::optional<Revision> last_good_;
};

}  // namespace wavegate::fleet
