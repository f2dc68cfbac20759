#pragma once

#include "operator/model/edit.hpp"
#include "operator/model/observed.hpp"
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
};
/// A data read: the newest version's values. Other JSON than text is kept as its JSON text.
struct Data {
    std::map<std::string, SecretValue> values;
    std::uint64_t version = 0;
};

/// Body of POST metadata: the mark beside the marks that are there already, since a given map
/// replaces the whole map.
std::string metadata_body(
    const std::string& owner,
    std::map<std::string, std::string> custom,
    std::uint64_t metadata_cas);
/// Body of POST data. Holds the secrets in clear. `kept`: values that stay, as their JSON text
/// stands in the vault, whatever its type; they take the place of the edit's.
using JsonTexts = std::map<std::string, std::string>;
std::string data_body(const SecretEdit& edit, const JsonTexts& kept = {});
/// The values of a data read that the edit leaves as they are (`before`: as they were seen), for
/// `data_body`. Conflict: it is another version than the edit's.
Result<JsonTexts> kept_values(
    const SecretEdit& edit,
    const std::map<std::string, SecretValue>& before,
    std::string_view body);
/// Does the edit leave this value of the entry as it is?
bool keeps(
    const SecretEdit& edit,
    const std::map<std::string, SecretValue>& before,
    const std::string& key);

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

/// The custom_metadata key that marks an entry as a fleet's.
inline constexpr std::string_view kOwnerMetadata = "wavegate_owner";

}  // namespace wavegate::openbao
