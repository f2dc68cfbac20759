#include "operator/sandbox/openbao/openbao.hpp"

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "operator/sandbox/openbao/namespaces.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace wavegate::sandbox {
namespace json = boost::json;
namespace {

constexpr std::string_view kAclDenied = "1 error occurred:\n\t* permission denied\n\n";

HttpResponse with_body(int status, const json::value& body) {
    HttpResponse response(status, json::serialize(body));
    response.headers.add("Cache-Control", "no-store");
    response.headers.add("Content-Type", "application/json");
    return response;
}

HttpResponse failure(int status, std::string_view text) {
    return with_body(status, json::object{{"errors", json::array{text}}});
}

std::string token_of(const HttpRequest& request) {
    if (const auto token = request.headers.get("X-Vault-Token")) {
        return std::string(*token);
    }
    const auto header = request.headers.get("Authorization").value_or("");
    return iequals(header.substr(0, 7), "Bearer ") ? std::string(trim(header.substr(7)))
                                                   : std::string();
}

bool is_write(std::string_view method) {
    return method != "GET" && method != "LIST";
}

std::optional<json::value> body_of(const HttpRequest& request) {
    if (request.body.empty()) {
        return json::value(nullptr);
    }
    boost::system::error_code error;
    auto body = json::parse(request.body, error);
    return error ? std::nullopt : std::optional<json::value>(std::move(body));
}

std::string join(const std::vector<std::string>& segments, std::size_t from) {
    std::string path;
    for (auto i = from; i < segments.size(); ++i) {
        path += path.empty() ? "" : "/";
        path += segments[i];
    }
    return path;
}

}  // namespace

OpenBao::OpenBao(Clock& clock, OpenBaoSettings settings)
    : clock_(clock), settings_(std::move(settings)) {
    add_namespace({});
}

asio::awaitable<HttpResponse> OpenBao::answer(HttpRequest request) {
    co_return handle(request);
}

HttpResponse OpenBao::handle(const HttpRequest& request) {
    Call call{request, parse_target(request.url), token_of(request)};
    const auto& segments = call.target.segments;
    if (segments.empty() || segments[0] != "v1") {
        return failure(404, "unsupported path");
    }
    call.path = join(segments, 1);
    if (std::find(segments.begin(), segments.end(), "..") != segments.end()) {
        return failure(400, "relative paths not supported");
    }
    if (auto answer = before_namespaces(call)) {
        return std::move(*answer);
    }
    if (!enter_namespace(call)) {
        return failure(404, "namespace not found");
    }
    call.path = join(segments, 1);
    if (call.path == "sys/health") {
        return failure(400, "operation only available in root namespace");
    }
    if (call.path == "auth/approle/login" || call.path == "auth/jwt/login") {
        return render(login(call));
    }
    const auto* token = tokens_.find(call.token, now());
    if (token == nullptr) {
        return failure(403, "permission denied");
    }
    call.seen_from = bao::path_between(token->name_space, call.name_space);
    return render(authorized(call, *token));
}

std::optional<HttpResponse> OpenBao::before_namespaces(const Call& call) const {
    if (call.path == "sys/seal-status") {
        return seal_status();
    }
    if (call.path == "sys/health") {
        const auto name = call.request.headers.get("X-Vault-Namespace").value_or("");
        return name.empty() ? health() : failure(400, "operation unavailable in namespaces");
    }
    if (state_ == BaoState::Sealed || state_ == BaoState::Uninitialised) {
        return failure(503, "Vault is sealed");
    }
    if (throttled_) {
        return failure(
            429, fmt::format("request path \"{}\": rate limit quota exceeded", call.path));
    }
    if (state_ == BaoState::Standby && !dead_leader_.empty() && is_write(call.request.method)) {
        HttpResponse response(307);
        response.headers.add("Cache-Control", "no-store");
        response.headers.add("Location", dead_leader_ + std::string(url_target(call.request.url)));
        return response;
    }
    return std::nullopt;
}

