// What stands behind the origins that operator.yaml names.
#include "operator/formats/json_fields.hpp"
#include "operator/program/import_systems.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavegate::program {
namespace {

namespace json = boost::json;
using formats::text_at;
using Kind = Place::Kind;

struct Sign {
    Kind kind = Kind::Unknown;
    std::string path;
    bool (*holds)(const json::object& answer) = nullptr;
};

bool is_portainer(const json::object& answer) {
    return !text_at(answer, {"Version"}).empty() && !text_at(answer, {"InstanceID"}).empty();
}

bool is_openbao(const json::object& answer) {
    const auto* sealed = answer.if_contains("sealed");
    return sealed != nullptr && sealed->is_bool();
}

bool is_keycloak(const json::object& answer) {
    return formats::array_at(answer, {"keys"}) != nullptr;
}

bool is_grafana(const json::object& answer) {
    return !text_at(answer, {"database"}).empty();
}

/// Children say who they are, too.
bool is_eunomia(const json::object& answer) {
    return text_at(answer, {"status"}) == "ok" && answer.if_contains("server") == nullptr;
}

/// Public in each of them; the last one says least.
std::vector<Sign> signs(const std::string& realm) {
    return {
        {Kind::Portainer, "/api/system/status", is_portainer},
        {Kind::OpenBao, "/v1/sys/seal-status", is_openbao},
        {Kind::Keycloak, "/realms/" + realm + "/protocol/openid-connect/certs", is_keycloak},
        {Kind::Grafana, "/api/health", is_grafana},
        {Kind::Eunomia, "/health", is_eunomia}};
}

net::Patience quick() {
    net::Patience patience;
    patience.backend = "import";
    patience.deadline = std::chrono::seconds(5);
    patience.attempts = 2;
    patience.open_after = 0;
    return patience;
}

/// Exact ones over HTTP: a pattern names nobody.
std::vector<Place> places_of(const std::vector<settings::ReferenceRule>& rules) {
    std::vector<Place> places;
    for (const auto& rule : rules) {
        if (rule.pattern.find('*') != std::string::npos) {
            continue;
        }
        for (const auto& to : rule.to) {
            const bool web = to.origin.scheme == "http" || to.origin.scheme == "https";
            if (!web || to.any_label || to.any_port) {
                continue;
            }
            const auto url = settings::to_text(to.origin);
            auto at = std::find_if(
                places.begin(), places.end(), [&](const Place& place) { return place.url == url; });
            if (at == places.end()) {
                Place place;
                place.url = url;
                at = places.insert(places.end(), std::move(place));
            }
            at->references.push_back(rule.pattern);
        }
    }
    return places;
}

asio::awaitable<void>
tell_what_it_is(Transport& transport, const std::string& realm, Place& place) {
    for (const auto& sign : signs(realm)) {
        HttpRequest request("GET", place.url + sign.path);
        auto answer = co_await transport.send(std::move(request));
        if (!answer) {
            place.answer = answer.error().message();
            co_return;
        }
        const auto value = formats::parse_json(answer->body);
        const auto* object = value ? value->if_object() : nullptr;
        if (answer->status == 200 && object != nullptr && sign.holds(*object)) {
            place.kind = sign.kind;
            co_return;
        }
        if (answer->status >= 500) {
            place.answer = fmt::format("HTTP {}", answer->status);
        }
    }
    if (place.answer.empty()) {
        place.answer = "answers as none of the systems that are known here";
    }
}

}  // namespace

asio::awaitable<std::vector<Place>> find_places(Operator& running, std::string realm) {
    auto places = places_of(running.config().access.references);
    const auto transport = running.transport(quick());
    for (auto& place : places) {
        co_await tell_what_it_is(*transport, realm, place);
    }
    co_return places;
}

}  // namespace wavegate::program
