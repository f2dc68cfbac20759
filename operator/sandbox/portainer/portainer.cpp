#include "operator/sandbox/portainer/portainer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <charconv>
#include <utility>

namespace wavegate::sandbox {
namespace {

constexpr int kEndpoint = 1;

/// The fields of an environment as 2.23 lists them, snapshots excluded.
constexpr const char* kEnvironment = R"({"Id":1,"Name":"","Type":1,"ContainerEngine":"",
"URL":"tcp://docker.example:2375","GroupId":1,"PublicURL":"","Gpus":null,
"TLSConfig":{"TLS":false,"TLSSkipVerify":false},
"AzureCredentials":{"ApplicationID":"","TenantID":"","AuthenticationKey":""},"TagIds":[],"Status":1,
"Snapshots":[],"UserAccessPolicies":{},"TeamAccessPolicies":{},"EdgeKey":"","EdgeCheckinInterval":5,
"Kubernetes":{"Snapshots":[],"Configuration":{},"Flags":{}},"ComposeSyntaxMaxVersion":"3.9",
"SecuritySettings":{},"LastCheckInDate":0,"QueryDate":0,"Heartbeat":false,"PostInitMigrations":{},
"Edge":{},"Agent":{"Version":""},"AuthorizedUsers":null,"AuthorizedTeams":null,"Tags":null})";

HttpResponse page_not_found() {
    HttpResponse response(404, "404 page not found\n");
    response.headers.add("Content-Type", "text/plain; charset=utf-8");
    return response;
}

std::optional<int> whole_number(const std::string& text) {
    int value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = code == std::errc() && end == text.data() + text.size();
    return whole && !text.empty() ? std::optional(value) : std::nullopt;
}

HttpResponse no_environment(int id) {
    return refuse(
        404,
        "Unable to find an environment with the specified identifier inside the database",
        "Object not found inside the database (bucket=endpoints, key=" + std::to_string(id) + ")");
}

std::optional<HttpResponse> unauthorized(const HttpRequest& request, const std::string& key) {
    const auto given = request.headers.get("X-API-Key");
    const bool bearer = request.headers.get("Authorization").has_value();
    if (given && bearer) {
        return refuse(403, "api key and auth header are not allowed at the same time");
    }
    if (!given && !bearer) {
        return refuse(401, "A valid authorization token is missing", "Unauthorized");
    }
    if (!given || *given != key) {
        return refuse(401, "Invalid JWT token", "Unauthorized");
    }
    return std::nullopt;
}

}  // namespace

Portainer::Portainer(
    Clock& clock,
    const asio::any_io_executor& executor,
    Containers& containers,
    PortainerSettings settings)
    : clock_(clock),
      settings_(std::move(settings)),
      timers_(clock, executor),
      swarm_(clock, executor, containers, settings_.speed),
      background_(executor) {
    swarm_.on_event = [this](const json::object& event) { events_.tell(event); };
}

asio::awaitable<HttpResponse> Portainer::answer(HttpRequest request) {
    auto refused = unauthorized(request, settings_.api_key);
    auto call = take_apart(std::move(request));
    if (call.target.segments.empty() || call.target.segments[0] != "api") {
        co_return page_not_found();
    }
    if (call.at(0) == "system" && call.at(1) == "status") {
        json::object status;
        status["Version"] = settings_.asynchronous ? "2.45.0" : "2.23.0";
        status["InstanceID"] = cluster_id();
        co_return give(status);
    }
    if (call.at(0) == "stacks" && call.at(1) == "webhooks") {
        co_return webhook(call.at(2));
    }
    if (refused) {
        co_return std::move(*refused);
    }
    co_return co_await route(call);
}

