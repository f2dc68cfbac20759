#pragma once

#include "operator/store/sqlite.hpp"

namespace wavegate::store {

/// A connection that holds the file, checked and at the newest schema.
Result<SqlConnection> open_database(const std::string& path);

}  // namespace wavegate::store
