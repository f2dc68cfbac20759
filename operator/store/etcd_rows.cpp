#include "operator/store/etcd_rows.hpp"

#include "operator/base/text.hpp"
#include "operator/formats/json_fields.hpp"
#include "operator/store/codec.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace wavegate::store::etcd {
namespace {

namespace json = boost::json;

constexpr std::int64_t kSchema = 1;
// etcd takes 128 operations and 1.5 MiB (etcd.md); a compare and a key count too.
constexpr std::size_t kMostOperations = 100;
constexpr std::size_t kMostBytes = std::size_t{1} << 20U;
constexpr std::size_t kRowBytes = std::size_t{64} << 10U;
constexpr std::size_t kPartBytes = std::size_t{256} << 10U;
/// Of a list of members: what changes with one of them is written with it.
constexpr std::size_t kPartItems = 16;

std::string_view name_of(Rows rows) {
    constexpr std::array<std::string_view, kAllRows.size()> names{
        "evidence", "intent", "word", "event", "audit"};
    return names.at(static_cast<std::size_t>(rows));
}

template <class Item>
std::vector<std::string> encoded(const std::vector<Item>& items) {
    std::vector<std::string> texts;
    texts.reserve(items.size());
    for (const auto& item : items) {
        texts.push_back(store::encode(item));
    }
    return texts;
}

/// Lays down what a plan writes.
class Planner {
  public:
    Planner(const Keys& keys, Plan& plan) : keys_(keys), plan_(plan) {}

    /// Which row each of the texts went to.
    std::vector<std::string> rows(Rows rows, const std::vector<std::string>& texts) {
        std::vector<std::string> places;
        std::size_t number = 0;
        for (auto& packed : pack(texts, kRowBytes)) {
            const auto key = keys_.row(rows, plan_.next.version, number++);
            places.insert(places.end(), packed.items, key);
            plan_.early.emplace_back(key, std::move(packed.text));
        }
        return places;
    }

    void
    document(const std::string& key, const std::string& text, const std::set<std::string>& has) {
        auto document = split(text, kPartItems, kPartBytes);
        auto& names = plan_.parts[key];
        for (auto& [name, part] : document.parts) {
            names.insert(name);
            if (!has.contains(name)) {
                plan_.early.emplace_back(keys_.part(key, name), std::move(part));
            }
        }
        for (const auto& name : has) {
            if (!names.contains(name)) {
                plan_.deletes.emplace_back(keys_.part(key, name));
            }
        }
        plan_.last.emplace_back(key, std::move(document.head));
    }

    void version() { plan_.last.emplace_back(keys_.version(), encode(plan_.next)); }

  private:
    const Keys& keys_;
    Plan& plan_;
};

std::size_t size_of(const std::vector<Put>& puts) {
    std::size_t bytes = 0;
    for (const auto& put : puts) {
        bytes += put.key.size() + put.value.size();
    }
    return bytes;
}

}  // namespace

std::string Keys::record(std::string_view kind, std::string_view id) const {
    return fmt::format("{}record/{}/{}", prefix_, kind, percent_encode(id));
}
Range Keys::records(std::string_view kind) const {
    const auto all = fmt::format("{}record/{}/", prefix_, kind);
    return Range(all, end_of(all));
}
std::string Keys::part(std::string_view owner, std::string_view name) const {
    return fmt::format("{}part/{}/{}", prefix_, owner.substr(prefix_.size()), name);
}
Range Keys::parts(std::string_view owner) const {
    const auto all = part(owner, {});
    return Range(all, end_of(all));
}
Range Keys::all_parts() const {
    const auto all = prefix_ + "part/";
    return Range(all, end_of(all));
}
std::string Keys::row(Rows rows, std::uint64_t version, std::size_t number) const {
    return fmt::format("{}{}/{:016}-{:06}", prefix_, name_of(rows), version, number);
}
Range Keys::rows(Rows rows) const {
    const auto all = fmt::format("{}{}/", prefix_, name_of(rows));
    return Range(all, end_of(all));
}
Range Keys::rows_up_to(Rows rows, std::uint64_t version) const {
    return Range(this->rows(rows).key, row(rows, version + 1, 0));
}
Range Keys::rows_after(Rows rows, std::uint64_t version) const {
    return Range(row(rows, version + 1, 0), this->rows(rows).end);
}