asio::awaitable<HttpResponse> Portainer::route(Call& call) {
    if (call.at(0) == "stacks") {
        co_return co_await stack_route(call);
    }
    if (call.at(0) != "endpoints") {
        co_return page_not_found();
    }
    if (call.depth() <= 3 && call.method == "GET") {
        co_return environments(call);
    }
    const auto id = whole_number(call.at(1));
    if (!id || *id != kEndpoint) {
        co_return no_environment(id.value_or(0));
    }
    if (call.at(2) == "forceupdateservice" && call.method == "PUT") {
        co_return force_update(call);
    }
    if (call.at(2) == "docker") {
        const std::size_t skip = call.at(3).starts_with("v1.") ? 4 : 3;
        if (call.at(skip) == "events" && call.method == "GET") {
            co_return co_await docker_events(call);
        }
        co_return docker(call, skip);
    }
    co_return page_not_found();
}

HttpResponse Portainer::environments(const Call& call) const {
    auto environment = json::parse(kEnvironment).as_object();
    environment["Name"] = settings_.environment;
    environment["Status"] = engine_down_ ? 2 : 1;
    if (call.depth() == 3) {
        environment["EdgeCheckinInterval"] = 0;
        const auto id = whole_number(call.at(1));
        if (!id) {
            return refuse(400, "Invalid environment identifier route variable");
        }
        return *id == kEndpoint ? give(environment) : no_environment(*id);
    }
    json::array all;
    const auto wanted = call.target.query.get("name");
    if (wanted.empty() || wanted == settings_.environment) {
        all.emplace_back(std::move(environment));
    }
    auto response = give(all);
    response.headers.add("X-Total-Count", std::to_string(all.size()));
    return response;
}

asio::awaitable<HttpResponse> Portainer::stack_route(Call& call) {
    const bool post = call.method == "POST";
    if (call.depth() == 2) {
        const bool alias = post && call.target.query.get("type") == "1";
        if (call.method == "GET") {
            co_return list_stacks(call);
        }
        if (alias && call.target.query.get("method") == "string") {
            co_return co_await create_string(call);
        }
        if (alias && call.target.query.get("method") == "repository") {
            co_return co_await create_git(call);
        }
        co_return HttpResponse(405);
    }
    if (post && call.at(1) == "create" && call.at(2) == "swarm") {
        if (call.at(3) == "string") {
            co_return co_await create_string(call);
        }
        if (call.at(3) == "repository") {
            co_return co_await create_git(call);
        }
        co_return page_not_found();
    }
    if (call.method == "DELETE" && call.depth() == 3) {
        co_return delete_stack(call, call.at(1));
    }
    const auto id = whole_number(call.at(1));
    if (!id) {
        co_return refuse(400, "Invalid stack identifier route variable");
    }
    if (!stacks_.contains(*id)) {
        co_return refuse(
            404,
            "Unable to find a stack with the specified identifier inside the database",
            "Object not found inside the database (bucket=stacks, key=" + call.at(1) + ")");
    }
    co_return co_await one_stack_route(call, *id);
}

asio::awaitable<HttpResponse> Portainer::one_stack_route(Call& call, int id) {
    const auto verb = call.at(2);
    if (call.method != "GET") {
        if (auto refused = deploying(id)) {
            co_return std::move(*refused);
        }
    }
    if (call.method == "GET" && verb.empty()) {
        co_return give(to_json(stacks_.at(id), true));
    }
    if (call.method == "GET" && verb == "file") {
        co_return stack_file(id);
    }
    if (call.method == "PUT" && verb.empty()) {
        co_return co_await update_string(call, id);
    }
    if (call.method == "PUT" && verb == "git" && call.at(3) == "redeploy") {
        co_return co_await redeploy_git(call, id);
    }
    if (call.method == "POST" && verb == "git") {
        co_return git_settings(call, id);
    }
    if (call.method == "POST" && verb == "start") {
        co_return co_await start_stack(call, id);
    }
    if (call.method == "POST" && verb == "stop") {
        co_return stop_stack(call, id);
    }
    co_return page_not_found();
}

}  // namespace wavegate::sandbox
