#include "operator/base/text.hpp"
#include "operator/sandbox/portainer/portainer.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace wavegate::sandbox {
namespace {

/// Path and query below `/docker`, as they were written.
std::string below_docker(const Target& target, std::size_t skip) {
    std::string out;
    for (std::size_t i = skip; i < target.segments.size(); ++i) {
        out += "/" + percent_encode(target.segments[i]);
    }
    char mark = '?';
    for (const auto& [name, value] : target.query.fields) {
        out += mark + percent_encode(name) + "=" + percent_encode(value);
        mark = '&';
    }
    return out;
}

}  // namespace

HttpResponse Portainer::engine_call(const Call& call, std::size_t skip) {
    // `at` counts below /api, segments from the top.
    const auto target = below_docker(call.target, skip + 1);
    const bool change = call.method == "POST" || call.method == "DELETE";
    if (change && call.at(skip) == "services") {
        const auto read = settings_.engine->call("GET", "/services/" + call.at(skip + 1), "");
        const auto service = json::parse(read.body);
        if (const auto* spec = service.as_object().if_contains("Spec")) {
            note(
                text_at(spec->as_object(), {"Labels", kNamespace}),
                "change " + text_at(spec->as_object(), {"Name"}));
        }
    }
    return settings_.engine->call(call.method, target, call.body);
}

HttpResponse Portainer::engine_force_update(const Call& call) const {
    const auto id = text_field(call.payload, "ServiceID");
    const auto read = settings_.engine->call("GET", "/services/" + percent_encode(id), "");
    if (read.status != 200) {
        return refuse(
            500,
            "Error looking up service",
            "Error response from daemon: service " + id + " not found");
    }
    auto service = json::parse(read.body);
    auto& task = service.at("Spec").at("TaskTemplate").as_object();
    task["ForceUpdate"] = task.at("ForceUpdate").to_number<std::uint64_t>() + 1;
    const auto version = json::serialize(service.at("Version").at("Index"));
    const auto done = settings_.engine->call(
        "POST",
        "/services/" + percent_encode(id) + "/update?version=" + version,
        json::serialize(service.at("Spec")));
    return done.status == 200 ? give(json::parse(done.body))
                              : refuse(500, "Error force updating service", done.body);
}

}  // namespace wavegate::sandbox
