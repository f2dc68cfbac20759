#include "operator/store/sqlite_store.hpp"

#include "operator/store/codec.hpp"
#include "operator/store/sqlite_rows.hpp"
#include "operator/store/sqlite_schema.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace wavegate::store {

/// Blocks. One call at a time, from whichever thread.
class SqliteStore::Database {
  public:
    explicit Database(std::string path) : path_(std::move(path)) {}

    Result<Snapshot> load(Time now) {
        const std::scoped_lock lock(mutex_);
        if (const auto opened = open(); !opened) {
            return opened.error();
        }
        auto snapshot = read_snapshot(*connection_);
        if (snapshot) {
            rebase(*snapshot, now);
        }
        return snapshot;
    }

    Result<std::uint64_t> commit(const Batch& batch, std::uint64_t expected) {
        const auto next = static_cast<std::int64_t>(expected + 1);
        const auto done = transact([&](SqlConnection& connection) -> Result<void> {
            const auto version = version_of(connection);
            if (!version) {
                return version.error();
            }
            if (*version != expected) {
                return Error(ErrorKind::Conflict, "store: its version is not the expected one");
            }
            if (auto written = write_batch(connection, batch); !written) {
                return written;
            }
            return connection.run("UPDATE state SET version = ?", {next});
        });
        if (!done) {
            return done.error();
        }
        return expected + 1;
    }

    Result<void> prune(Wall before) {
        return transact([&](SqlConnection& connection) { return prune_rows(connection, before); });
    }

  private:
    Result<void> open() {
        if (!connection_) {
            auto opened = open_database(path_);
            if (!opened) {
                return opened.take_error();
            }
            connection_.emplace(std::move(*opened));
        }
        return {};
    }

    // IMMEDIATE: a deferred transaction that turns into a write may fail at once.
    Result<void> transact(const std::function<Result<void>(SqlConnection&)>& work) {
        const std::scoped_lock lock(mutex_);
        auto done = open();
        if (done) {
            done = connection_->run("BEGIN IMMEDIATE");
        }
        if (!done) {
            return done;
        }
        done = work(*connection_);
        if (done) {
            done = connection_->run("COMMIT");
            if (done) {
                return done;
            }
            done = done.take_error().with_effect(Effect::Maybe);
        }
        if (!connection_->run("ROLLBACK")) {
            connection_.reset();
        }
        return done;
    }

    std::mutex mutex_;
    std::string path_;
    std::optional<SqlConnection> connection_;
};

SqliteStore::SqliteStore(std::string path, Blocking& blocking)
    : database_(std::make_shared<Database>(std::move(path))), blocking_(blocking) {}

Task<Snapshot> SqliteStore::load(Time now) {
    std::function<Result<Snapshot>()> work = [database = database_, now] {
        return database->load(now);
    };
    co_return co_await run_blocking(blocking_, std::move(work));
}

Task<std::uint64_t> SqliteStore::commit(Batch batch, std::uint64_t expected) {
    auto shared = std::make_shared<const Batch>(std::move(batch));
    std::function<Result<std::uint64_t>()> work = [database = database_, shared, expected] {
        return database->commit(*shared, expected);
    };
    co_return co_await run_blocking(blocking_, std::move(work));
}

Task<void> SqliteStore::prune(Wall before) {
    std::function<Result<void>()> work = [database = database_, before] {
        return database->prune(before);
    };
    co_return co_await run_blocking(blocking_, std::move(work));
}

}  // namespace wavegate::store
