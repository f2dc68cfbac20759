#pragma once

#include "operator/ports/store.hpp"
#include "operator/store/contents.hpp"
#include "operator/store/etcd_wire.hpp"
#include "operator/store/split.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// How what a store keeps stands in etcd, below one prefix. Pure.
///
///     version                what was committed last, by whom; whose rollout is in force
///     lease                  who may commit (EtcdLease)
///     record/KIND/ID         a record; of a long one the long lists are parts
///     last_good              the revision in force, as a record
///     part/OWNER/NAME        a part of what stands at OWNER
///     evidence/V-N, intent/…, word/…, event/…, audit/…
///                            what commit V added, a JSON list; an intent's later ones replace it
///
/// What bears a version above the one in `version` is of a commit that did not end: nobody reads
/// it. So a commit too big for one transaction writes such rows and parts first, and `version`
/// last.
namespace wavegate::store::etcd {

enum class Rows { Evidence, Intents, Words, Events, Audit };
inline constexpr std::array<Rows, 5> kAllRows{
    Rows::Evidence,
    Rows::Intents,
    Rows::Words,
    Rows::Events,
    Rows::Audit};

class Keys {
  public:
    /// Ends with a slash.
    explicit Keys(std::string prefix) : prefix_(std::move(prefix)) {}

    [[nodiscard]] std::string lease() const { return prefix_ + "lease"; }
    [[nodiscard]] std::string version() const { return prefix_ + "version"; }
    [[nodiscard]] std::string last_good() const { return prefix_ + "last_good"; }
    [[nodiscard]] std::string record(std::string_view kind, std::string_view id) const;
    [[nodiscard]] Range records(std::string_view kind) const;
    /// `owner`: a record's key, or that of last_good.
    [[nodiscard]] std::string part(std::string_view owner, std::string_view name) const;
    [[nodiscard]] Range parts(std::string_view owner) const;
    [[nodiscard]] Range all_parts() const;
    [[nodiscard]] std::string row(Rows rows, std::uint64_t version, std::size_t number) const;
    [[nodiscard]] Range rows(Rows rows) const;
    [[nodiscard]] Range rows_up_to(Rows rows, std::uint64_t version) const;
    [[nodiscard]] Range rows_after(Rows rows, std::uint64_t version) const;

  private:
    std::string prefix_;
};

/// What the version key holds.
struct Version {
    std::uint64_t version = 0;
    std::string commit;   ///< of each attempt another
    std::string rollout;  ///< whose record is in force
};
std::string encode(const Version& version);
/// Invalid: unreadable, or of a newer schema, with the name of the version that wrote it.
Result<Version> decode_version(std::string_view text);

/// What to tell evidence by: of each kind and subject the newest stays.
using EvidenceName = std::pair<CheckKind, std::string>;

/// A commit as it will be written.
struct Plan {
    Version next;
    std::vector<Put> early;      ///< read by nobody before `last` is there
    std::vector<Put> last;       ///< in one transaction, the version among them
    std::vector<Range> deletes;  ///< with `last`: parts that it gave up
    std::map<std::string, std::set<std::string>> parts;        ///< by owner, of what it writes anew
    std::vector<std::pair<EvidenceName, std::string>> newest;  ///< evidence and its row
};
/// `parts`: what is known to stand there.
Plan plan_of(
    const Keys& keys,
    const Batch& batch,
    const Version& before,
    const std::map<std::string, std::set<std::string>>& parts,
    std::string commit);
/// All of it, for an empty store.
Plan plan_of(const Keys& keys, const Contents& contents, std::string commit);

/// Puts in groups that one transaction takes.
std::vector<std::vector<Put>> in_groups(std::vector<Put> puts);
/// Does that all fit into one?
bool is_one_group(const Plan& plan);

}  // namespace wavegate::store::etcd
