// Docker's configs, as its API has them (locks.md): content that never changes, labels that do.
#include "operator/base/digest.hpp"
#include "operator/sandbox/portainer/docker_json.hpp"
#include "operator/sandbox/portainer/portainer.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace wavegate::sandbox {
namespace {

struct ConfigSpec {
    std::string name;
    std::string data;
    std::map<std::string, std::string> labels;
};

std::optional<ConfigSpec> spec_of(const PortainerCall& call) {
    boost::system::error_code failed;
    const auto body = json::parse(call.body, failed);
    ConfigSpec spec;
    if (failed || !body.is_object() ||
        !base64_decode(text_at(body.get_object(), {"Data"}), spec.data)) {
        return std::nullopt;
    }
    spec.name = text_at(body.get_object(), {"Name"});
    if (const auto* labels = at_path(body.get_object(), {"Labels"})) {
        for (const auto& label : *labels) {
            spec.labels[label.key()] = label.value().as_string();
        }
    }
    return spec;
}

std::optional<std::uint64_t> version_in(const PortainerCall& call) {
    const auto text = call.target.query.get("version");
    std::uint64_t version = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), version);
    const bool whole = failed == std::errc() && end == text.data() + text.size();
    return whole ? std::optional(version) : std::nullopt;
}

HttpResponse bad_json() {
    return docker_refusal(400, "invalid JSON");
}

}  // namespace

HttpResponse Portainer::docker_configs(const Call& call, const std::string& id) {
    if (plain_user_) {
        return refuse(403, "Access denied to resource", "Access denied to resource");
    }
    if (id.empty()) {
        return give_objects(swarm_.configs(), config_json);
    }
    if (id == "create" && call.method == "POST") {
        return create_config(call);
    }
    auto& all = swarm_.configs();
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& entry) {
        return entry.second.id == id || entry.first == id;
    });
    if (found == all.end()) {
        return docker_refusal(404, "config " + id + " not found");
    }
    if (call.method == "GET") {
        return give(config_json(found->second));
    }
    if (call.method == "DELETE") {
        all.erase(found);
        return HttpResponse(204);
    }
    return update_config(call, found->second);
}

HttpResponse Portainer::create_config(const Call& call) {
    auto spec = spec_of(call);
    if (!spec) {
        return bad_json();
    }
    if (swarm_.configs().contains(spec->name)) {
        return docker_refusal(
            409, "rpc error: code = AlreadyExists desc = config " + spec->name + " already exists");
    }
    auto& made = swarm_.add(swarm_.configs(), spec->name);
    made.data = std::move(spec->data);
    made.labels = std::move(spec->labels);
    json::object answer;
    answer["ID"] = made.id;
    return give(answer, 201);
}

HttpResponse Portainer::update_config(const Call& call, SwarmObject& config) {
    const auto version = version_in(call);
    if (call.method != "POST" || call.target.segments.back() != "update") {
        return docker_refusal(404, "page not found");
    }
    if (!version) {
        return docker_refusal(
            400,
            "invalid config version '" + std::string(call.target.query.get("version")) +
                "': strconv.ParseUint: parsing \"\": invalid syntax");
    }
    auto spec = spec_of(call);
    if (!spec) {
        return bad_json();
    }
    if (spec->data != config.data || spec->name != config.name) {
        return docker_refusal(
            400, "rpc error: code = InvalidArgument desc = only updates to Labels are allowed");
    }
    if (const auto refused = swarm_.relabel(config, *version, std::move(spec->labels))) {
        return docker_refusal(refused->status, refused->message);
    }
    return HttpResponse(200);
}

}  // namespace wavegate::sandbox
