#include "operator/store/sqlite_rows.hpp"

#include "operator/store/codec.hpp"
#include "operator/store/retention.hpp"

#include <string_view>
#include <utility>
#include <vector>

namespace wavegate::store {

namespace {

template <class T>
Result<void> insert_all(SqlConnection& connection, const char* sql, const std::vector<T>& entries) {
    for (const auto& entry : entries) {
        if (auto done = connection.run(sql, {encode(entry)}); !done) {
            return done;
        }
    }
    return {};
}

/// Appends a table's bodies in their order; their sequences too when asked for.
template <class T, class Items>
Result<void> read_all(
    SqlConnection& connection,
    const char* sql,
    Result<T> (*decode)(std::string_view),
    Items& out,
    std::vector<std::int64_t>* sequences = nullptr) {
    return connection.query(sql, [&](const SqlRow& row) -> Result<void> {
        auto entry = decode(row.bytes(1));
        if (!entry) {
            return entry.take_error();
        }
        out.push_back(std::move(*entry));
        if (sequences != nullptr) {
            sequences->push_back(row.integer(0));
        }
        return {};
    });
}

/// A rollout's record, in its row; it is the one in force then.
Result<void> write_record(SqlConnection& connection, const RolloutRecord& record) {
    auto done = connection.run(
        "INSERT INTO record (kind, id, body) VALUES ('rollout', ?, ?) "
        "ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
        {record.id(), encode(record)});
    if (done) {
        done = connection.run("UPDATE state SET rollout = ?", {record.id()});
    }
    return done;
}

Result<void> read_record(SqlConnection& connection, RolloutRecord& out) {
    constexpr const char* in_force =
        "SELECT body FROM record WHERE kind = 'rollout' AND id = (SELECT rollout FROM state)";
    return connection.query(in_force, [&](const SqlRow& row) -> Result<void> {
        auto decoded = decode_record(row.bytes(0));
        if (!decoded) {
            return decoded.take_error();
        }
        out = *decoded;
        return {};
    });
}

constexpr const char* kAllEvidence = "SELECT seq, body FROM evidence ORDER BY seq";
constexpr const char* kAllIntents = "SELECT seq, body FROM intent ORDER BY seq";

constexpr const char* kAllWords = "SELECT seq, body FROM word ORDER BY seq";
constexpr const char* kNewestEvents =
    "SELECT seq, body FROM (SELECT seq, body FROM event ORDER BY seq DESC LIMIT 1000) ORDER BY seq";
static_assert(kEventsKept == 1000);

Result<void> delete_marked(
    SqlConnection& connection,
    const char* sql,
    const std::vector<std::int64_t>& sequences,
    const std::vector<bool>& go) {
    for (std::size_t i = 0; i < sequences.size(); ++i) {
        if (!go[i]) {
            continue;
        }
        if (auto done = connection.run(sql, {sequences[i]}); !done) {
            return done;
        }
    }
    return {};
}

/// Of rollouts, oldest first.
Result<void> prune_records(SqlConnection& connection, const Snapshot& all) {
    std::vector<std::int64_t> sequences;
    std::vector<std::string> ids;
    constexpr const char* rollouts =
        "SELECT seq, id FROM record WHERE kind = 'rollout' ORDER BY seq";
    auto done = connection.query(rollouts, [&](const SqlRow& row) {
        sequences.push_back(row.integer(0));
        ids.push_back(row.bytes(1));
        return Result<void>();
    });
    if (done) {
        done = delete_marked(
            connection,
            "DELETE FROM record WHERE seq = ?",
            sequences,
            prunable(ids, all.record.id(), all.ledger.intents));
    }
    return done;
}

}  // namespace

Result<void> read_state(SqlConnection& connection, Snapshot& out) {
    auto read = connection.query(
        "SELECT version, last_good IS NOT NULL, last_good, ancestry FROM state",
        [&](const SqlRow& row) {
            out.version = static_cast<std::uint64_t>(row.integer(0));
            if (row.integer(1) != 0) {
                out.last_good.emplace();
                out.last_good->id = row.bytes(2);
                out.last_good->ancestry = static_cast<Ancestry>(row.integer(3));
            }
            return Result<void>();
        });
    if (read) {
        read = read_record(connection, out.record);
    }
    if (!read || !out.last_good) {
        return read;
    }
    return connection.query("SELECT path, content FROM last_good_file", [&](const SqlRow& row) {
        out.last_good->files.emplace(row.bytes(0), row.bytes(1));
        return Result<void>();
    });
}

Result<void> write_last_good(SqlConnection& connection, const Revision& revision) {
    auto done = connection.run(
        "UPDATE state SET last_good = ?, ancestry = ?",
        {revision.id, static_cast<std::int64_t>(revision.ancestry)});
    if (done) {
        done = connection.run("DELETE FROM last_good_file");
    }
    for (const auto& [path, content] : revision.files) {
        if (!done) {
            break;
        }
        done = connection.run(
            "INSERT INTO last_good_file (path, content) VALUES (?, ?)",
            {path, Blob(content.begin(), content.end())});
    }
    return done;
}

Result<std::uint64_t> version_of(SqlConnection& connection) {
    std::uint64_t version = 0;
    const auto read = connection.query("SELECT version FROM state", [&](const SqlRow& row) {
        version = static_cast<std::uint64_t>(row.integer(0));
        return Result<void>();
    });
    if (!read) {
        return read.error();
    }
    return version;
}

Result<void> write_batch(SqlConnection& connection, const Batch& batch) {
    Result<void> done;
    if (batch.record) {
        done = write_record(connection, *batch.record);
    }
    for (const auto& intent : batch.intents) {
        if (!done) {
            return done;
        }
        done = connection.run(kPutIntent, {intent.id, encode(intent)});
    }
    if (done) {
        done = insert_all(connection, "INSERT INTO evidence (body) VALUES (?)", batch.evidence);
    }
    if (done) {
        done = insert_all(connection, "INSERT INTO word (body) VALUES (?)", batch.words);
    }
    if (done) {
        done = insert_all(connection, "INSERT INTO event (body) VALUES (?)", batch.events);
    }
    if (done) {
        done = insert_all(connection, "INSERT INTO audit (body) VALUES (?)", batch.audit);
    }
    if (done && batch.last_good) {
        done = write_last_good(connection, *batch.last_good);
    }
    return done;
}

Result<Snapshot> read_snapshot(SqlConnection& connection) {
    Snapshot out;
    auto done = read_state(connection, out);
    if (done) {
        done = read_all(connection, kAllEvidence, decode_evidence, out.ledger.evidence);
    }
    if (done) {
        done = read_all(connection, kAllIntents, decode_intent, out.ledger.intents);
    }
    if (done) {
        done = read_all(connection, kAllWords, decode_word, out.ledger.words);
    }
    if (done) {
        done = read_all(connection, kNewestEvents, decode_event, out.events);
    }
    if (!done) {
        return done.take_error();
    }
    return out;
}

Result<void> prune_rows(SqlConnection& connection, Wall before) {
    Snapshot all;
    std::vector<std::int64_t> of_evidence;
    std::vector<std::int64_t> of_intents;
    auto& ledger = all.ledger;
    auto done = read_state(connection, all);
    if (done) {
        done = read_all(connection, kAllEvidence, decode_evidence, ledger.evidence, &of_evidence);
    }
    if (done) {
        done = read_all(connection, kAllIntents, decode_intent, ledger.intents, &of_intents);
    }
    if (done) {
        done = delete_marked(
            connection,
            "DELETE FROM evidence WHERE seq = ?",
            of_evidence,
            prunable(ledger.evidence, before));
    }
    if (done) {
        done = delete_marked(
            connection,
            "DELETE FROM intent WHERE seq = ?",
            of_intents,
            prunable(ledger.intents, all.record, before));
    }
    if (done) {
        done = prune_records(connection, all);
    }
    if (done) {
        // Nothing can show older events any more.
        done = connection.run(
            "DELETE FROM event WHERE seq <= (SELECT max(seq) FROM event) - ?",
            {static_cast<std::int64_t>(kEventsKept)});
    }
    return done;
}

}  // namespace wavegate::store
