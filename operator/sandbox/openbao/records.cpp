#include "operator/sandbox/openbao/records.hpp"

#include <charconv>

namespace wavegate::sandbox::bao {
namespace json = boost::json;
namespace {

constexpr std::string_view kMergePatch = "application/merge-patch+json";

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

}  // namespace

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

std::optional<BaoReply> check_patch(const KvRequest& request) {
    if (request.content_type == kMergePatch) {
        return std::nullopt;
    }
    return bao_error(
        request.content_type.empty() ? 400 : 415,
        "PATCH requires Content-Type of application/merge-patch+json");
}

}  // namespace wavegate::sandbox::bao
