#include "operator/store/sqlite_schema.hpp"

#include <array>
#include <string>

namespace wavegate::store {

namespace {

// Entry n brings a file from schema n to n + 1. Never changed once released: only added to.
constexpr std::array<const char*, 3> kMigrations{
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
)",
    // Records are rows, by what they are of and its id; the state says which rollout is in force,
    // and who wrote the file last.
    R"(
CREATE TABLE record (
    seq  INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    id   TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (kind, id)
) STRICT;
ALTER TABLE state ADD COLUMN rollout TEXT NOT NULL DEFAULT '';
ALTER TABLE state ADD COLUMN written_by TEXT NOT NULL DEFAULT '';
UPDATE state SET rollout = ifnull(record ->> '$.id', '');
INSERT INTO record (kind, id, body)
    SELECT 'rollout', rollout, record FROM state WHERE record NOT IN ('{}', '{"heard":0}');
ALTER TABLE state DROP COLUMN record;
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

/// "wavegate 0.2.0 wrote it", where a newer one left its name.
std::string writer_of(SqlConnection& connection) {
    std::string name;
    const auto asked = connection.query("SELECT written_by FROM state", [&](const SqlRow& row) {
        name = row.bytes(0);
        return Result<void>();
    });
    return asked && !name.empty() ? "wavegate " + name + " wrote it: " : std::string();
}

/// Who is to be named should an older version come across it.
Result<void> sign(SqlConnection& connection) {
    return connection.run(
        "UPDATE state SET written_by = ?1 WHERE written_by <> ?1", {std::string(WAVEGATE_VERSION)});
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
            "store: " + writer_of(*connection) + "its schema " + std::to_string(*schema) +
                " is newer than this version's " + std::to_string(newest));
    }
    if (const auto sound = check_integrity(*connection); !sound) {
        return sound.error();
    }
    if (const auto migrated = migrate(*connection, *schema); !migrated) {
        return migrated.error();
    }
    if (const auto signed_by = sign(*connection); !signed_by) {
        return signed_by.error();
    }
    return connection;
}

}  // namespace wavegate::store
