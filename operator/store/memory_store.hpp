#pragma once

#include "operator/ports/store.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace wavegate::store {

/// What outlives a MemoryStore, as a file outlives a process.
struct MemoryDisk {
    Snapshot kept;
    std::vector<RolloutRecord> past;  ///< of rollouts before the one in force, oldest first
    std::vector<AuditEntry> audit;
    bool held = false;  ///< by a store that loaded it or committed to it
    bool full = false;  ///< takes no commits
    bool gone = false;  ///< deleted or replaced under the store
    std::string identity = "a disk";
};

/// The store of simulations: the same answers as SqliteStore's, without a file.
class MemoryStore final : public Store {
  public:
    explicit MemoryStore(MemoryDisk& disk) : disk_(disk) {}
    ~MemoryStore() override;
    MemoryStore(const MemoryStore&) = delete;
    MemoryStore& operator=(const MemoryStore&) = delete;

    Task<Snapshot> load(Time now) override;
    Task<std::uint64_t> commit(Batch batch, std::uint64_t expected) override;
    Task<void> check() override;
    Task<void> prune(Wall before) override;
    [[nodiscard]] std::string identity() const override { return holds_ ? disk_.identity : ""; }

  private:
    Result<void> hold();
    [[nodiscard]] Result<void> still_there() const;

    MemoryDisk& disk_;
    bool holds_ = false;
};

}  // namespace wavegate::store
