#include "operator/sandbox/openbao_kv.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace wavegate::sandbox {
namespace json = boost::json;
namespace {

constexpr std::string_view kMergePatch = "application/merge-patch+json";
constexpr std::uint64_t kDefaultMaxVersions = 10;

json::value custom_json(const BaoEntry& entry) {
    if (entry.custom_metadata.empty()) {
        return nullptr;
    }
    json::object custom;
    for (const auto& [key, value] : entry.custom_metadata) {
        custom[key] = value;
    }
    return custom;
}

std::string deletion_text(const BaoVersion& version) {
    return version.deleted ? to_rfc3339(*version.deleted) : std::string();
}

/// The flat record that data reads, writes and patches carry.
json::object version_record(const BaoEntry& entry, std::uint64_t number) {
    const auto& version = entry.versions.at(number);
    return json::object{
        {"created_time", to_rfc3339(version.created)},
        {"custom_metadata", custom_json(entry)},
        {"deletion_time", deletion_text(version)},
        {"destroyed", version.destroyed},
        {"version", number}};
}

json::object metadata_record(const BaoEntry& entry) {
    json::object versions;
    for (const auto& [number, version] : entry.versions) {
        versions[std::to_string(number)] = json::object{
            {"created_time", to_rfc3339(version.created)},
            {"deletion_time", deletion_text(version)},
            {"destroyed", version.destroyed}};
    }
    return json::object{
        {"cas_required", entry.cas_required},
        {"created_time", to_rfc3339(entry.created)},
        {"current_metadata_version", entry.metadata_version},
        {"current_version", entry.current_version},
        {"custom_metadata", custom_json(entry)},
        {"delete_version_after", "0s"},
        {"max_versions", entry.max_versions},
        {"metadata_cas_required", entry.metadata_cas_required},
        {"oldest_version", entry.oldest_version},
        {"updated_time", to_rfc3339(entry.updated)},
        {"versions", std::move(versions)}};
}

/// A number, also as a string.
std::optional<std::uint64_t> number_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (const auto* number = value->if_int64()) {
        return static_cast<std::uint64_t>(*number);
    }
    if (const auto* text = value->if_string()) {
        std::uint64_t parsed = 0;
        const auto* end = text->data() + text->size();
        if (std::from_chars(text->data(), end, parsed).ec == std::errc()) {
            return parsed;
        }
    }
    return std::nullopt;
}

json::object body_of(const KvRequest& request) {
    const auto* object = request.body.if_object();
    return object == nullptr ? json::object() : *object;
}

void merge_patch(json::object& target, const json::object& patch) {
    for (const auto& field : patch) {
        if (field.value().is_null()) {
            target.stable_erase(field.key());
        } else if (field.value().is_object() && target[field.key()].is_object()) {
            merge_patch(target[field.key()].get_object(), field.value().get_object());
        } else {
            target[field.key()] = field.value();
        }
    }
}

std::optional<BaoReply> check_patch(const KvRequest& request) {
    if (request.content_type == kMergePatch) {
        return std::nullopt;
    }
    return bao_error(
        request.content_type.empty() ? 400 : 415,
        "PATCH requires Content-Type of application/merge-patch+json");
}

/// False: not 64 pairs of printable keys up to 128 and values of 1 to 512 bytes.
bool read_custom(const json::object& given, std::map<std::string, std::string>& custom) {
    for (const auto& field : given) {
        if (field.value().is_null()) {
            custom.erase(std::string(field.key()));
            continue;
        }
        if (!field.value().is_string()) {
            return false;
        }
        const std::string value(std::string_view(field.value().get_string()));
        if (field.key().empty() || field.key().size() > 128 || value.empty() ||
            value.size() > 512) {
            return false;
        }
        custom[std::string(field.key())] = value;
    }
    return custom.size() <= 64;
}

bool metadata_cas_holds(const json::object& body, const BaoEntry* entry) {
    const auto cas = number_at(body, "metadata_cas");
    if (!cas) {
        return entry == nullptr || !entry->metadata_cas_required;
    }
    return *cas == (entry == nullptr ? 0 : entry->metadata_version);
}

}  // namespace

BaoReply bao_data(json::value data, int status) {
    BaoReply reply;
    reply.status = status;
    reply.data = std::move(data);
    return reply;
}

BaoReply bao_error(int status, std::string text) {
    BaoReply reply;
    reply.status = status;
    reply.errors.emplace().push_back(std::move(text));
    return reply;
}

BaoReply bao_nothing() {
    BaoReply reply;
    reply.status = 404;
    reply.errors.emplace();
    return reply;
}

std::vector<std::string> folder_keys(
    const std::vector<std::string>& paths,
    const std::string& folder) {
    const auto prefix = folder.empty() || folder.back() == '/' ? folder : folder + "/";
    std::set<std::string> keys;
    for (const auto& path : paths) {
        if (path.starts_with(prefix)) {
            const auto slash = path.find('/', prefix.size());
            const auto end = slash == std::string::npos ? path.size() : slash + 1;
            keys.insert(path.substr(prefix.size(), end - prefix.size()));
        }
    }
    return {keys.begin(), keys.end()};
}