HttpResponse OpenBao::health() const {
    const bool initialised = state_ != BaoState::Uninitialised;
    const bool sealed = !initialised || state_ == BaoState::Sealed;
    const bool standby = sealed || state_ == BaoState::Standby;
    json::object body{
        {"initialized", initialised},
        {"sealed", sealed},
        {"standby", standby},
        {"replication_performance_mode", sealed ? "unknown" : (standby ? "primary" : "disabled")},
        {"replication_dr_mode", sealed ? "unknown" : "disabled"},
        {"server_time_utc",
         std::chrono::floor<std::chrono::seconds>(now().time_since_epoch()).count()},
        {"version", "2.7.2"}};
    if (!sealed) {
        body["cluster_name"] = "vault-cluster-sandbox";
        body["cluster_id"] = "00000000-0000-4000-8000-000000000001";
    }
    const int status = !initialised ? 501 : sealed ? 503 : standby ? 429 : 200;
    return with_body(status, body);
}

HttpResponse OpenBao::seal_status() const {
    const bool initialised = state_ != BaoState::Uninitialised;
    const json::object body{
        {"type", "shamir"},
        {"initialized", initialised},
        {"sealed", !initialised || state_ == BaoState::Sealed},
        {"t", 2},
        {"n", 3},
        {"progress", 0},
        {"nonce", ""},
        {"recovery_seal", false},
        {"version", "2.7.2"},
        {"commit_date", "2026-10-26T20:32:27Z"},
        {"migration", false},
        {"storage_type", "raft"}};
    return with_body(200, body);
}

BaoReply OpenBao::authorized(const Call& call, const BaoToken& token) {
    if (call.path.starts_with("auth/token/")) {
        return token_call(call);
    }
    if (call.path.starts_with("sys/internal/ui/mounts/")) {
        return mount_info(call, token);
    }
    const auto& mount = call.target.segments.size() > 1 ? call.target.segments[1] : call.path;
    if (mount == settings_.mount || mount == settings_.v1_mount) {
        return kv(call, token);
    }
    if (!token.root || !call.seen_from) {
        return bao_error(403, std::string(kAclDenied));
    }
    return bao_error(
        404, fmt::format("no handler for route \"{}\". route entry not found.", call.path));
}

BaoReply OpenBao::token_call(const Call& call) {
    if (call.path == "auth/token/lookup-self" && call.request.method == "GET") {
        return tokens_.lookup(call.token, now());
    }
    if (call.path == "auth/token/renew-self" && is_write(call.request.method)) {
        const auto body = body_of(call.request).value_or(nullptr);
        std::optional<Duration> increment;
        if (const auto* fields = body.if_object()) {
            const auto* text = fields->if_contains("increment");
            if (text != nullptr && text->is_string()) {
                increment = parse_duration(text->get_string());
            }
        }
        return tokens_.renew(call.token, increment, now());
    }
    return bao_error(403, std::string(kAclDenied));
}

BaoReply OpenBao::mount_info(const Call& call, const BaoToken& token) const {
    const auto& segments = call.target.segments;
    const auto mount = segments.size() > 5 ? segments[5] : std::string();
    const bool known = mount == settings_.mount || mount == settings_.v1_mount;
    if (!known || !call.seen_from ||
        !BaoTokens::allows_below(token, *call.seen_from + mount + "/")) {
        return bao_error(
            403,
            fmt::format(
                "preflight capability check returned 403, please ensure client's policies grant "
                "access to path \"{}/\"",
                mount));
    }
    const json::object data{
        {"accessor", "kv_" + short_hash(mount, 8)},
        {"config",
         json::object{{"default_lease_ttl", 0}, {"force_no_cache", false}, {"max_lease_ttl", 0}}},
        {"deprecation_status", "supported"},
        {"description", ""},
        {"external_entropy_access", false},
        {"local", false},
        {"options", json::object{{"version", mount == settings_.mount ? "2" : "1"}}},
        {"path", mount + "/"},
        {"plugin_version", ""},
        {"running_plugin_version", "v2.7.2+builtin.bao"},
        {"running_sha256", ""},
        {"seal_wrap", false},
        {"type", "kv"},
        {"uuid", "00000000-0000-4000-8000-000000000002"}};
    return bao_data(data);
}

std::string OpenBao::capability(const Space& space, const KvRequest& request) {
    if (request.lists()) {
        return "list";
    }
    if (request.method == "PATCH") {
        return "patch";
    }
    if (request.method == "DELETE") {
        return "delete";
    }
    if (!request.writes()) {
        return "read";
    }
    const bool exists = request.kind.empty() ? space.v1.entries.contains(request.path)
                                             : space.v2.entries.contains(request.path);
    const bool makes = request.kind.empty() || request.kind == "data" || request.kind == "metadata";
    return makes && !exists ? "create" : "update";
}

