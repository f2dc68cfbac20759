#include "operator/backends/portainer/api.hpp"

#include "operator/backends/portainer/wire.hpp"

#include <fmt/format.h>

#include <utility>

namespace wavegate::portainer {

Api::Api(Transport& transport, Credentials& credentials, PortainerSpec spec)
    : transport_(transport), credentials_(credentials), spec_(std::move(spec)) {
    while (spec_.url.ends_with('/')) {
        spec_.url.pop_back();
    }
}

HttpRequest Api::request_for(std::string method, const std::string& path, std::string body) const {
    HttpRequest request(std::move(method), spec_.url + "/api" + path);
    // Any other type makes Portainer lose the body (portainer.md).
    request.headers.add("Content-Type", "application/json");
    request.body = std::move(body);
    request.response_limit = kObjectLimit;
    return request;
}

Task<HttpResponse> Api::send(HttpRequest request) {
    auto token = co_await credentials_.resolve(spec_.token, spec_.url);
    if (!token) {
        co_return token.take_error().in("portainer: token");
    }
    request.add_secret("X-API-Key", std::move(*token), Credential::given(spec_.token.text));
    auto answer = co_await transport_.send(std::move(request));
    if (!answer) {
        co_return answer.take_error().in("portainer");
    }
    co_return std::move(*answer);
}

Task<std::string> Api::text(std::string path, std::size_t limit) {
    auto request = request_for("GET", path);
    request.response_limit = limit;
    auto answer = co_await send(std::move(request));
    if (!answer) {
        // Whatever became of a read, it changed nothing.
        co_return answer.take_error().with_effect(Effect::None);
    }
    if (answer->status != 200) {
        co_return read_error(*answer);
    }
    co_return std::move(answer->body);
}

Task<boost::json::value> Api::read(std::string path, std::size_t limit) {
    auto body = co_await text(std::move(path), limit);
    if (!body) {
        co_return body.take_error();
    }
    co_return parse_body(*body);
}

Task<Api::Environment> Api::environment() {
    if (environment_) {
        co_return *environment_;
    }
    const auto failures = failures_;
    const auto turn = co_await turns_.take();
    if (environment_) {
        co_return *environment_;
    }
    if (failures_ != failures) {
        co_return failure_;
    }
    auto found = co_await look_up();
    if (!found) {
        ++failures_;
        failure_ = found.error();
        co_return found.take_error();
    }
    environment_ = *found;
    co_return found;
}

Task<Api::Environment> Api::look_up() {
    auto endpoints = co_await read("/endpoints?excludeSnapshots=true");
    if (!endpoints) {
        co_return endpoints.take_error();
    }
    auto id = environment_id(*endpoints, spec_.environment);
    if (!id) {
        co_return id.take_error();
    }
    auto cluster = co_await read(fmt::format("/endpoints/{}/docker/swarm", *id));
    if (!cluster) {
        co_return cluster.take_error();
    }
    auto swarm = swarm_id(*cluster);
    if (!swarm) {
        co_return swarm.take_error();
    }
    Environment found;
    found.id = *id;
    found.swarm = std::move(*swarm);
    co_return found;
}

Task<std::string> Api::docker_text(std::string path, std::size_t limit) {
    auto where = co_await environment();
    if (!where) {
        co_return where.take_error();
    }
    auto body = co_await text(fmt::format("/endpoints/{}/docker{}", where->id, path), limit);
    if (!body && body.error().kind() == ErrorKind::NotFound) {
        environment_.reset();
    }
    co_return body;
}

Task<boost::json::value> Api::read_docker(std::string path, std::size_t limit) {
    auto body = co_await docker_text(std::move(path), limit);
    if (!body) {
        co_return body.take_error();
    }
    co_return parse_body(*body);
}

}  // namespace wavegate::portainer
