#pragma once

#include "operator/base/time.hpp"
#include "operator/sandbox/target.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::sandbox {

/// What OpenBao answers: an envelope (with `data`, `auth` or warnings), a list of errors, or
/// neither: no body.
struct BaoReply {
    int status = 204;
    std::optional<boost::json::value> data;
    std::optional<std::vector<std::string>> errors;
    std::vector<std::string> warnings;
    boost::json::value auth;
    std::int64_t lease_duration = 0;
};
BaoReply bao_data(boost::json::value data, int status = 200);
BaoReply bao_error(int status, std::string text);
/// 404 {"errors":[]}
BaoReply bao_nothing();

struct BaoVersion {
    boost::json::value data;  ///< object, or null as it was written
    Wall created{};
    std::optional<Wall> deleted;  ///< in the future: scheduled
    bool destroyed = false;

    [[nodiscard]] bool gone(Wall now) const { return destroyed || (deleted && *deleted <= now); }
};

/// One key: counters survive soft deletion and die with the metadata.
struct BaoEntry {
    std::uint64_t current_version = 0;
    std::uint64_t metadata_version = 0;
    std::uint64_t oldest_version = 0;
    std::uint64_t max_versions = 0;
    bool cas_required = false;
    bool metadata_cas_required = false;
    std::map<std::string, std::string> custom_metadata;
    std::map<std::uint64_t, BaoVersion> versions;
    Wall created{};
    Wall updated{};
};

/// A request below a KV mount.
struct KvRequest {
    std::string method;
    std::string kind;  ///< v2: "data", "metadata", …; v1: empty
    std::string path;
    Form query;
    std::string content_type;
    boost::json::value body;
    Wall now{};

    [[nodiscard]] bool writes() const { return method == "POST" || method == "PUT"; }
    [[nodiscard]] bool lists() const {
        return method == "LIST" || (method == "GET" && query.get("list") == "true");
    }
};

/// The KV v2 engine (openbao.md, "KV v2"). No HTTP, no tokens.
class KvV2 {
  public:
    BaoReply serve(const KvRequest& request);

    std::map<std::string, BaoEntry> entries;  ///< by path
    bool cas_required = false;                ///< of the mount

    /// Writes a new version as the server would, past every check.
    std::uint64_t put(const std::string& path, boost::json::value data, Wall now);

  private:
    BaoReply data_call(const KvRequest& request);
    [[nodiscard]] BaoReply read(const KvRequest& request) const;
    BaoReply write(const KvRequest& request);
    BaoReply patch(const KvRequest& request);
    BaoReply metadata_call(const KvRequest& request);
    BaoReply write_metadata(const KvRequest& request);
    BaoReply change_versions(const KvRequest& request);
    [[nodiscard]] BaoReply list(const KvRequest& request, bool detailed) const;
    [[nodiscard]] std::optional<BaoReply> check_cas(
        const boost::json::object& body,
        const BaoEntry* entry) const;
    BaoEntry* find(const std::string& path);
    [[nodiscard]] const BaoEntry* find(const std::string& path) const;
};

/// The KV v1 engine: flat maps, no versions, no check-and-set.
class KvV1 {
  public:
    BaoReply serve(const KvRequest& request);

    std::map<std::string, boost::json::object> entries;
};

/// Names below `folder`; deeper ones as "name/".
std::vector<std::string> folder_keys(
    const std::vector<std::string>& paths,
    const std::string& folder);

}  // namespace wavegate::sandbox
