#include "operator/store/sqlite.hpp"

#include <sqlite3.h>

#include <fcntl.h>
#include <unistd.h>

namespace wavegate::store {

namespace {

struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

Error error_of(int code) {
    const std::string text = std::string("store: ") + sqlite3_errstr(code);
    switch (code & 0xFF) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return {ErrorKind::Conflict, "store: another process holds it"};
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return {ErrorKind::Invalid, text};
        case SQLITE_ERROR:
        case SQLITE_CONSTRAINT:
        case SQLITE_MISUSE:
            return {ErrorKind::Internal, text};
        default:
            return {ErrorKind::Unavailable, text};
    }
}

int bind(sqlite3_stmt* statement, int index, const SqlValue& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
        return sqlite3_bind_int64(statement, index, *number);
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
        return sqlite3_bind_text64(
            statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    const auto& blob = std::get<Blob>(value);
    // A null pointer would store NULL.
    return blob.empty()
               ? sqlite3_bind_zeroblob(statement, index, 0)
               : sqlite3_bind_blob64(statement, index, blob.data(), blob.size(), SQLITE_STATIC);
}

}  // namespace

std::int64_t SqlRow::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string SqlRow::bytes(int column) const {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const int size = sqlite3_column_bytes(statement_, column);
    return data == nullptr ? std::string() : std::string(data, static_cast<std::size_t>(size));
}

void SqlConnection::Close::operator()(sqlite3* handle) const {
    sqlite3_close_v2(handle);
}

Result<SqlConnection> SqlConnection::open(const std::string& path) {
    // SQLite gives its side files the mode of the main one. Closed again before SQLite locks:
    // closing any descriptor of a file drops the process's locks on it.
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        return Error(ErrorKind::Unavailable, "store: the file cannot be opened");
    }
    ::close(file);
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(
        path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    SqlConnection connection(handle);
    if (code != SQLITE_OK) {
        return error_of(code);
    }
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, 0);
    return connection;
}

Result<void>
SqlConnection::query(const char* sql, const Take& take, const std::vector<SqlValue>& values) {
    sqlite3_stmt* raw = nullptr;
    int code = sqlite3_prepare_v2(handle_.get(), sql, -1, &raw, nullptr);
    const Statement statement(raw);
    int index = 0;
    for (const auto& value : values) {
        code = code == SQLITE_OK ? bind(raw, ++index, value) : code;
    }
    if (code != SQLITE_OK) {
        return error_of(code);
    }
    while ((code = sqlite3_step(raw)) == SQLITE_ROW) {
        if (auto taken = take(SqlRow(raw)); !taken) {
            return taken;
        }
    }
    if (code != SQLITE_DONE) {
        return error_of(code);
    }
    return {};
}

Result<void> SqlConnection::run(const char* sql, const std::vector<SqlValue>& values) {
    return query(
        sql, [](const SqlRow& /*row*/) { return Result<void>(); }, values);
}

Result<void> SqlConnection::script(const char* sql) {
    const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        return error_of(code);
    }
    return {};
}

}  // namespace wavegate::store
