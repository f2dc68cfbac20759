#pragma once

#include "operator/ports/blocking.hpp"
#include "operator/ports/store.hpp"
#include "operator/store/contents.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace wavegate::store {

/// The store in one SQLite file (libraries.md §8): WAL, synchronous FULL, one connection that
/// locks the file for this process from the first call to destruction. Opened by the first call:
/// Conflict when another process (or store) has it, Invalid when it is damaged or of a newer
/// schema, Unavailable when the file system says no. A failed COMMIT is Maybe: load again. A file
/// that is deleted or replaced meanwhile takes nothing more (Unavailable) until it is back.
class SqliteStore final : public Store {
  public:
    /// `path`: a file, made for its owner only when it is missing. `blocking` outlives the store.
    SqliteStore(std::string path, Blocking& blocking);

    Task<Snapshot> load(Time now) override;
    Task<std::uint64_t> commit(Batch batch, std::uint64_t expected) override;
    Task<void> check() override;
    Task<void> prune(Wall before) override;
    /// A digest of this boot of this machine and of the file, whatever its name.
    [[nodiscard]] std::string identity() const override;

    /// Everything, for another engine.
    Task<Contents> contents();
    /// Takes all of another engine's, or nothing. Conflict: something is kept here already.
    Task<void> fill(Contents contents);

  private:
    class Database;
    /// Shared with work that is still running when the store goes.
    std::shared_ptr<Database> database_;
    Blocking& blocking_;
};

}  // namespace wavegate::store
