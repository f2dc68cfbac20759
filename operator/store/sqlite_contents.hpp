#pragma once

#include "operator/store/contents.hpp"
#include "operator/store/sqlite.hpp"

/// All rows of the tables in sqlite_schema.cpp at once. The caller has the transaction.
namespace wavegate::store {

Result<Contents> read_contents(SqlConnection& connection);
/// Conflict: something stands there already.
Result<void> write_contents(SqlConnection& connection, const Contents& contents);

}  // namespace wavegate::store
