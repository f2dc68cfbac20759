#pragma once

#include "operator/store/memory_store.hpp"
#include "operator/store/sqlite_store.hpp"
#include "tests/support/inline_blocking.hpp"

#include <string>

namespace wavegate::testing {

/// A process's store in a real SQLite file. What the file took stands on the disk of memory, too,
/// where a test looks for it; what a process finds there is what the file gives back.
class KeptFile final : public Store {
  public:
    KeptFile(std::string path, store::MemoryDisk& disk)
        : file_(std::move(path), blocking_), disk_(disk), shown_(disk) {}

    Task<Snapshot> load(Time now) override {
        auto snapshot = co_await file_.load(now);
        if (snapshot) {
            disk_.kept = *snapshot;
        }
        co_return snapshot;
    }
    Task<std::uint64_t> commit(Batch batch, std::uint64_t expected) override {
        auto version = co_await file_.commit(batch, expected);
        if (version) {
            static_cast<void>(co_await shown_.commit(std::move(batch), expected));
        }
        co_return version;
    }
    Task<void> check() override { return file_.check(); }
    Task<void> prune(Wall before) override { return file_.prune(before); }
    [[nodiscard]] std::string identity() const override { return file_.identity(); }

  private:
    InlineBlocking blocking_;
    store::SqliteStore file_;
    store::MemoryDisk& disk_;
    store::MemoryStore shown_;
};

}  // namespace wavegate::testing
