#pragma once

#include "operator/base/result.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace wavegate::store {

using Blob = std::vector<unsigned char>;
/// What a statement's `?` stands for.
using SqlValue = std::variant<std::int64_t, std::string, Blob>;

class SqlRow {
  public:
    explicit SqlRow(sqlite3_stmt* statement) : statement_(statement) {}
    [[nodiscard]] std::int64_t integer(int column) const;
    /// Of a text or a blob; any bytes.
    [[nodiscard]] std::string bytes(int column) const;

  private:
    sqlite3_stmt* statement_;
};

/// One SQLite connection; one thread at a time. Errors name SQLite's fixed text for the code:
/// Conflict (another process holds the file), Invalid (damaged, not a database), Unavailable.
class SqlConnection {
  public:
    /// Opens or creates the file, readable for its owner only, waits for nobody.
    static Result<SqlConnection> open(const std::string& path);

    Result<void> run(const char* sql, const std::vector<SqlValue>& values = {});
    using Take = std::function<Result<void>(const SqlRow&)>;
    Result<void> query(const char* sql, const Take& take, const std::vector<SqlValue>& values = {});
    /// Several statements without values.
    Result<void> script(const char* sql);

  private:
    struct Close {
        void operator()(sqlite3* handle) const;
    };
    explicit SqlConnection(sqlite3* handle) : handle_(handle) {}

    std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace wavegate::store
