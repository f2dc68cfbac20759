#include "operator/backends/openbao/wire.hpp"

#include "operator/base/text.hpp"
#include "operator/formats/answer.hpp"
#include "operator/formats/json_fields.hpp"
#include "operator/formats/json_slices.hpp"
#include "operator/net/status.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace wavegate::openbao {
namespace json = boost::json;
using formats::array_at;
using formats::flag_at;
using formats::member_slices;
using formats::number_at;
using formats::object_at;
using formats::text_at;
using formats::unexpected;

namespace {

constexpr std::string_view kSealed = "Vault is sealed";
constexpr std::string_view kTokenDenied = "permission denied";
constexpr std::string_view kNoNamespace = "namespace not found";

/// A count: what is negative or no number is none.
std::uint64_t count_at(const json::object& object, formats::FieldPath path) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, number_at(object, path)));
}

/// The envelope's `data`.
Result<json::object> data_of(std::string_view body) {
    auto value = formats::parse_json(body);
    auto* envelope = value ? value->if_object() : nullptr;
    auto* data = envelope == nullptr ? nullptr : envelope->if_contains("data");
    if (data == nullptr || !data->is_object()) {
        return unexpected("no envelope with data");
    }
    return std::move(data->get_object());
}

std::string_view slice_at(
    const std::map<std::string, std::string_view>& members,
    const std::string& name) {
    const auto at = members.find(name);
    return at == members.end() ? std::string_view() : at->second;
}

/// Texts of {"errors":[…]}; nothing when the body is something else.
std::optional<std::vector<std::string>> errors_of(std::string_view body) {
    const auto value = formats::parse_json(body);
    const auto* object = value ? value->if_object() : nullptr;
    const auto* errors = object == nullptr ? nullptr : array_at(*object, {"errors"});
    if (errors == nullptr) {
        return std::nullopt;
    }
    std::vector<std::string> out;
    for (const auto& item : *errors) {
        out.emplace_back(item.is_string() ? std::string_view(item.get_string()) : "");
    }
    return out;
}

/// Kind and reason of a refusal by what the server is known to say.
std::pair<ErrorKind, std::string_view> reason_of(int status, std::string_view said) {
    switch (status) {
        case 307:
            return {ErrorKind::Unavailable, "a standby without its leader"};
        case 400:
            if (said.find("check-and-set parameter") != std::string_view::npos) {
                return {ErrorKind::Conflict, "the entry moved on"};
            }
            return {ErrorKind::Invalid, "the request is refused"};
        case 403:
            // The bare text is about the token; wrapped in a list it is about the policy.
            if (said == kTokenDenied) {
                return {ErrorKind::Denied, "the token is missing, wrong or expired"};
            }
            return {ErrorKind::Denied, "the token's policy does not allow it"};
        case 404:
            if (said == kNoNamespace) {
                return {ErrorKind::NotFound, "spec.openbao.namespace names none that is there"};
            }
            return {ErrorKind::NotFound, "nothing there"};
        case 429:
            return {ErrorKind::Throttled, "rate limit"};
        case 503:
            return {
                ErrorKind::Unavailable,
                said == kSealed ? "sealed or not initialised" : "service unavailable"};
        default:
            return {status >= 500 ? ErrorKind::Unavailable : ErrorKind::Protocol, "HTTP status"};
    }
}

/// Why a login was refused, by what the server is known to say.
std::string_view login_reason(std::string_view said) {
    using Reason = std::pair<std::string_view, std::string_view>;
    constexpr auto kReasons = std::to_array<Reason>({
        {"invalid role or secret ID",
         "role id and secret id don't belong together, or are used up"},
        {"(aud)", "the token's audience is none that the role is bound to"},
        {"(iss)", "the token's issuer is not the one that OpenBao is bound to"},
        {"(exp)", "the token has expired, or the clocks differ"},
        {"expired", "the token has expired, or the clocks differ"},
        {"claim", "the token lacks a claim that the role is bound to"},
        {"signature", "the token is signed by a key that OpenBao does not know"},
        {"role", "the role is not there, or is not of this kind"},
        {"permission denied", "there is no such login, or its token has expired"},
    });
    for (const auto& [words, reason] : kReasons) {
        if (said.find(words) != std::string_view::npos) {
            return reason;
        }
    }
    return "it is refused";
}

}  // namespace

std::string metadata_body(const VaultMarks& marks) {
    json::object custom;
    for (const auto& [key, value] : marks.custom) {
        custom[key] = value;
    }
    const json::object body{{"metadata_cas", marks.cas}, {"custom_metadata", std::move(custom)}};
    return json::serialize(body);
}

std::string data_body(const VaultWrite& write) {
    std::string data;
    for (const auto& [key, value] : write.data) {
        data += data.empty() ? "{" : ",";
        data += json::serialize(json::string(key)) + ":";
        value->reveal([&](std::string_view text) { data += text; });
    }
    data += data.empty() ? "{}" : "}";
    auto body = fmt::format(R"({{"data":{},"options":{{"cas":{}}}}})", data, write.cas);
    wipe(data);
    return body;
}

