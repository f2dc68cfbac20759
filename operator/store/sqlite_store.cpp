#include "operator/store/sqlite_store.hpp"

#include "operator/base/digest.hpp"
#include "operator/store/codec.hpp"
#include "operator/store/sqlite_contents.hpp"
#include "operator/store/sqlite_rows.hpp"
#include "operator/store/sqlite_schema.hpp"

#include <fmt/format.h>

#include <fstream>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <utility>

namespace wavegate::store {
namespace {

/// A file whatever its name.
using FileId = std::pair<dev_t, ino_t>;

std::optional<FileId> id_of(const std::string& path) {
    struct stat found = {};
    if (::stat(path.c_str(), &found) != 0) {
        return std::nullopt;
    }
    return FileId(found.st_dev, found.st_ino);
}

/// Of this boot of this machine; empty where the kernel does not tell. /etc/machine-id alone is
/// the same in each container of an image, and in each copy of a machine.
std::string machine() {
    std::string boot;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
    std::string id;
    std::ifstream("/etc/machine-id") >> id;
    return boot.empty() ? boot : boot + "/" + id;
}

}  // namespace

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
            identify();
        }
        return snapshot;
    }

    std::string identity() {
        const std::scoped_lock lock(mutex_);
        return identity_;
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

    Result<Contents> contents() {
        const std::scoped_lock lock(mutex_);
        if (const auto opened = open(); !opened) {
            return opened.error();
        }
        return read_contents(*connection_);
    }

    Result<void> fill(const Contents& contents) {
        return transact(
            [&](SqlConnection& connection) { return write_contents(connection, contents); });
    }

    Result<void> prune(Wall before) {
        return transact([&](SqlConnection& connection) { return prune_rows(connection, before); });
    }

    Result<void> check() {
        const std::scoped_lock lock(mutex_);
        return still_there();
    }

  private:
    /// While this process holds the file.
    void identify() {
        const auto here = machine();
        if (file_ && !here.empty()) {
            identity_ = sha256_hex(fmt::format("{}/{}/{}", here, file_->first, file_->second))
                            .substr(0, 32);
        }
    }

    Result<void> open() {
        if (auto there = still_there(); !there) {
            return there;
        }
        if (!connection_) {
            auto opened = open_database(path_);
            if (!opened) {
                return opened.take_error();
            }
            connection_.emplace(std::move(*opened));
            file_ = id_of(path_);
            log_.reset();
        }
        return {};
    }

    /// Do the names still lead to the files that were opened first?
    Result<void> still_there() {
        const auto log = id_of(path_ + "-wal");
        const bool same_log = !log_ || !connection_ || log == log_;
        if (!file_ || (id_of(path_) == file_ && same_log)) {
            log_ = log;
            return {};
        }
        return Error(
            ErrorKind::Unavailable,
            "store: " + path_ +
                " was deleted or replaced while it was in use; put the file back as it was, or "
                "restart to go on with what lies there now");
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
                return committed();
            }
            done = done.take_error().with_effect(Effect::Maybe);
        }
        if (!connection_->run("ROLLBACK")) {
            connection_.reset();
        }
        return done;
    }

    /// What was just committed counts only where another process will find it.
    Result<void> committed() {
        auto there = still_there();
        return there ? std::move(there) : there.take_error().with_effect(Effect::Maybe);
    }

    std::mutex mutex_;
    std::string path_;
    std::optional<SqlConnection> connection_;
    std::optional<FileId> file_;  ///< what was opened
    std::optional<FileId> log_;   ///< its write-ahead log, once there is one
    std::string identity_;        ///< empty: not loaded yet, or unknown
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

Task<void> SqliteStore::check() {
    std::function<Result<void>()> work = [database = database_] { return database->check(); };
    co_return co_await run_blocking(blocking_, std::move(work));
}

Task<Contents> SqliteStore::contents() {
    std::function<Result<Contents>()> work = [database = database_] {
        return database->contents();
    };
    co_return co_await run_blocking(blocking_, std::move(work));
}

Task<void> SqliteStore::fill(Contents contents) {
    auto shared = std::make_shared<const Contents>(std::move(contents));
    std::function<Result<void>()> work = [database = database_, shared] {
        return database->fill(*shared);
    };
    co_return co_await run_blocking(blocking_, std::move(work));
}

Task<void> SqliteStore::prune(Wall before) {
    std::function<Result<void>()> work = [database = database_, before] {
        return database->prune(before);
    };
    co_return co_await run_blocking(blocking_, std::move(work));
}

std::string SqliteStore::identity() const {
    return database_->identity();
}

}  // namespace wavegate::store