BaoEntry* KvV2::find(const std::string& path) {
    const auto it = entries.find(path);
    return it == entries.end() ? nullptr : &it->second;
}

const BaoEntry* KvV2::find(const std::string& path) const {
    const auto it = entries.find(path);
    return it == entries.end() ? nullptr : &it->second;
}

BaoReply KvV2::serve(const KvRequest& request) {
    if (request.kind == "data") {
        return data_call(request);
    }
    if (request.kind == "metadata") {
        return metadata_call(request);
    }
    if (request.kind == "detailed-metadata" && request.lists()) {
        return list(request, true);
    }
    if (request.kind == "delete" || request.kind == "undelete" || request.kind == "destroy") {
        return request.writes()
                   ? change_versions(request)
                   : bao_error(405, "1 error occurred:\n\t* unsupported operation\n\n");
    }
    BaoReply reply;
    reply.status = 404;
    reply.warnings.emplace_back(
        "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate "
        "API endpoints to use. If using the OpenBao CLI, use 'bao kv get' for this operation.");
    return reply;
}

BaoReply KvV2::data_call(const KvRequest& request) {
    if (request.lists()) {
        return bao_error(405, "1 error occurred:\n\t* unsupported operation\n\n");
    }
    if (request.writes()) {
        return write(request);
    }
    if (request.method == "PATCH") {
        return patch(request);
    }
    if (request.method == "DELETE") {
        auto* entry = find(request.path);
        if (entry != nullptr && entry->current_version > 0) {
            auto& newest = entry->versions.at(entry->current_version);
            if (!newest.gone(request.now)) {
                newest.deleted = request.now;
            }
        }
        return {};
    }
    return read(request);
}

BaoReply KvV2::read(const KvRequest& request) const {
    const auto* entry = find(request.path);
    if (entry == nullptr || entry->current_version == 0) {
        return bao_nothing();
    }
    std::uint64_t number = 0;
    const auto asked = request.query.get("version");
    std::from_chars(asked.data(), asked.data() + asked.size(), number);
    if (number == 0) {
        number = entry->current_version;
    }
    const auto version = entry->versions.find(number);
    if (version == entry->versions.end()) {
        return bao_nothing();
    }
    const bool gone = version->second.gone(request.now);
    json::object data;
    data["data"] = gone ? json::value(nullptr) : version->second.data;
    data["metadata"] = version_record(*entry, number);
    return bao_data(std::move(data), gone ? 404 : 200);
}

std::optional<BaoReply> KvV2::check_cas(const json::object& body, const BaoEntry* entry) const {
    const auto* options = body.if_contains("options");
    const bool has_options = options != nullptr && options->is_object();
    const auto cas =
        has_options ? number_at(options->get_object(), "cas") : std::optional<std::uint64_t>();
    const auto current = entry == nullptr ? 0 : entry->current_version;
    if (!cas && (cas_required || (entry != nullptr && entry->cas_required))) {
        return bao_error(400, "check-and-set parameter required for this call");
    }
    if (cas && *cas != current) {
        return bao_error(400, "check-and-set parameter did not match the current version");
    }
    return std::nullopt;
}

BaoReply KvV2::write(const KvRequest& request) {
    const auto body = body_of(request);
    const auto* data = body.if_contains("data");
    if (data == nullptr || !(data->is_object() || data->is_null())) {
        return bao_error(400, "no data provided");
    }
    if (auto wrong = check_cas(body, find(request.path))) {
        return *wrong;
    }
    const auto number = put(request.path, *data, request.now);
    return bao_data(version_record(entries.at(request.path), number));
}

std::uint64_t KvV2::put(const std::string& path, json::value data, Wall now) {
    auto [it, fresh] = entries.try_emplace(path);
    auto& entry = it->second;
    if (fresh) {
        entry.created = now;
    }
    entry.updated = now;
    const auto number = ++entry.current_version;
    entry.versions[number] = BaoVersion{std::move(data), now, std::nullopt, false};
    const auto kept = entry.max_versions == 0 ? kDefaultMaxVersions : entry.max_versions;
    while (entry.versions.size() > kept) {
        entry.versions.erase(entry.versions.begin());
        entry.oldest_version = entry.versions.begin()->first;
    }
    return number;
}

BaoReply KvV2::patch(const KvRequest& request) {
    if (auto wrong = check_patch(request)) {
        return *wrong;
    }
    auto* entry = find(request.path);
    BaoReply missing;
    missing.status = 404;
    if (entry == nullptr || entry->current_version == 0) {
        return missing;
    }
    const auto& newest = entry->versions.at(entry->current_version);
    if (newest.gone(request.now)) {
        return bao_data(version_record(*entry, entry->current_version), 404);
    }
    const auto body = body_of(request);
    if (auto wrong = check_cas(body, entry)) {
        return *wrong;
    }
    const auto* changes = body.if_contains("data");
    if (changes == nullptr || !changes->is_object()) {
        return bao_error(400, "no data provided");
    }
    if (!newest.data.is_object()) {
        return bao_error(500, "1 error occurred:\n\t* internal error\n\n");
    }
    auto merged = newest.data.get_object();
    merge_patch(merged, changes->get_object());
    const auto number = put(request.path, std::move(merged), request.now);
    return bao_data(version_record(*entry, number));
}

