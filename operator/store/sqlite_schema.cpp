#include "operator/store/sqlite_schema.hpp"

#include <array>

namespace wavegate::store {

namespace {

// Entry n brings a file from schema n to n + 1. Never changed once released: only added to.
constexpr std::array<const char*, 2> kMigrations{
    R"(
CREATE TABLE state (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    version   INTEGER NOT NULL,
    record    TEXT NOT NULL,
    last_good TEXT,
    ancestry  INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO state (id, version, record) VALUES (1, 0, '{}');
CREATE TABLE last_good_file (
    path    TEXT PRIMARY KEY,
    content BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE evidence (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE intent (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;
CREATE TABLE exception (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE event (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE audit (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
)",
    // A person's word is a row; the record says
    // how many of them it has heard.
    R"(
CREATE TABLE word (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO word (body) SELECT json_set(body, '$.verb', 'accept') FROM exception ORDER BY seq;
INSERT INTO word (body)
    SELECT json_object('verb', 'pause', 'rollout', record ->> '$.id', 'service', '', 'who', '',
                       'at', ifnull(record ->> '$.started', 0))
    FROM state WHERE record ->> '$.paused';
UPDATE state SET record =
    json_set(json_remove(record, '$.paused'), '$.heard', (SELECT count(*) FROM word));
DROP TABLE exception;
)"};

// The lock is kept from the first access on; a crash releases it.
constexpr const char* kPragmas = R"(
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA trusted_schema = OFF;
)";

Result<void> check_integrity(SqlConnection& connection) {
    std::string verdict;
    const auto asked = connection.query("PRAGMA integrity_check(1)", [&](const SqlRow& row) {
        verdict = row.bytes(0);
        return Result<void>();
    });
    if (!asked) {
        return asked.error();
    }
    if (verdict != "ok") {
        return Error(ErrorKind::Invalid, "store: the integrity check failed");
    }
    return {};
}

Result<std::int64_t> schema_of(SqlConnection& connection) {
    std::int64_t version = 0;
    const auto asked = connection.query("PRAGMA user_version", [&](const SqlRow& row) {
        version = row.integer(0);
        return Result<void>();
    });
    if (!asked) {
        return asked.error();
    }
    return version;
}

Result<void> migrate(SqlConnection& connection, std::int64_t from) {
    for (auto at = static_cast<std::size_t>(from); at < kMigrations.size(); ++at) {
        const std::string step = "BEGIN IMMEDIATE;" + std::string(kMigrations[at]) +
                                 "PRAGMA user_version = " + std::to_string(at + 1) + ";COMMIT;";
        if (auto done = connection.script(step.c_str()); !done) {
            return done;
        }
    }
    return {};
}

}  // namespace

Result<SqlConnection> open_database(const std::string& path) {
    auto connection = SqlConnection::open(path);
    if (!connection) {
        return connection;
    }
    if (const auto set = connection->script(kPragmas); !set) {
        return set.error();
    }
    const auto schema = schema_of(*connection);
    if (!schema) {
        return schema.error();
    }
    const auto newest = static_cast<std::int64_t>(kMigrations.size());
    if (*schema < 0 || *schema > newest) {
        return Error(
            ErrorKind::Invalid,
            "store: its schema " + std::to_string(*schema) + " is newer than this version's " +
                std::to_string(newest));
    }
    if (const auto sound = check_integrity(*connection); !sound) {
        return sound.error();
    }
    if (const auto migrated = migrate(*connection, *schema); !migrated) {
        return migrated.error();
    }
    return connection;
}

}  // namespace wavegate::store
