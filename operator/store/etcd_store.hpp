#pragma once

#include "operator/ports/random.hpp"
#include "operator/ports/store.hpp"
#include "operator/store/contents.hpp"
#include "operator/store/etcd_lease.hpp"
#include "operator/store/etcd_reader.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wavegate::store {

/// The store in etcd (etcd_rows.hpp), for as long as the lease is ours: each transaction compares
/// the lease's token and the version, so that what lands late, or under a lease that was lost, is
/// refused and nothing written. One executor; one call at a time; all references outlive it.
///
/// A commit whose answer is lost reads the version back. Where it does not stand there yet, the
/// version key is touched, so that it never will, and the error says that nothing came of it
/// (Effect None); only where that fails too is it Maybe: load again.
class EtcdStore final : public Store {
  public:
    /// Without a lease it only looks: every commit is a Conflict.
    EtcdStore(EtcdClient& client, Random& random, std::string prefix, EtcdLease* lease = nullptr);

    /// Whoever holds it: what this process loaded before the lease was its own is loaded again.
    Task<Snapshot> load(Time now) override;
    Task<std::uint64_t> commit(Batch batch, std::uint64_t expected) override;
    Task<void> check() override;
    /// Besides, lets etcd forget what it was before the last prune.
    Task<void> prune(Wall before) override;
    /// Of cluster and prefix, on whatever machine: whoever had its lease before acts no more.
    [[nodiscard]] std::string identity() const override;
    [[nodiscard]] Mono held_until() const override;
    [[nodiscard]] Leadership leader() const override;

    /// Everything, for another engine.
    Task<Contents> contents();
    /// Takes all of another engine's; the version last, so that until then it is empty. Conflict:
    /// something is kept here already.
    Task<void> fill(Contents contents);

  private:
    [[nodiscard]] Result<void> may_write() const;
    /// Leave to write, what stands there known, and nothing of a commit that did not end.
    Task<void> make_ready();
    Task<void> open();
    Task<void> fence();
    Task<void> stage(std::vector<etcd::Put> puts);
    Task<std::uint64_t> conclude(etcd::Plan plan);
    Task<std::uint64_t> find_out(Error said);
    Result<void> understand(const etcd::TxnAnswer& answer);
    void adopt(etcd::Plan plan, std::int64_t modified);
    [[nodiscard]] etcd::Txn under_lease() const;
    [[nodiscard]] std::string new_commit();
    Task<Snapshot> snapshot();
    Task<void> check_as_onlooker();

    Task<void> prune_ledger(etcd::Reader& reader, Wall before);
    Task<void> learn_evidence(etcd::Reader& reader);
    Task<void> prune_evidence(Wall before);
    Task<void> prune_events();
    Task<void> prune_records(const IntentLog& intents);
    Task<void> prune_parts(std::string owner);
    Task<void> forget_history(std::int64_t revision);
    Task<void> change(std::vector<etcd::Put> puts, std::vector<etcd::Range> deletes);
    Task<void> drop(std::vector<etcd::Range> deletes);

    EtcdClient& client_;
    Random& random_;
    etcd::Keys keys_;
    EtcdLease* lease_;
    bool open_ = false;
    /// Something of a commit that did not end may stand there, or may land yet.
    bool dirty_ = true;
    etcd::Head head_;
    etcd::Known known_;
    bool knows_evidence_ = false;
    std::optional<etcd::Plan> pending_;  ///< the commit of which nobody knows what became
    std::vector<std::string> fences_;    ///< touches of the version key that may have landed
    std::int64_t forget_before_ = 0;     ///< revision at the last prune
};

}  // namespace wavegate::store