BaoReply OpenBao::kv(const Call& call, const BaoToken& token) {
    const auto& segments = call.target.segments;
    const bool v2 = segments[1] == settings_.mount;
    auto body = body_of(call.request);
    if (!body) {
        return bao_error(400, "failed to decode JSON input: invalid character");
    }
    const bool posts = call.request.method == "POST" || call.request.method == "PUT";
    if (posts && call.path.ends_with('/')) {
        return bao_error(400, "cannot write to a path ending in '/'");
    }
    KvRequest request;
    request.method = call.request.method;
    request.kind = v2 && segments.size() > 2 ? segments[2] : std::string();
    request.path = join(segments, v2 ? 3 : 2);
    if (request.path.ends_with('/')) {
        request.path.pop_back();
    }
    request.query = call.target.query;
    request.content_type = std::string(call.request.headers.get("Content-Type").value_or(""));
    request.body = std::move(*body);
    request.now = now();
    // The policy path of a list ends in a slash, however it was asked.
    const auto acl_path =
        request.lists() && !call.path.ends_with('/') ? call.path + "/" : call.path;
    auto& space = spaces_.at(call.name_space);
    if (!call.seen_from ||
        !BaoTokens::allows(token, *call.seen_from + acl_path, capability(space, request))) {
        return bao_error(403, std::string(kAclDenied));
    }
    auto reply = v2 ? space.v2.serve(request) : space.v1.serve(request);
    if (reply.status < 300 && is_write(request.method)) {
        writes_.push_back(
            {clock_.now(), token.name, request.method, call.path, request.path, call.name_space});
    }
    return reply;
}

HttpResponse OpenBao::render(const BaoReply& reply) {
    if (reply.errors) {
        json::array errors;
        for (const auto& error : *reply.errors) {
            errors.emplace_back(error);
        }
        return with_body(reply.status, json::object{{"errors", std::move(errors)}});
    }
    if (!reply.data && reply.warnings.empty() && reply.auth.is_null()) {
        HttpResponse response(reply.status);
        response.headers.add("Cache-Control", "no-store");
        response.headers.add("Content-Type", "application/json");
        return response;
    }
    json::value warnings = nullptr;
    if (!reply.warnings.empty()) {
        warnings = json::array(reply.warnings.begin(), reply.warnings.end());
    }
    const json::object envelope{
        {"request_id", fmt::format("00000000-0000-4000-8000-{:012}", ++requests_)},
        {"lease_id", ""},
        {"renewable", false},
        {"lease_duration", reply.lease_duration},
        {"data", reply.data.value_or(nullptr)},
        {"wrap_info", nullptr},
        {"warnings", warnings},
        {"auth", reply.auth}};
    return with_body(reply.status, envelope);
}

void OpenBao::add_token(const std::string& token, BaoToken spec) {
    tokens_.add(token, std::move(spec), now());
}

std::uint64_t OpenBao::put(
    const std::string& path,
    const std::map<std::string, std::string>& data) {
    json::object object;
    for (const auto& [key, value] : data) {
        object[key] = value;
    }
    return root().v2.put(path, std::move(object), now());
}

void OpenBao::mark(const std::string& path, std::map<std::string, std::string> custom) {
    auto [it, fresh] = root().v2.entries.try_emplace(path);
    if (fresh) {
        it->second.created = now();
    }
    it->second.updated = now();
    it->second.custom_metadata = std::move(custom);
    ++it->second.metadata_version;
}

void OpenBao::soft_delete(const std::string& path) {
    KvRequest request;
    request.method = "DELETE";
    request.kind = "data";
    request.path = path;
    request.now = now();
    root().v2.serve(request);
}

const BaoEntry* OpenBao::entry(const std::string& path) const {
    const auto it = root().v2.entries.find(path);
    return it == root().v2.entries.end() ? nullptr : &it->second;
}

std::map<std::string, std::string> OpenBao::values(const std::string& path) const {
    std::map<std::string, std::string> values;
    const auto* found = entry(path);
    if (found == nullptr || found->current_version == 0) {
        return values;
    }
    const auto& newest = found->versions.at(found->current_version);
    if (newest.gone(now()) || !newest.data.is_object()) {
        return values;
    }
    for (const auto& field : newest.data.get_object()) {
        values[std::string(field.key())] = field.value().is_string()
                                               ? std::string(field.value().get_string())
                                               : json::serialize(field.value());
    }
    return values;
}

}  // namespace wavegate::sandbox
