#include "operator/cli/api.hpp"

#include "operator/base/text.hpp"
#include "operator/cli/wiring.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace wavegate::cli {
namespace {

namespace json = boost::json;

json::array services_of(const status::View& view) {
    json::array services;
    for (const auto& service : view.desired->services) {
        const auto* member = view.record.member(service.name);
        json::object one;
        one["name"] = service.name;
        one["auth"] = std::string(to_string(service.auth));
        one["wave"] = service.wave;
        one["phase"] = member == nullptr ? "" : std::string(to_string(member->phase));
        one["message"] = member == nullptr ? "" : member->message;
        services.push_back(std::move(one));
    }
    return services;
}

json::object status_of(const status::View& view) {
    json::object source;
    source["revision"] = view.source.revision;
    source["ready"] = view.source.ready;
    source["message"] = view.source.message;
    json::object document;
    document["source"] = std::move(source);
    document["leader"] = view.leader;
    document["standing"] = view.standing;
    document["rollout"] = view.record.id;
    json::array waves;
    json::object backends;
    for (const auto& [name, backend] : view.backends) {
        backends[name] = backend.ok ? "ok" : backend.message;
    }
    for (const auto& [name, phase] : view.waves) {
        json::object wave;
        wave["name"] = name;
        wave["phase"] = std::string(to_string(phase));
        waves.push_back(std::move(wave));
    }
    document["backends"] = std::move(backends);
    document["waves"] = std::move(waves);
    if (view.desired != nullptr) {
        document["services"] = services_of(view);
    }
    return document;
}

net::ServerResponse respond(Operator& running, const HttpRequest& request) {
    const auto view = running.controller().view();
    const auto path = url_target(request.url);
    net::ServerResponse response;
    response.status = 200;
    if (request.method != "GET") {
        response.status = 405;
    } else if (path == "/healthz") {
        response.body = "ok\n";
    } else if (path == "/readyz") {
        const bool ready = view->leader && view->desired != nullptr && view->passes > 0;
        response.status = ready ? 200 : 503;
        response.body = ready ? "ok\n" : "no pass has ended yet\n";
    } else if (path == "/status") {
        response.headers.set("Content-Type", "application/json");
        response.body = json::serialize(status_of(*view)) + "\n";
    } else {
        response.status = 404;
    }
    return response;
}

}  // namespace

net::Server::Handler make_api(Operator& running) {
    return [&running](HttpRequest request) -> asio::awaitable<net::ServerResponse> {
        co_return respond(running, request);
    };
}

}  // namespace wavegate::cli
