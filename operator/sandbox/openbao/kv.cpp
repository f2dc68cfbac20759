#include "operator/sandbox/openbao/kv.hpp"

#include "operator/sandbox/openbao/records.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace wavegate::sandbox {
namespace json = boost::json;
namespace {

constexpr std::uint64_t kDefaultMaxVersions = 10;

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
    data["metadata"] = bao::version_record(*entry, number);
    return bao_data(std::move(data), gone ? 404 : 200);
}

std::optional<BaoReply> KvV2::check_cas(const json::object& body, const BaoEntry* entry) const {
    const auto* options = body.if_contains("options");
    const bool has_options = options != nullptr && options->is_object();
    const auto cas =
        has_options ? bao::number_at(options->get_object(), "cas") : std::optional<std::uint64_t>();
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
    const auto body = bao::body_of(request);
    const auto* data = body.if_contains("data");
    if (data == nullptr || !(data->is_object() || data->is_null())) {
        return bao_error(400, "no data provided");
    }
    if (auto wrong = check_cas(body, find(request.path))) {
        return *wrong;
    }
    const auto number = put(request.path, *data, request.now);
    return bao_data(bao::version_record(entries.at(request.path), number));
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
    if (auto wrong = bao::check_patch(request)) {
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
        return bao_data(bao::version_record(*entry, entry->current_version), 404);
    }
    const auto body = bao::body_of(request);
    if (auto wrong = check_cas(body, entry)) {
        return *wrong;
    }
    const auto* changes = body.if_contains("data");
    if (changes == nullptr || !changes->is_object()) {
        return bao_error(400, "no data provided");
    }
    if (!newest.data.is_object()) {
        return bao_error(500, "1 error occurred:\n\t* resource does not exist\n\n");
    }
    auto merged = newest.data.get_object();
    merge_patch(merged, changes->get_object());
    const auto number = put(request.path, std::move(merged), request.now);
    return bao_data(bao::version_record(*entry, number));
}

}  // namespace wavegate::sandbox