Result<Metadata> parse_metadata(std::string_view body) {
    const auto data = data_of(body);
    if (!data) {
        return data.error();
    }
    if (!data->contains("current_version")) {
        return unexpected("metadata without current_version");
    }
    Metadata metadata;
    metadata.current_version = count_at(*data, {"current_version"});
    metadata.metadata_version = count_at(*data, {"current_metadata_version"});
    if (const auto* custom = object_at(*data, {"custom_metadata"})) {
        for (const auto& field : *custom) {
            metadata.custom[std::string(field.key())] = text_at(*custom, {field.key()});
        }
    }
    const auto current = std::to_string(metadata.current_version);
    const auto* version = object_at(*data, {"versions", current});
    if (version != nullptr && text_at(*version, {"deletion_time"}).empty() &&
        !flag_at(*version, {"destroyed"})) {
        metadata.created = text_at(*version, {"created_time"});
    }
    return metadata;
}

Result<Data> parse_data(std::string_view body) {
    const auto outer = data_of(body);
    if (!outer) {
        return outer.error();
    }
    const auto* metadata = object_at(*outer, {"metadata"});
    if (metadata == nullptr || count_at(*metadata, {"version"}) == 0) {
        return unexpected("data without a version");
    }
    Data data;
    data.version = count_at(*metadata, {"version"});
    // Null data is a version that somebody wrote as null: an entry without values.
    if (const auto* values = object_at(*outer, {"data"})) {
        for (const auto& field : *values) {
            auto value = field.value().is_string() ? std::string(field.value().get_string())
                                                   : json::serialize(field.value());
            data.values[std::string(field.key())] = make_secret(std::move(value));
        }
        const auto version = member_slices(slice_at(member_slices(body), "data"));
        for (const auto& [key, text] : member_slices(slice_at(version, "data"))) {
            data.json[key] = make_secret(std::string(text));
        }
    }
    return data;
}

Result<std::uint64_t> parse_written(std::string_view body) {
    const auto data = data_of(body);
    if (!data || count_at(*data, {"version"}) == 0) {
        return unexpected("no version of what was written");
    }
    return count_at(*data, {"version"});
}

Result<MountKind> parse_mount(std::string_view body) {
    const auto data = data_of(body);
    if (!data) {
        return data.error();
    }
    if (text_at(*data, {"type"}) != "kv") {
        return MountKind::Other;
    }
    const auto* options = object_at(*data, {"options"});
    const bool second = options != nullptr && text_at(*options, {"version"}) == "2";
    return second ? MountKind::Kv2 : MountKind::Kv1;
}

std::string app_role_body(const Secret& role_id, const Secret& secret_id) {
    json::object body;
    role_id.reveal([&](std::string_view value) { body["role_id"] = value; });
    secret_id.reveal([&](std::string_view value) { body["secret_id"] = value; });
    return json::serialize(body);
}

void in_namespace(HttpRequest& request, const std::string& name) {
    if (!name.empty()) {
        request.headers.add("X-Vault-Namespace", name);
    }
}

std::string jwt_login_body(const std::string& role, const Secret& jwt) {
    json::object body{{"role", role}};
    jwt.reveal([&](std::string_view value) { body["jwt"] = value; });
    return json::serialize(body);
}

Result<Login> parse_login(std::string_view body) {
    const auto value = formats::parse_json(body);
    const auto* envelope = value ? value->if_object() : nullptr;
    const auto* auth = envelope == nullptr ? nullptr : object_at(*envelope, {"auth"});
    if (auth == nullptr || text_at(*auth, {"client_token"}).empty()) {
        return unexpected("no token of a login");
    }
    Login login;
    login.token = make_secret(text_at(*auth, {"client_token"}));
    login.life = std::chrono::seconds(count_at(*auth, {"lease_duration"}));
    login.renewable = flag_at(*auth, {"renewable"});
    return login;
}

Error login_refusal(const HttpResponse& response) {
    const auto errors = errors_of(response.body).value_or(std::vector<std::string>());
    const std::string_view said = errors.empty() ? std::string_view() : errors.front();
    if (response.status != 400 && response.status != 403) {
        return refusal(response, false);
    }
    std::string message(login_reason(said));
    if (const auto words = their_words(said); !words.empty()) {
        message += ": " + words;
    }
    return Error(ErrorKind::Denied, std::move(message)).with_status(response.status);
}

bool refuses_token(const HttpResponse& response) {
    const auto errors = errors_of(response.body);
    return response.status == 403 && errors && !errors->empty() && errors->front() == kTokenDenied;
}

bool says_nothing_there(const HttpResponse& response) {
    const auto errors = errors_of(response.body);
    return response.status == 404 && errors && errors->empty();
}

Error refusal(const HttpResponse& response, bool write) {
    const auto errors = errors_of(response.body).value_or(std::vector<std::string>());
    const std::string_view said = errors.empty() ? std::string_view() : errors.front();
    const auto [kind, reason] = reason_of(response.status, said);
    const bool maybe = write && response.status >= 500 && said != kSealed;
    const bool refused =
        kind == ErrorKind::Invalid || kind == ErrorKind::Denied || kind == ErrorKind::NotFound;
    std::string message(reason);
    if (const auto words = their_words(said); refused && !words.empty()) {
        message += ": " + words;
    }
    Error error(kind, std::move(message), maybe ? Effect::Maybe : Effect::None);
    return net::with_status(std::move(error), response);
}

}  // namespace wavegate::openbao