BaoReply KvV2::metadata_call(const KvRequest& request) {
    if (request.lists()) {
        return list(request, false);
    }
    if (request.writes() || request.method == "PATCH") {
        return write_metadata(request);
    }
    if (request.method == "DELETE") {
        entries.erase(request.path);
        return {};
    }
    const auto* entry = find(request.path);
    return entry == nullptr ? bao_nothing() : bao_data(metadata_record(*entry));
}

BaoReply KvV2::write_metadata(const KvRequest& request) {
    const bool patches = request.method == "PATCH";
    if (auto wrong = patches ? check_patch(request) : std::nullopt) {
        return *wrong;
    }
    auto* entry = find(request.path);
    if (patches && entry == nullptr) {
        BaoReply missing;
        missing.status = 404;
        return missing;
    }
    const auto body = body_of(request);
    if (!metadata_cas_holds(body, entry)) {
        return bao_error(
            400, "metadata check-and-set parameter does not match the current version");
    }
    std::map<std::string, std::string> custom;
    const auto* given = body.if_contains("custom_metadata");
    if (entry != nullptr && (patches || given == nullptr)) {
        custom = entry->custom_metadata;
    }
    if (given != nullptr && given->is_object() && !read_custom(given->get_object(), custom)) {
        return bao_error(400, "custom_metadata validation failed");
    }
    if (entry == nullptr) {
        entry = &entries[request.path];
        entry->created = request.now;
    }
    entry->updated = request.now;
    entry->custom_metadata = std::move(custom);
    entry->max_versions = number_at(body, "max_versions").value_or(entry->max_versions);
    if (const auto* required = body.if_contains("cas_required")) {
        entry->cas_required = required->is_bool() && required->get_bool();
    }
    ++entry->metadata_version;
    return {};
}

BaoReply KvV2::change_versions(const KvRequest& request) {
    const auto body = body_of(request);
    const auto* list = body.if_contains("versions");
    if (list == nullptr || !list->is_array() || list->get_array().empty()) {
        return bao_error(400, "no version number provided");
    }
    auto* entry = find(request.path);
    for (const auto& item : list->get_array()) {
        const auto number = item.is_int64() ? static_cast<std::uint64_t>(item.get_int64()) : 0;
        if (entry == nullptr || !entry->versions.contains(number)) {
            continue;
        }
        auto& version = entry->versions.at(number);
        if (request.kind == "destroy") {
            version.destroyed = true;
            version.data = nullptr;
        } else if (request.kind == "undelete") {
            version.deleted.reset();
        } else if (!version.gone(request.now)) {
            version.deleted = request.now;
        }
    }
    return {};
}

BaoReply KvV2::list(const KvRequest& request, bool detailed) const {
    std::vector<std::string> paths;
    for (const auto& [path, entry] : entries) {
        paths.push_back(path);
    }
    const auto keys = folder_keys(paths, request.path);
    if (keys.empty()) {
        return bao_nothing();
    }
    const auto prefix = request.path.empty() ? std::string() : request.path + "/";
    json::object data;
    json::array names;
    json::object info;
    for (const auto& key : keys) {
        names.emplace_back(key);
        const auto* entry = find(prefix + key);
        info[key] = entry == nullptr ? json::object() : metadata_record(*entry);
    }
    data["keys"] = std::move(names);
    if (detailed) {
        data["key_info"] = std::move(info);
    }
    return bao_data(std::move(data));
}

BaoReply KvV1::serve(const KvRequest& request) {
    if (request.lists()) {
        std::vector<std::string> paths;
        for (const auto& [path, entry] : entries) {
            paths.push_back(path);
        }
        json::array names;
        for (const auto& key : folder_keys(paths, request.path)) {
            names.emplace_back(key);
        }
        return names.empty() ? bao_nothing() : bao_data(json::object{{"keys", std::move(names)}});
    }
    if (request.writes()) {
        const auto* body = request.body.if_object();
        if (body == nullptr || body->empty()) {
            return bao_error(400, "missing data fields");
        }
        entries[request.path] = *body;
        return {};
    }
    if (request.method == "DELETE") {
        entries.erase(request.path);
        return {};
    }
    if (request.method != "GET") {
        return bao_error(405, "1 error occurred:\n\t* unsupported operation\n\n");
    }
    const auto it = entries.find(request.path);
    if (it == entries.end()) {
        return bao_nothing();
    }
    auto reply = bao_data(it->second);
    reply.lease_duration = 2764800;
    return reply;
}

}  // namespace wavegate::sandbox
