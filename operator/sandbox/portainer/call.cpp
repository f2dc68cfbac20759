#include "operator/sandbox/portainer/call.hpp"

#include "operator/base/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cctype>
#include <charconv>
#include <utility>

namespace wavegate::sandbox {
namespace {

namespace json = boost::json;

std::string capitalised(std::string text) {
    if (!text.empty()) {
        text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    }
    return text;
}

HttpResponse with_type(int status, std::string body, const char* type) {
    HttpResponse response(status, std::move(body));
    response.headers.add("Content-Type", type);
    response.headers.add("X-Content-Type-Options", "nosniff");
    return response;
}

std::optional<HttpResponse> wrong_type(const json::object& payload) {
    const auto* env = field(payload, "env");
    if (env == nullptr || env->is_null()) {
        return std::nullopt;
    }
    const auto refusal = [] {
        return refuse(
            400,
            "Invalid request payload",
            "json: cannot unmarshal value into Go struct field of type []portainer.Pair");
    };
    if (!env->is_array()) {
        return refusal();
    }
    for (const auto& pair : env->get_array()) {
        const auto* object = pair.if_object();
        const auto* value = object == nullptr ? nullptr : field(*object, "value");
        if (object == nullptr || (value != nullptr && !value->is_string())) {
            return refusal();
        }
    }
    return std::nullopt;
}

}  // namespace

std::string PortainerCall::at(std::size_t n) const {
    return n + 1 < target.segments.size() ? target.segments[n + 1] : std::string();
}

std::optional<int> PortainerCall::endpoint() const {
    const auto text = target.query.get("endpointId");
    int id = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), id);
    const bool whole = code == std::errc() && end == text.data() + text.size();
    return whole ? std::optional(id) : std::nullopt;
}

PortainerCall take_apart(HttpRequest request) {
    PortainerCall call;
    call.method = std::move(request.method);
    call.target = parse_target(request.url);
    const auto type = request.headers.get("Content-Type");
    call.form = type && type->starts_with("application/x-www-form-urlencoded");
    call.body = std::move(request.body);
    call.each = std::move(request.each);
    return call;
}

HttpResponse refuse(int status, const std::string& message, const std::string& details) {
    json::object body;
    body["details"] = capitalised(details.empty() ? message : details);
    body["message"] = message;
    return with_type(status, json::serialize(body), "application/json");
}

HttpResponse docker_refusal(int status, const std::string& message) {
    json::object body;
    body["message"] = message;
    return with_type(status, json::serialize(body), "application/json");
}

HttpResponse give(const json::value& body, int status) {
    return with_type(status, json::serialize(body), "application/json");
}

HttpResponse give_text(std::string body) {
    return with_type(200, std::move(body), "application/json");
}

std::optional<HttpResponse> read_payload(PortainerCall& call) {
    // Looking for the query's parameters swallows a form's body.
    const bool swallowed = call.form && !call.target.query.fields.empty();
    if (swallowed || call.body.empty()) {
        return refuse(400, "Invalid request payload", "EOF");
    }
    boost::system::error_code failed;
    auto parsed = json::parse(call.body, failed);
    if (failed || !parsed.is_object()) {
        return refuse(400, "Invalid request payload", "unexpected EOF");
    }
    call.payload = std::move(parsed.get_object());
    return wrong_type(call.payload);
}

const json::value* field(const json::object& payload, std::string_view name) {
    for (const auto& entry : payload) {
        if (iequals(std::string_view(entry.key().data(), entry.key().size()), name)) {
            return &entry.value();
        }
    }
    return nullptr;
}

std::string text_field(const json::object& payload, std::string_view name) {
    const auto* found = field(payload, name);
    const auto* text = found == nullptr ? nullptr : found->if_string();
    return text == nullptr ? std::string() : std::string(*text);
}

bool flag_field(const json::object& payload, std::string_view name) {
    const auto* found = field(payload, name);
    const auto* flag = found == nullptr ? nullptr : found->if_bool();
    return flag != nullptr && *flag;
}

std::optional<EnvList> env_field(const json::object& payload) {
    const auto* found = field(payload, "env");
    const auto* list = found == nullptr ? nullptr : found->if_array();
    if (list == nullptr) {
        return std::nullopt;
    }
    EnvList env;
    for (const auto& pair : *list) {
        env.emplace_back(
            text_field(pair.as_object(), "name"), text_field(pair.as_object(), "value"));
    }
    return env;
}

}  // namespace wavegate::sandbox
