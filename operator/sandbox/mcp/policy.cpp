#include "operator/sandbox/mcp/policy.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavegate::sandbox {
namespace {

constexpr std::size_t kBulk = 100;

json::object resource(std::string_view method, const std::string& tool) {
    const std::string uri = "mcp:tools:" + tool;
    json::object attributes;
    attributes["method"] = method;
    attributes["component_type"] = "tools";
    attributes["name"] = tool;
    attributes["uri"] = uri;
    json::object out;
    out["uri"] = uri;
    out["attributes"] = std::move(attributes);
    out["type"] = "resource";
    return out;
}

json::object question(json::object principal, json::object target, std::string_view action) {
    json::object out;
    out["principal"] = std::move(principal);
    out["resource"] = std::move(target);
    out["action"] = action;
    return out;
}

PolicyAnswer trouble(std::string text) {
    PolicyAnswer answer;
    answer.trouble = std::move(text);
    return answer;
}

/// httpx's text for an answer that is not 200.
std::string status_trouble(int status, const std::string& url) {
    const bool ours = status < 500;
    std::string phrase = "Internal Server Error";
    if (status == 503) {
        phrase = "Service Unavailable";
    } else if (status == 502) {
        phrase = "Bad Gateway";
    } else if (ours) {
        phrase = "Bad Request";
    }
    return fmt::format(
        "{} error '{} {}' for url '{}'\nFor more information check: "
        "https://developer.mozilla.org/en-US/docs/Web/HTTP/Status/{}",
        ours ? "Client" : "Server",
        status,
        phrase,
        url,
        status);
}

bool add_decision(const json::value& item, PolicyAnswer& answer) {
    const auto* decision = item.if_object();
    const auto* allowed = decision != nullptr ? decision->if_contains("allowed") : nullptr;
    if (allowed == nullptr || !allowed->is_bool()) {
        return false;
    }
    answer.allowed.push_back(allowed->get_bool());
    if (const auto* reason = decision->if_contains("reason");
        reason != nullptr && reason->is_string()) {
        answer.reason = std::string(reason->get_string());
    }
    return true;
}

PolicyAnswer read_answer(const std::string& body) {
    boost::system::error_code failure;
    const json::value parsed = json::parse(body, failure);
    PolicyAnswer answer;
    bool good = !failure;
    if (const auto* all = parsed.if_array()) {
        for (const auto& item : *all) {
            good = add_decision(item, answer) && good;
        }
    } else {
        good = good && add_decision(parsed, answer);
    }
    return good && !answer.allowed.empty() ? answer
                                           : trouble("Expecting value: line 1 column 1 (char 0)");
}

}  // namespace

asio::awaitable<PolicyAnswer> PolicyMiddleware::may_list(
    Caller caller,
    std::vector<std::string> tools) {
    PolicyAnswer all;
    for (std::size_t from = 0; from < tools.size(); from += kBulk) {
        json::array bulk;
        for (std::size_t i = from; i < std::min(from + kBulk, tools.size()); ++i) {
            bulk.push_back(question(principal(caller), resource("tools/list", tools[i]), "list"));
        }
        json::value body = std::move(bulk);
        PolicyAnswer part = co_await ask("/check/bulk", std::move(body));
        if (!part.trouble.empty()) {
            co_return part;
        }
        all.allowed.insert(all.allowed.end(), part.allowed.begin(), part.allowed.end());
    }
    co_return all;
}

asio::awaitable<PolicyAnswer>
PolicyMiddleware::may_execute(Caller caller, std::string tool, json::object arguments) {
    json::object target = resource("tools/call", tool);
    auto& attributes = target["attributes"].as_object();
    if (source_ == PrincipalSource::Header) {
        attributes["arguments"] = std::move(arguments);
    } else {
        json::array names;
        for (const auto& argument : arguments) {
            names.emplace_back(argument.key());
        }
        attributes["argument_names"] = std::move(names);
    }
    json::value body = question(principal(caller), std::move(target), "execute");
    co_return co_await ask("/check", std::move(body));
}

/// Generation 1 believes the header and nothing else; generation 3 the verified token.
json::object PolicyMiddleware::principal(const Caller& caller) const {
    json::object attributes;
    std::string id = caller.agent_id.value_or("unknown");
    if (source_ == PrincipalSource::Jwt) {
        id = caller.claims ? client_of(*caller.claims) : "unknown";
        attributes["agent_id"] = id;
        const auto* subject = caller.claims ? caller.claims->if_contains("sub") : nullptr;
        attributes["user_id"] = subject != nullptr ? *subject : json::value("unknown");
        attributes["jwt_verified"] = caller.claims.has_value();
    } else {
        attributes["agent_id"] = id;
        attributes["user_id"] = "unknown";
        if (!caller.user_agent.empty()) {
            attributes["user_agent"] = caller.user_agent;
        }
    }
    json::object out;
    out["uri"] = "agent:" + id;
    out["attributes"] = std::move(attributes);
    out["type"] = "principal";
    return out;
}

asio::awaitable<PolicyAnswer> PolicyMiddleware::ask(std::string path, json::value question) {
    HttpRequest request("POST", url_ + path);
    request.headers.add("Accept", "*/*");
    request.headers.add("User-Agent", "python-httpx/0.28.1");
    request.headers.add("Content-Type", "application/json");
    request.body = json::serialize(question);
    auto answer = co_await outside_.transport.send(std::move(request));
    if (!answer) {
        co_return trouble("[Errno 111] Connection refused");
    }
    if (answer->status != 200) {
        co_return trouble(status_trouble(answer->status, url_ + path));
    }
    co_return read_answer(answer->body);
}

}  // namespace wavegate::sandbox
