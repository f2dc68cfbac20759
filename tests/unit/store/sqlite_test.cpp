#include "operator/store/sqlite.hpp"

#include "operator/runtime/thread_pool_blocking.hpp"
#include "operator/store/sqlite_store.hpp"
#include "tests/support/changed_record.hpp"
#include "tests/support/inline_blocking.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/simulation.hpp"
#include "tests/unit/store/folder.hpp"
#include "tests/unit/store/sample.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace wavegate::store {
namespace {

class SqliteFile : public ::testing::Test {
  protected:
    Result<Snapshot> load() {
        SqliteStore store(path_, blocking_);
        return sim_.run(store.load(sim_.clock.now()));
    }
    void commit_once() {
        SqliteStore store(path_, blocking_);
        Batch batch;
        batch.record = testing::sample_record();
        ASSERT_TRUE(sim_.run(store.commit(batch, 0)));
    }
    void expect_refused(ErrorKind kind, const std::string& words) {
        const auto snapshot = load();
        ASSERT_FALSE(snapshot);
        EXPECT_EQ(snapshot.error().kind(), kind);
        EXPECT_THAT(snapshot.error().message(), ::testing::HasSubstr(words));
    }

    testing::Simulation sim_;
    testing::InlineBlocking blocking_;
    testing::Folder folder_;
    std::string path_ = folder_.file("store.db");
};

TEST_F(SqliteFile, IsForItsOwnerOnly) {
    commit_once();
    using std::filesystem::perms;
    EXPECT_EQ(std::filesystem::status(path_).permissions(), perms::owner_read | perms::owner_write);
}

TEST_F(SqliteFile, OfANewerSchemaIsRefusedAndLeftAlone) {
    commit_once();
    {
        auto connection = SqlConnection::open(path_);
        ASSERT_TRUE(connection);
        ASSERT_TRUE(connection->run("PRAGMA user_version = 99"));
    }
    expect_refused(
        ErrorKind::Invalid,
        "wavegate " WAVEGATE_VERSION " wrote it: its schema 99 is newer than this version's 3");
    auto connection = SqlConnection::open(path_);
    ASSERT_TRUE(connection);
    EXPECT_TRUE(connection->run("UPDATE state SET version = 7"));
}

/// As the first schema kept a person's words: a pause in the record, acceptances beside it.
constexpr const char* kFirstSchema = R"(
CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL,
    record TEXT NOT NULL, last_good TEXT, ancestry INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO state (id, version, record)
    VALUES (1, 4, '{"id":"r1","started":5000,"paused":true,"members":[]}');
CREATE TABLE last_good_file (path TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE evidence (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE intent (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;
CREATE TABLE exception (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO exception (body) VALUES
    ('{"rollout":"r0","service":"a-mcp","who":"alice","at":3000}'),
    ('{"rollout":"r1","service":"b-mcp","who":"bob","at":4000}');
CREATE TABLE event (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE audit (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
PRAGMA user_version = 1;
)";

TEST_F(SqliteFile, OfTheFirstSchemaKeepsWhatPeopleSaid) {
    {
        auto connection = SqlConnection::open(path_);
        ASSERT_TRUE(connection);
        ASSERT_TRUE(connection->script(kFirstSchema));
    }
    const auto snapshot = load();
    ASSERT_TRUE(snapshot) << snapshot.error().message();
    const auto& words = snapshot->ledger.words;
    ASSERT_EQ(words.size(), 3U);
    EXPECT_EQ(words[1].verb, Verb::Accept);
    EXPECT_EQ(words[1].service, "b-mcp");
    EXPECT_EQ(words[1].who, "bob");
    EXPECT_TRUE(snapshot->ledger.paused());
    EXPECT_EQ(snapshot->record.heard(), 3U) << "what was done once is not done again";
    EXPECT_EQ(snapshot->record.id(), "r1");
    EXPECT_EQ(snapshot->version, 4U);
}

/// As the second schema kept the one record there was, in the state.
constexpr const char* kSecondSchema = R"(
CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL,
    record TEXT NOT NULL, last_good TEXT, ancestry INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO state (id, version, record, last_good)
    VALUES (1, 9, '{"id":"r2","heard":1,"members":[]}', 'abc');
CREATE TABLE last_good_file (path TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO last_good_file VALUES ('fleet.yaml', x'6b');
CREATE TABLE evidence (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE intent (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;
CREATE TABLE word (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO word (body) VALUES ('{"verb":"pause","rollout":"r2","who":"bob","at":4000}');
CREATE TABLE event (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE audit (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
PRAGMA user_version = 2;
)";

TEST_F(SqliteFile, OfTheSecondSchemaKeepsItsRecordAsTheOneInForce) {
    {
        auto connection = SqlConnection::open(path_);
        ASSERT_TRUE(connection);
        ASSERT_TRUE(connection->script(kSecondSchema));
    }
    const auto snapshot = load();
    ASSERT_TRUE(snapshot) << snapshot.error().message();
    EXPECT_EQ(snapshot->version, 9U);
    EXPECT_EQ(snapshot->record.id(), "r2");
    EXPECT_EQ(snapshot->record.heard(), 1U);
    EXPECT_TRUE(snapshot->ledger.paused());
    ASSERT_TRUE(snapshot->last_good);
    EXPECT_EQ(snapshot->last_good->files.at("fleet.yaml"), "k");
    auto connection = SqlConnection::open(path_);
    ASSERT_TRUE(connection);
    std::string kept;
    ASSERT_TRUE(connection->query("SELECT kind || '/' || id FROM record", [&](const SqlRow& row) {
        kept += row.bytes(0);
        return Result<void>();
    }));
    EXPECT_EQ(kept, "rollout/r2");
}

TEST_F(SqliteFile, ThatIsNoDatabaseIsRefused) {
    std::ofstream(path_) << std::string(5000, 'x');
    expect_refused(ErrorKind::Invalid, "not a database");
}

TEST_F(SqliteFile, ThatIsDamagedIsRefused) {
    commit_once();
    const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path_));
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    for (std::streamoff at = 4096; at < size; at += 512) {
        file.seekp(at);
        file << std::string(256, '\x5a');
    }
    file.close();
    const auto snapshot = load();
    ASSERT_FALSE(snapshot);
    EXPECT_EQ(snapshot.error().kind(), ErrorKind::Invalid);
}

TEST_F(SqliteFile, WithAnUnreadableRowIsRefused) {
    commit_once();
    {
        auto connection = SqlConnection::open(path_);
        ASSERT_TRUE(connection);
        ASSERT_TRUE(connection->run("UPDATE record SET body = '{'"));
    }
    expect_refused(ErrorKind::Invalid, "unreadable record");
}

TEST_F(SqliteFile, InAFolderThatIsNotThereIsUnavailable) {
    path_ = folder_.file("nowhere/store.db");
    expect_refused(ErrorKind::Unavailable, "cannot be opened");
}

/// A store that is open on `path_`.
class OpenSqliteFile : public SqliteFile {
  protected:
    OpenSqliteFile() {
        EXPECT_TRUE(sim_.run(store_.load(sim_.clock.now())));
        EXPECT_TRUE(commit());
    }

    Result<std::uint64_t> commit() {
        Batch batch;
        batch.record = testing::sample_record();
        auto done = sim_.run(store_.commit(batch, version_));
        version_ = done ? *done : version_;
        return done;
    }
    void expect_gone() {
        const auto there = sim_.run(store_.check());
        ASSERT_FALSE(there);
        EXPECT_EQ(there.error().kind(), ErrorKind::Unavailable);
        EXPECT_THAT(
            there.error().message(), ::testing::HasSubstr(path_ + " was deleted or replaced"));
        const auto done = commit();
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().kind(), ErrorKind::Unavailable);
        EXPECT_FALSE(sim_.run(store_.load(sim_.clock.now())));
    }

    SqliteStore store_{path_, blocking_};
    std::uint64_t version_ = 0;
};

TEST_F(OpenSqliteFile, IsThere) {
    EXPECT_TRUE(sim_.run(store_.check()));
    EXPECT_TRUE(commit());
    SqliteStore unused(folder_.file("other.db"), blocking_);
    EXPECT_TRUE(sim_.run(unused.check())) << "nothing was opened yet";
}

TEST_F(OpenSqliteFile, ThatIsDeletedTakesNothingMoreAndIsNotMadeAnew) {
    std::filesystem::remove(path_);
    expect_gone();
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(OpenSqliteFile, ThatIsReplacedTakesNothingMore) {
    std::filesystem::rename(path_, path_ + ".old");
    std::filesystem::copy_file(path_ + ".old", path_);
    expect_gone();
    std::filesystem::rename(path_ + ".old", path_);
    EXPECT_TRUE(commit()) << "until it is back";
}

TEST_F(OpenSqliteFile, WhoseLogIsDeletedTakesNothingMore) {
    ASSERT_TRUE(std::filesystem::remove(path_ + "-wal"));
    expect_gone();
}

TEST_F(SqliteFile, ThatAnotherProcessHoldsIsAConflict) {
    SqliteStore store(path_, blocking_);
    ASSERT_TRUE(sim_.run(store.load(sim_.clock.now())));
    const pid_t child = ::fork();
    if (child == 0) {
        testing::Simulation sim;
        SqliteStore second(path_, blocking_);
        const auto refused = sim.run(second.load(sim.clock.now()));
        ::_exit(!refused && refused.error().kind() == ErrorKind::Conflict ? 0 : 1);
    }
    int status = 1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
}

TEST_F(SqliteFile, TakesCallsFromSeveralThreadsOneAtATime) {
    asio::io_context io;
    runtime::ThreadPoolBlocking pool(3);
    SqliteStore store(path_, pool);
    int committed = 0;
    int pruned = 0;
    const auto commit = [&]() -> asio::awaitable<void> {
        for (std::uint64_t version = 0; version < 20; ++version) {
            Batch batch;
            batch.events.push_back(testing::sample_event());
            const auto done = co_await store.commit(std::move(batch), version);
            committed += done ? 1 : 0;
        }
    };
    const auto prune = [&]() -> asio::awaitable<void> {
        for (int i = 0; i < 20; ++i) {
            const auto done = co_await store.prune(Wall());
            pruned += done ? 1 : 0;
        }
    };
    const auto rethrow = [](const std::exception_ptr& thrown) {
        if (thrown) {
            std::rethrow_exception(thrown);
        }
    };
    testing::spawn(io.get_executor(), commit(), rethrow);
    testing::spawn(io.get_executor(), prune(), rethrow);
    io.run();
    EXPECT_EQ(committed, 20);
    EXPECT_EQ(pruned, 20);
}

/// Commits for ever; each commit changes every table. Says each acknowledged version.
[[noreturn]] void write_for_ever(const std::string& path, std::uint64_t version, int acknowledged) {
    testing::Simulation sim;
    testing::InlineBlocking blocking;
    SqliteStore store(path, blocking);
    while (true) {
        const auto text = std::to_string(version + 1);
        Batch batch;
        batch.record = testing::changed(
            testing::sample_record(), [&](RolloutFields& fields) { fields.id = text; });
        batch.events = {testing::sample_event(text)};
        batch.intents = {testing::sample_intent()};
        batch.intents[0].id = text;
        batch.evidence = {testing::sample_evidence()};
        const auto committed = sim.run(store.commit(std::move(batch), version));
        if (!committed) {
            ::_exit(1);
        }
        version = *committed;
        if (::write(acknowledged, &version, sizeof version) != sizeof version) {
            ::_exit(1);
        }
    }
}

TEST_F(SqliteFile, LosesNoAcknowledgedCommitAndIsNeverTornWhenItsWriterIsKilled) {
    testing::SeededRandom random(20);
    std::uint64_t last = 0;
    for (int round = 0; round < 12; ++round) {
        SCOPED_TRACE(round);
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            ::close(ends[0]);
            write_for_ever(path_, last, ends[1]);
        }
        ::close(ends[1]);
        std::uint64_t acknowledged = last;
        for (auto wanted = random.next() % 20 + 1; wanted > 0; --wanted) {
            ASSERT_EQ(::read(ends[0], &acknowledged, sizeof acknowledged), 8);
        }
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        while (::read(ends[0], &acknowledged, sizeof acknowledged) == 8) {
        }
        ::close(ends[0]);

        const auto snapshot = load();
        ASSERT_TRUE(snapshot);
        EXPECT_GE(snapshot->version, acknowledged);
        EXPECT_LE(snapshot->version, acknowledged + 1);
        EXPECT_EQ(snapshot->record.id(), std::to_string(snapshot->version));
        EXPECT_EQ(snapshot->events.size(), snapshot->version);
        EXPECT_EQ(snapshot->events.back().message, snapshot->record.id());
        EXPECT_EQ(snapshot->ledger.intents.size(), snapshot->version);
        EXPECT_EQ(snapshot->ledger.evidence.size(), snapshot->version);
        last = snapshot->version;
    }
}

}  // namespace
}  // namespace wavegate::store
