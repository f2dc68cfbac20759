#pragma once

#include "operator/store/etcd_client.hpp"
#include "operator/store/etcd_rows.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace wavegate::store::etcd {

/// `take` of every pair of a range, page by page, as they were at one moment, until it says false:
/// enough.
using Take = std::function<Result<bool>(const Pair&)>;
Task<void> each_pair(EtcdClient& client, Range range, Take take);

/// The version key; nothing: nobody committed yet.
struct Head {
    Version version;
    std::int64_t modified = 0;  ///< revision of the version key; 0: there is none
    std::int64_t revision = 0;  ///< of everything, when it was read
    std::string cluster;
};
Task<Head> read_head(EtcdClient& client, const Keys& keys);

/// What is known of what stands there, besides.
struct Known {
    std::map<std::string, std::set<std::string>> parts;  ///< by owner
    std::map<EvidenceName, std::string> newest;          ///< evidence of each name, and its row
};

/// Everything that a commit put there, as it was at `head`. NotFound: compacted away meanwhile.
class Reader {
  public:
    Reader(EtcdClient& client, const Keys& keys, Head head)
        : client_(client), keys_(keys), head_(std::move(head)) {}

    /// Times with their wall part only.
    Task<Snapshot> snapshot(Known& known);
    Task<Contents> contents();
    /// `take` of each item's JSON, with its row, oldest first.
    using TakeItem = std::function<Result<void>(const std::string& row, std::string text)>;
    Task<void> items(Rows rows, TakeItem take);
    /// The text that stands at `key` with all its parts, whose names go into `known`; nothing:
    /// there is none.
    Task<std::optional<std::string>> document(std::string key, Known& known);

  private:
    [[nodiscard]] Range at_head(Range range) const;
    Task<void> record(Snapshot& out, Known& known);
    Task<void> last_good(std::optional<Revision>& out, Known& known);
    Task<void> ledger(Snapshot& out, Known& known);
    Task<void> newest_events(Snapshot& out);
    Task<void> records(Contents& out);

    EtcdClient& client_;
    const Keys& keys_;
    Head head_;
};

}  // namespace wavegate::store::etcd
