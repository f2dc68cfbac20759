#pragma once

#include "operator/ports/store.hpp"
#include "operator/store/sqlite.hpp"

#include <cstdint>

/// The store's parts as rows of the tables in sqlite_schema.cpp. The caller has the transaction.
namespace wavegate::store {

Result<std::uint64_t> version_of(SqlConnection& connection);
/// Everything of the batch, but not the version.
Result<void> write_batch(SqlConnection& connection, const Batch& batch);
/// Times with their wall part only. Invalid: a row cannot be read.
Result<Snapshot> read_snapshot(SqlConnection& connection);
Result<void> prune_rows(SqlConnection& connection, Wall before);

/// The version, the record in force and the last good revision alone.
Result<void> read_state(SqlConnection& connection, Snapshot& out);
Result<void> write_last_good(SqlConnection& connection, const Revision& revision);
/// Of its id and its text: inserted, or in the place of the one of that id.
inline constexpr const char* kPutIntent =
    "INSERT INTO intent (id, body) VALUES (?, ?) "
    "ON CONFLICT (id) DO UPDATE SET body = excluded.body";

}  // namespace wavegate::store
