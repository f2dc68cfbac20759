#include "operator/desired/kinds.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace wavegate::desired {
namespace {

using formats::YamlNode;
namespace json = boost::json;

/// Arguments of a tool go to it as JSON: plain scalars take their type, as in YAML 1.2.
json::value to_json(const YamlNode& node) {
    if (node.is_map()) {
        json::object out;
        for (const auto& entry : node.entries) {
            out[entry.key.text] = to_json(entry.value);
        }
        return out;
    }
    if (node.is_sequence()) {
        json::array out;
        for (const auto& item : node.items) {
            out.push_back(to_json(item));
        }
        return out;
    }
    if (node.is_null()) {
        return nullptr;
    }
    if (const auto flag = formats::to_bool(node)) {
        return *flag;
    }
    if (const auto integer = formats::to_integer(node)) {
        return *integer;
    }
    if (const auto number = formats::to_number(node)) {
        return *number;
    }
    return json::string(node.text);
}

ProbeSpec probe_of(const Reader& in) {
    ProbeSpec out;
    if (auto tool = in["tool"].text(); !tool.empty()) {
        out.tool = std::move(tool);
    }
    if (const auto* arguments = in["arguments"].any(); arguments != nullptr) {
        out.arguments = json::serialize(to_json(*arguments));
    }
    return out;
}

Modes modes_of(const Reader& in) {
    const auto names = in.texts();
    const auto has = [&](std::string_view name) {
        return !in.present() || std::find(names.begin(), names.end(), name) != names.end();
    };
    return {has("none"), has("jwt")};
}

}  // namespace

ServiceDocument bind_service(const Reader& document) {
    ServiceDocument out;
    const auto spec = document["spec"];
    out.name = document["metadata"]["name"].text();
    out.auth = spec["auth"].text() == "jwt" ? AuthMode::Jwt : AuthMode::None;
    out.modes = modes_of(spec["modes"]);
    out.wave = spec["wave"].optional_text();
    if (auto policies = spec["policy"].texts(); spec["policy"].present()) {
        out.policies = std::move(policies);
    }
    out.probe = probe_of(spec["probe"]);
    out.env = spec["env"].text_map();
    for (const auto& file : spec["envFrom"].items()) {
        out.env_from.push_back({file["file"].text(), file["exclude"].texts()});
    }
    out.stack = spec["stack"].optional_text();
    out.service = spec["service"].optional_text();
    out.child = spec["child"].optional_text();
    out.url = spec["url"].optional_text();
    out.health = spec["health"].optional_text();
    out.image = spec["image"].optional_text();
    out.soak = spec["soak"].optional_duration();
    out.deadline = spec["deadline"].optional_duration();
    return out;
}

}  // namespace wavegate::desired
