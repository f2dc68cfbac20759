#include "operator/store/sqlite_contents.hpp"

#include "operator/store/codec.hpp"
#include "operator/store/sqlite_rows.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace wavegate::store {

namespace {

Result<void> read_texts(SqlConnection& connection, const char* sql, std::vector<std::string>& out) {
    return connection.query(sql, [&](const SqlRow& row) {
        out.push_back(row.bytes(0));
        return Result<void>();
    });
}

Result<void>
write_texts(SqlConnection& connection, const char* sql, const std::vector<std::string>& texts) {
    Result<void> done;
    for (const auto& text : texts) {
        if (done) {
            done = connection.run(sql, {text});
        }
    }
    return done;
}

Result<void> read_records(SqlConnection& connection, Contents& out) {
    auto done = connection.query("SELECT rollout FROM state", [&](const SqlRow& row) {
        out.rollout = row.bytes(0);
        return Result<void>();
    });
    if (!done) {
        return done;
    }
    return connection.query(
        "SELECT kind, id, body FROM record ORDER BY seq", [&](const SqlRow& row) {
            out.records.push_back({row.bytes(0), row.bytes(1), row.bytes(2)});
            return Result<void>();
        });
}

/// What another engine tells of one twice is one here, as it was told last.
Result<void> write_intents(SqlConnection& connection, const std::vector<std::string>& texts) {
    Result<void> done;
    for (const auto& text : texts) {
        auto intent = decode_intent(text);
        if (!intent) {
            return intent.take_error();
        }
        if (done) {
            done = connection.run(kPutIntent, {intent->id, text});
        }
    }
    return done;
}

Result<void> write_records(SqlConnection& connection, const Contents& contents) {
    Result<void> done;
    for (const auto& record : contents.records) {
        if (done) {
            done = connection.run(
                "INSERT INTO record (kind, id, body) VALUES (?, ?, ?)",
                {record.kind, record.id, record.body});
        }
    }
    if (done) {
        done = connection.run(
            "UPDATE state SET version = ?, rollout = ?",
            {static_cast<std::int64_t>(contents.version), contents.rollout});
    }
    return done;
}

Result<void> must_be_empty(SqlConnection& connection) {
    std::int64_t rows = 0;
    constexpr const char* count =
        "SELECT version + (SELECT count(*) FROM record) + (SELECT count(*) FROM evidence) + "
        "(SELECT count(*) FROM intent) + (SELECT count(*) FROM word) + "
        "(SELECT count(*) FROM event) + (SELECT count(*) FROM audit) FROM state";
    auto asked = connection.query(count, [&](const SqlRow& row) {
        rows = row.integer(0);
        return Result<void>();
    });
    if (asked && rows != 0) {
        return Error(ErrorKind::Conflict, "store: something is kept there already");
    }
    return asked;
}

}  // namespace

Result<Contents> read_contents(SqlConnection& connection) {
    Contents out;
    Snapshot state;
    auto done = read_state(connection, state);
    if (done) {
        done = read_records(connection, out);
    }
    const std::array<std::pair<const char*, std::vector<std::string>*>, 5> tables{
        {{"SELECT body FROM evidence ORDER BY seq", &out.evidence},
         {"SELECT body FROM intent ORDER BY seq", &out.intents},
         {"SELECT body FROM word ORDER BY seq", &out.words},
         {"SELECT body FROM event ORDER BY seq", &out.events},
         {"SELECT body FROM audit ORDER BY seq", &out.audit}}};
    for (const auto& [sql, into] : tables) {
        if (done) {
            done = read_texts(connection, sql, *into);
        }
    }
    if (!done) {
        return done.take_error();
    }
    out.version = state.version;
    out.last_good = std::move(state.last_good);
    return out;
}

Result<void> write_contents(SqlConnection& connection, const Contents& contents) {
    auto done = must_be_empty(connection);
    if (done) {
        done = write_records(connection, contents);
    }
    if (done) {
        done = write_intents(connection, contents.intents);
    }
    const std::array<std::pair<const char*, const std::vector<std::string>*>, 4> tables{
        {{"INSERT INTO evidence (body) VALUES (?)", &contents.evidence},
         {"INSERT INTO word (body) VALUES (?)", &contents.words},
         {"INSERT INTO event (body) VALUES (?)", &contents.events},
         {"INSERT INTO audit (body) VALUES (?)", &contents.audit}}};
    for (const auto& [sql, from] : tables) {
        if (done) {
            done = write_texts(connection, sql, *from);
        }
    }
    if (done && contents.last_good) {
        done = write_last_good(connection, *contents.last_good);
    }
    return done;
}

}  // namespace wavegate::store
