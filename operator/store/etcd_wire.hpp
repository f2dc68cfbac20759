#pragma once

#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"
#include "operator/ports/http.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// etcd v3's JSON gateway (etcd.md): values in, text out, and back. Keys and values are bytes here,
/// base64 at the wire; 64-bit numbers are texts there, and zeros are left out.
namespace wavegate::store::etcd {

struct Pair {
    std::string key;
    std::string value;
    std::int64_t created = 0;   ///< revision of the first put since it was last deleted
    std::int64_t modified = 0;  ///< revision of the last put
};

/// Keys from `key` to before `end`, in their order; of an empty `end` that key alone.
struct Range {
    Range() = default;
    explicit Range(std::string from, std::string to = {})
        : key(std::move(from)), end(std::move(to)) {}
    std::string key;
    std::string end;
    std::int64_t limit = 0;     ///< pairs; 0: all
    std::int64_t revision = 0;  ///< as it was then; 0: now
    bool keys_only = false;
    bool newest_first = false;  ///< by key, from the last one
};
struct Pairs {
    std::vector<Pair> pairs;
    bool more = false;
    std::int64_t revision = 0;  ///< of the whole store, when it was asked
    std::string cluster;        ///< whose it is: the same from each member
};

struct Compare {
    enum class What { Created, Modified };
    Compare(std::string of, What kind, std::int64_t value)
        : key(std::move(of)), what(kind), equals(value) {}
    std::string key;
    What what;
    std::int64_t equals;  ///< 0: there is no such key
};
struct Put {
    Put(std::string to, std::string content, std::int64_t with = 0)
        : key(std::move(to)), value(std::move(content)), lease(with) {}
    std::string key;
    std::string value;
    std::int64_t lease;
};
/// What is done only when all of `compare` holds; and else, which keys are read.
struct Txn {
    std::vector<Compare> compare;
    std::vector<Put> puts;
    std::vector<Range> deletes;
    std::vector<std::string> otherwise;

    [[nodiscard]] std::size_t operations() const { return puts.size() + deletes.size(); }
};
struct TxnAnswer {
    bool succeeded = false;
    std::int64_t revision = 0;               ///< of what was put
    std::vector<std::optional<Pair>> found;  ///< of `otherwise`, one each
};

struct Grant {
    std::int64_t lease = 0;
    std::int64_t seconds = 0;  ///< 0: it is over
};

/// The key after all that begin with `prefix`.
std::string end_of(std::string prefix);

std::string body_of(const Range& range);
std::string body_of(const Txn& txn);
std::string grant_body(std::int64_t seconds);
std::string lease_body(std::int64_t lease);
std::string compaction_body(std::int64_t revision);
/// Holds the password in clear.
std::string login_body(const std::string& name, const Secret& password);

/// Protocol: not what etcd answers.
Result<Pairs> parse_pairs(std::string_view body);
Result<TxnAnswer> parse_txn(std::string_view body, const Txn& asked);
Result<Grant> parse_grant(std::string_view body);
/// Of a keepalive, whose answer stands in a stream.
Result<Grant> parse_kept(std::string_view body);
Result<SecretValue> parse_login(std::string_view body);

/// An answer that is no success: Denied (401, 403, no user named), Invalid, NotFound (a lease that
/// is over), Unavailable (no leader, 5xx), Throttled. Maybe where it may have been done all the
/// same.
Error refusal(const HttpResponse& response);
/// What was asked at an old revision, and is compacted away; or compacted already.
bool is_compacted(const Error& error);

}  // namespace wavegate::store::etcd