std::string encode(const Version& version) {
    json::object out{{"version", version.version}, {"commit", version.commit}};
    out["rollout"] = version.rollout;
    out["schema"] = kSchema;
    out["writtenBy"] = WAVEGATE_VERSION;
    return json::serialize(out);
}

Result<Version> decode_version(std::string_view text) {
    const auto parsed = formats::parse_json(text);
    if (!parsed || !parsed->is_object()) {
        return Error(ErrorKind::Invalid, "store: unreadable version");
    }
    const auto& object = parsed->get_object();
    const auto schema = formats::number_at(object, {"schema"});
    if (schema > kSchema) {
        return Error(
            ErrorKind::Invalid,
            fmt::format(
                "store: wavegate {} wrote it: its schema {} is newer than this version's {}",
                one_line(formats::text_at(object, {"writtenBy"})),
                schema,
                kSchema));
    }
    Version version;
    version.version = static_cast<std::uint64_t>(formats::number_at(object, {"version"}));
    version.commit = formats::text_at(object, {"commit"});
    version.rollout = formats::text_at(object, {"rollout"});
    return version;
}

Plan plan_of(
    const Keys& keys,
    const Batch& batch,
    const Version& before,
    const std::map<std::string, std::set<std::string>>& parts,
    std::string commit) {
    Plan plan;
    plan.next = before;
    plan.next.version = before.version + 1;
    plan.next.commit = std::move(commit);
    Planner planner(keys, plan);
    const auto places = planner.rows(Rows::Evidence, encoded(batch.evidence));
    for (std::size_t i = 0; i < batch.evidence.size(); ++i) {
        const auto& evidence = batch.evidence[i];
        plan.newest.emplace_back(EvidenceName(evidence.kind, evidence.subject), places[i]);
    }
    planner.rows(Rows::Intents, encoded(batch.intents));
    planner.rows(Rows::Words, encoded(batch.words));
    planner.rows(Rows::Events, encoded(batch.events));
    planner.rows(Rows::Audit, encoded(batch.audit));
    const auto known = [&](const std::string& owner) {
        const auto found = parts.find(owner);
        return found == parts.end() ? std::set<std::string>() : found->second;
    };
    if (batch.record) {
        const auto key = keys.record(kRollout, batch.record->id());
        planner.document(key, store::encode(*batch.record), known(key));
        plan.next.rollout = batch.record->id();
    }
    if (batch.last_good) {
        planner.document(
            keys.last_good(), store::encode(*batch.last_good), known(keys.last_good()));
    }
    planner.version();
    return plan;
}

Plan plan_of(const Keys& keys, const Contents& contents, std::string commit) {
    Plan plan;
    plan.next.version = contents.version;
    plan.next.rollout = contents.rollout;
    plan.next.commit = std::move(commit);
    Planner planner(keys, plan);
    planner.rows(Rows::Evidence, contents.evidence);
    planner.rows(Rows::Intents, contents.intents);
    planner.rows(Rows::Words, contents.words);
    planner.rows(Rows::Events, contents.events);
    planner.rows(Rows::Audit, contents.audit);
    for (const auto& record : contents.records) {
        planner.document(keys.record(record.kind, record.id), record.body, {});
    }
    if (contents.last_good) {
        planner.document(keys.last_good(), store::encode(*contents.last_good), {});
    }
    planner.version();
    return plan;
}

std::vector<std::vector<Put>> in_groups(std::vector<Put> puts) {
    std::vector<std::vector<Put>> groups;
    std::size_t bytes = 0;
    for (auto& put : puts) {
        const auto more = put.key.size() + put.value.size();
        if (groups.empty() || groups.back().size() == kMostOperations ||
            bytes + more > kMostBytes) {
            groups.emplace_back();
            bytes = 0;
        }
        bytes += more;
        groups.back().push_back(std::move(put));
    }
    return groups;
}

bool is_one_group(const Plan& plan) {
    return plan.early.size() + plan.last.size() <= kMostOperations &&
           size_of(plan.early) + size_of(plan.last) <= kMostBytes;
}

}  // namespace wavegate::store::etcd
