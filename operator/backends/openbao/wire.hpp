#pragma once

#include "operator/model/write.hpp"
#include "operator/ports/http.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

/// OpenBao's JSON (openbao.md, "KV v2"): values in, text out, and back.
namespace wavegate::openbao {

/// A metadata read: counters and marks.
struct Metadata {
    std::uint64_t current_version = 0;
    std::uint64_t metadata_version = 0;
    std::map<std::string, std::string> custom;
    /// Of the current version, while it is neither deleted nor destroyed; empty: not told.
    std::string created;
};
/// A data read: the newest version's values. Other JSON than text is kept as its JSON text.
struct Data {
    std::map<std::string, SecretValue> values;
    /// All of them as their JSON text stands there, byte for byte.
    std::map<std::string, SecretValue> json;
    std::uint64_t version = 0;
};

/// Body of POST metadata; a given map replaces the whole map.
std::string metadata_body(const VaultMarks& marks);
/// Body of POST data. Holds the secrets in clear.
std::string data_body(const VaultWrite& write);

/// Makes a request mean this namespace (openbao.md, "X-Vault-Namespace"); empty: the root one.
void in_namespace(HttpRequest& request, const std::string& name);

/// Bodies of logins. They hold the credentials in clear.
std::string app_role_body(const Secret& role_id, const Secret& secret_id);
std::string jwt_login_body(const std::string& role, const Secret& jwt);

/// A token as a login or a renewal gives it.
struct Login {
    SecretValue token;
    Duration life{0};  ///< zero: it never ends
    bool renewable = false;
};
Result<Login> parse_login(std::string_view body);
/// A login or renewal that did not succeed: Denied, with the claim or the half that is wrong where
/// the server says it; else as `refusal`.
Error login_refusal(const HttpResponse& response);

/// Protocol: not what the server answers. Unknown fields are passed over.
Result<Metadata> parse_metadata(std::string_view body);
Result<Data> parse_data(std::string_view body);
/// Version of a data write's answer.
Result<std::uint64_t> parse_written(std::string_view body);
/// What sys/internal/ui/mounts says of a mount.
enum class MountKind { Kv1, Kv2, Other };
Result<MountKind> parse_mount(std::string_view body);

/// {"errors":[]}: nothing was ever there. Any other 404 is another matter.
bool says_nothing_there(const HttpResponse& response);

/// 403 for the token itself (none, wrong, expired, revoked), and not for its policy.
bool refuses_token(const HttpResponse& response);

/// An answer that is no success: Unavailable (sealed, 307 of a standby, 5xx), Denied (token or
/// policy), Conflict (check-and-set), Throttled, Invalid, NotFound, Protocol. `write`: a 5xx
/// may have changed something, unless the server says that it is sealed.
Error refusal(const HttpResponse& response, bool write);

}  // namespace wavegate::openbao
