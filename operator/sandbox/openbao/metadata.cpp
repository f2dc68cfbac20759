#include "operator/sandbox/openbao/kv.hpp"
#include "operator/sandbox/openbao/records.hpp"

#include <boost/json/serialize.hpp>

#include <cstdlib>

namespace wavegate::sandbox {
namespace json = boost::json;
namespace {

/// What else than text is stored as: numbers in digits, true and false as 1 and 0.
std::string text_of(const json::value& value) {
    if (value.is_string()) {
        return std::string(std::string_view(value.get_string()));
    }
    return value.is_bool() ? std::string(value.get_bool() ? "1" : "0") : json::serialize(value);
}

/// False: not 64 pairs of printable keys up to 128 and values of 1 to 512 bytes.
bool read_custom(const json::object& given, std::map<std::string, std::string>& custom) {
    for (const auto& field : given) {
        if (field.value().is_null()) {
            custom.erase(std::string(field.key()));
            continue;
        }
        if (field.value().is_structured()) {
            return false;
        }
        const auto value = text_of(field.value());
        if (field.key().empty() || field.key().size() > 128 || value.empty() ||
            value.size() > 512) {
            return false;
        }
        custom[std::string(field.key())] = value;
    }
    return custom.size() <= 64;
}

/// `after` begins behind a name, `limit` ends after so many.
void cut_page(std::vector<std::string>& keys, const Form& query) {
    const auto after = query.get("after");
    std::erase_if(keys, [&](const std::string& key) { return key <= after; });
    const auto limit = static_cast<std::size_t>(std::atoi(query.get("limit").c_str()));
    if (limit > 0 && keys.size() > limit) {
        keys.resize(limit);
    }
}

bool metadata_cas_holds(const json::object& body, const BaoEntry* entry) {
    const auto cas = bao::number_at(body, "metadata_cas");
    if (!cas) {
        return entry == nullptr || !entry->metadata_cas_required;
    }
    return *cas == (entry == nullptr ? 0 : entry->metadata_version);
}

}  // namespace

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
    return entry == nullptr ? bao_nothing() : bao_data(bao::metadata_record(*entry));
}

BaoReply KvV2::write_metadata(const KvRequest& request) {
    const bool patches = request.method == "PATCH";
    if (auto wrong = patches ? bao::check_patch(request) : std::nullopt) {
        return *wrong;
    }
    auto* entry = find(request.path);
    if (patches && entry == nullptr) {
        BaoReply missing;
        missing.status = 404;
        return missing;
    }
    const auto body = bao::body_of(request);
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
    entry->max_versions = bao::number_at(body, "max_versions").value_or(entry->max_versions);
    if (const auto* required = body.if_contains("cas_required")) {
        entry->cas_required = required->is_bool() && required->get_bool();
    }
    ++entry->metadata_version;
    return {};
}

BaoReply KvV2::change_versions(const KvRequest& request) {
    const auto body = bao::body_of(request);
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
    auto keys = folder_keys(paths, request.path);
    cut_page(keys, request.query);
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
        info[key] = entry == nullptr ? json::object() : bao::metadata_record(*entry);
    }
    data["keys"] = std::move(names);
    if (detailed) {
        data["key_info"] = std::move(info);
    }
    return bao_data(std::move(data));
}

}  // namespace wavegate::sandbox
