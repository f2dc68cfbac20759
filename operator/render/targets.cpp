#include "operator/render/targets.hpp"

#include "operator/render/json_text.hpp"
#include "operator/render/mark.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <utility>

namespace wavegate::render {
namespace {

namespace json = boost::json;

constexpr int kUsualPort = 8000;

json::object
target(const std::string& stack, const std::string& service, int port, json::object labels) {
    json::object out;
    out["targets"] = json::array{
        json::string(fmt::format("{}_{}:{}", stack, service, port == 0 ? kUsualPort : port))};
    out["labels"] = std::move(labels);
    return out;
}

}  // namespace

std::string prometheus_targets(const DesiredState& desired) {
    json::array out;
    for (const auto& spec : desired.services) {
        json::object labels{{"stack", spec.stack}, {"service", spec.name}};
        if (!spec.wave.empty()) {
            labels["wave"] = spec.wave;
        }
        labels[kAuthLabel] = to_string(spec.auth);
        out.push_back(
            target(spec.stack, spec.compose_service, spec.container_port, std::move(labels)));
    }
    const auto& multiplexer = desired.fleet.multiplexer;
    out.push_back(target(
        multiplexer.stack,
        multiplexer.service,
        0,
        {{"stack", multiplexer.stack}, {"service", multiplexer.stack}}));
    // Labels are all that a target may have beside its address; this one vanishes as the other
    // does.
    out.front().at("labels").as_object()["__wavegate_file"] = blank_mark();
    return sealed(json_text(out));
}

}  // namespace wavegate::render
