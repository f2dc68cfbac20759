#include "operator/backends/openbao/client.hpp"

#include "operator/base/text.hpp"

#include <utility>

namespace wavegate::openbao {
namespace {

Error of_read(Error error, std::string_view context) {
    return std::move(error).with_effect(Effect::None).in(context);
}

/// Encodes each segment of a path and keeps its slashes.
std::string encode_path(std::string_view path) {
    std::string out;
    while (true) {
        const auto slash = path.find('/');
        out += percent_encode(path.substr(0, slash));
        if (slash == std::string_view::npos) {
            return out;
        }
        out += '/';
        path.remove_prefix(slash + 1);
    }
}

/// What is wrong with a mount, and what to do about it.
std::string wrong_mount(MountKind kind, const std::string& mount) {
    if (kind == MountKind::Other) {
        return "the mount " + mount + " holds no key-value engine; name one of KV version 2 in " +
               "spec.openbao.mount";
    }
    return "the mount " + mount +
           " is KV version 1, which has no versions and no check-and-set; upgrade it (bao kv "
           "enable-versioning " +
           mount + ") or name one of KV version 2 in spec.openbao.mount";
}

/// An entry is 1 MiB at most (Raft's max_entry_size), its JSON text longer; metadata lists up to
/// 10,000 versions.
constexpr std::size_t kEntryLimit = std::size_t{4} << 20U;

HttpRequest json_post(std::string url, std::string body) {
    HttpRequest request("POST", std::move(url));
    request.headers.add("Content-Type", "application/json");
    request.body = std::move(body);
    return request;
}

}  // namespace

Client::Client(
    Transport& transport,
    Credentials& credentials,
    const Clock& clock,
    OpenBaoSpec spec,
    JwtSource jwt)
    : transport_(transport),
      clock_(clock),
      spec_(std::move(spec)),
      session_(transport, credentials, clock, spec_, std::move(jwt)),
      base_(spec_.url) {
    while (base_.ends_with('/')) {
        base_.pop_back();
    }
}

std::string Client::target(std::string_view kind, std::string_view path) const {
    return base_ + "/v1/" + encode_path(spec_.mount) + "/" + std::string(kind) + "/" +
           encode_path(path);
}

Task<HttpResponse> Client::call(HttpRequest request) {
    auto token = co_await session_.token();
    if (!token) {
        co_return token.take_error().with_effect(Effect::None);
    }
    request.credentials = session_.credentials();
    in_namespace(request, spec_.name_space);
    if (!session_.logs_in()) {
        request.secret_headers.emplace_back("X-Vault-Token", std::move(*token));
        co_return co_await transport_.send(std::move(request));
    }
    HttpRequest again = request;
    request.secret_headers.emplace_back("X-Vault-Token", *token);
    auto response = co_await transport_.send(std::move(request));
    if (!response || !refuses_token(*response)) {
        co_return response;
    }
    // Refused before anything was done, so a write may be sent again too: the token was revoked,
    // or the server restarted without it.
    session_.forget(*token);
    token = co_await session_.token();
    if (!token) {
        co_return token.take_error().with_effect(Effect::None);
    }
    again.secret_headers.emplace_back("X-Vault-Token", std::move(*token));
    co_return co_await transport_.send(std::move(again));
}

Task<HttpResponse> Client::get(std::string target) {
    HttpRequest request("GET", std::move(target));
    request.response_limit = kEntryLimit;
    co_return co_await call(std::move(request));
}

Task<void> Client::require_kv2() {
    if (is_kv2_) {
        co_return Result<void>();
    }
    auto response = co_await get(base_ + "/v1/sys/internal/ui/mounts/" + encode_path(spec_.mount));
    if (!response) {
        co_return of_read(response.take_error(), "mount");
    }
    if (response->status != 200) {
        co_return refusal(*response, false).in("mount");
    }
    const auto kind = parse_mount(response->body);
    if (!kind) {
        auto error = kind.error();
        co_return std::move(error).in("mount");
    }
    if (*kind != MountKind::Kv2) {
        co_return Error(ErrorKind::Invalid, wrong_mount(*kind, spec_.mount));
    }
    is_kv2_ = true;
    co_return Result<void>();
}

Task<std::optional<Metadata>> Client::metadata(std::string path) {
    auto response = co_await get(target("metadata", path));
    if (!response) {
        co_return of_read(response.take_error(), "metadata");
    }
    if (says_nothing_there(*response)) {
        co_return std::optional<Metadata>();
    }
    if (response->status != 200) {
        co_return refusal(*response, false).in("metadata");
    }
    auto parsed = parse_metadata(response->body);
    if (!parsed) {
        co_return parsed.take_error().in("metadata");
    }
    co_return std::optional<Metadata>(std::move(*parsed));
}

Task<std::optional<VaultEntry>> Client::read(std::string path) {
    auto mount = co_await require_kv2();
    if (!mount) {
        co_return mount.take_error().in("openbao: read");
    }
    auto known = co_await metadata(path);
    if (!known) {
        co_return known.take_error().in("openbao: read");
    }
    if (!*known) {
        co_return std::optional<VaultEntry>();
    }
    VaultEntry entry;
    entry.version = (*known)->current_version;
    entry.metadata_version = (*known)->metadata_version;
    entry.custom_metadata = std::move((*known)->custom);
    if (entry.version == 0) {
        co_return std::optional<VaultEntry>(std::move(entry));
    }
    const auto created = (*known)->created;
    const auto before = known_.find(path);
    if (before != known_.end() && !created.empty() && before->second.created == created &&
        before->second.version == entry.version) {
        entry.data = before->second.data;
        entry.json = before->second.json;
        co_return std::optional<VaultEntry>(std::move(entry));
    }
    auto response = co_await get(target("data", path));
    if (!response) {
        co_return of_read(response.take_error(), "openbao: read data");
    }
    if (response->status != 200 && response->status != 404) {
        co_return refusal(*response, false).in("openbao: read data");
    }
    if (says_nothing_there(*response)) {
        co_return Error(ErrorKind::Conflict, "openbao: read data: it went away meanwhile");
    }
    auto data = parse_data(response->body);
    wipe(response->body);
    if (!data) {
        co_return data.take_error().in("openbao: read data");
    }
    const bool same = data->version == entry.version;
    // Written between the two reads: the version that goes with these values counts for
    // check-and-set.
    entry.version = data->version;
    entry.deleted = response->status == 404;
    entry.data = std::move(data->values);
    entry.json = std::move(data->json);
    if (same && !entry.deleted && !created.empty()) {
        known_[path] = {entry.version, created, entry.data, entry.json};
    } else {
        known_.erase(path);
    }
    co_return std::optional<VaultEntry>(std::move(entry));
}

Task<Receipt> Client::apply(Permit permit) {
    const auto* entry = permit.as<VaultWrite>();
    if (entry == nullptr) {
        co_return Error(ErrorKind::Internal, "openbao: not an entry's write");
    }
    auto mount = co_await require_kv2();
    if (!mount) {
        co_return mount.take_error().in("openbao: write");
    }
    if (entry->marks) {
        auto marked = co_await mark(*entry, permit.good_until());
        if (!marked) {
            co_return marked.take_error().in("openbao: mark");
        }
    }
    auto version = co_await write(*entry, permit.good_until());
    if (!version) {
        auto error = version.take_error();
        if (entry->marks) {
            error = std::move(error).with_effect(Effect::Maybe);
        }
        co_return std::move(error).in("openbao: write");
    }
    Receipt receipt;
    receipt.edit = permit.edit();
    receipt.digest_after = std::to_string(*version);
    receipt.at = clock_.now();
    co_return receipt;
}

Task<void> Client::mark(const VaultWrite& entry, std::optional<Mono> until) {
    auto request = json_post(target("metadata", entry.path), metadata_body(*entry.marks));
    request.good_until = until;
    auto response = co_await call(std::move(request));
    if (!response) {
        co_return response.take_error();
    }
    if (response->status != 204) {
        co_return refusal(*response, true);
    }
    co_return Result<void>();
}

Task<std::uint64_t> Client::write(const VaultWrite& entry, std::optional<Mono> until) {
    auto request = json_post(target("data", entry.path), data_body(entry));
    request.good_until = until;
    auto response = co_await call(std::move(request));
    if (!response) {
        co_return response.take_error();
    }
    if (response->status != 200) {
        co_return refusal(*response, true);
    }
    auto version = parse_written(response->body);
    if (!version) {
        co_return version.take_error().with_effect(Effect::Maybe);
    }
    co_return version;
}

}  // namespace wavegate::openbao
