#include "operator/client/api.hpp"

#include "operator/base/text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

namespace wavegate::client {
namespace json = boost::json;
namespace {

constexpr std::string_view kDefaultServer = "http://127.0.0.1:8080";
constexpr std::size_t kAnswerLimit = std::size_t{64} << 20U;

Error failure(int status, std::string message) {
    ErrorKind kind = ErrorKind::Protocol;
    if (status == 401 || status == 403) {
        kind = ErrorKind::Denied;
    } else if (status == 404) {
        kind = ErrorKind::NotFound;
    } else if (status == 409) {
        kind = ErrorKind::Conflict;
    } else if (status == 429) {
        kind = ErrorKind::Throttled;
    } else if (status == 400 || status == 422) {
        kind = ErrorKind::Invalid;
    } else if (status >= 500) {
        kind = ErrorKind::Unavailable;
    }
    return Error(kind, std::move(message)).with_status(status);
}

/// Our own operator's sentence about a refusal; it goes to the person who asked, and no further.
std::string sentence_of(const json::value& answer) {
    const auto* object = answer.if_object();
    for (const auto* key : {"message", "error"}) {
        const auto* member = object == nullptr ? nullptr : object->if_contains(key);
        if (member != nullptr && member->is_string()) {
            return std::string(member->get_string());
        }
    }
    return {};
}

/// What a person can do about a refusal that is about who asks.
std::string cure_of(int status, std::string_view token_ref) {
    if (status != 401) {
        return {};
    }
    return token_ref.empty() ? ": give it by --token-ref env:NAME or file:PATH"
                             : fmt::format(": {} holds another one", token_ref);
}

Error refusal(const HttpResponse& response, std::string_view token_ref) {
    boost::system::error_code broken;
    const auto answer = json::parse(response.body, broken);
    auto sentence = broken ? std::string() : sentence_of(answer);
    if (sentence.empty()) {
        sentence = "the operator answered " + std::to_string(response.status);
    }
    return failure(response.status, sentence + cure_of(response.status, token_ref));
}

bool may_stand_in_header(std::string_view token) {
    return !token.empty() && std::all_of(token.begin(), token.end(), [](unsigned char sign) {
        return sign > 0x20 && sign < 0x7F;
    });
}

Result<SecretValue> checked(std::string&& raw, std::string_view reference) {
    std::string token(trim(raw));
    wipe(raw);
    if (!may_stand_in_header(token)) {
        wipe(token);
        return Error(
            ErrorKind::Invalid,
            std::string(reference) + " holds no token: it is missing, empty or has blanks inside");
    }
    return make_secret(std::move(token));
}

}  // namespace

Result<SecretValue> read_token(std::string_view reference) {
    if (reference.empty()) {
        return SecretValue();
    }
    if (reference.starts_with("env:")) {
        const std::string name(reference.substr(4));
        const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): one thread
        return checked(value == nullptr ? std::string() : std::string(value), reference);
    }
    if (reference.starts_with("file:")) {
        std::ifstream file(std::string(reference.substr(5)), std::ios::binary);
        return checked(
            std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()),
            reference);
    }
    return Error(ErrorKind::Invalid, "--token-ref is neither env:NAME nor file:PATH");
}

Result<std::string> Api::server() const {
    std::string url = context_->server;
    if (url.empty() && context_->configured_server) {
        url = context_->configured_server();
    }
    if (url.empty()) {
        url = kDefaultServer;
    }
    while (url.ends_with('/')) {
        url.pop_back();
    }
    const bool scheme = url.starts_with("http://") || url.starts_with("https://");
    if (!scheme || url_authority(url).empty() || url.find_first_of("@?# ") != std::string::npos) {
        return Error(ErrorKind::Invalid, "--server is no address like http://127.0.0.1:8080");
    }
    return url;
}

Result<json::value> Api::send(HttpRequest request) const {
    auto base = server();
    if (!base) {
        return base.take_error();
    }
    auto token = read_token(context_->token_ref);
    if (!token) {
        return token.take_error();
    }
    request.url = *base + request.url;
    request.headers.set("Accept", "application/json");
    request.response_limit = kAnswerLimit;
    if (*token) {
        std::string bearer = "Bearer ";
        (*token)->reveal([&](std::string_view text) { bearer += text; });
        request.secret_headers.emplace_back("Authorization", make_secret(std::move(bearer)));
    }
    auto response = context_->exchange(std::move(request));
    if (!response) {
        return response.take_error().in("no answer from the operator at " + *base);
    }
    if (response->status < 200 || response->status > 299) {
        return refusal(*response, context_->token_ref);
    }
    if (trim(response->body).empty()) {
        return json::value(json::object{});
    }
    boost::system::error_code broken;
    auto answer = json::parse(response->body, broken);
    if (broken) {
        return failure(response->status, "what answers at " + *base + " is no wavegate operator");
    }
    return answer;
}

Result<json::value> Api::get(std::string_view path) const {
    return send(HttpRequest("GET", std::string(path)));
}

Result<json::value> Api::post(std::string_view path, const json::object& body) const {
    HttpRequest request("POST", std::string(path));
    request.headers.set("Content-Type", "application/json");
    request.body = json::serialize(body);
    return send(std::move(request));
}

}  // namespace wavegate::client
