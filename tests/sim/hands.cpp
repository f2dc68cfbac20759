#include "tests/sim/hands.hpp"

#include "operator/status/document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace wavegate::testing {
namespace {

std::string path_of(const Rig& rig, const std::string& stack) {
    return fmt::format("/api/stacks/{}", rig.world.portainer.stack(stack)->id);
}

sandbox::FaultRule next_write(const Rig& rig, const std::string& stack) {
    sandbox::FaultRule rule;
    rule.authority = "portainer.arpa";
    rule.method = "PUT";
    rule.path_prefix = path_of(rig, stack);
    rule.times = 1;
    return rule;
}

}  // namespace

void land_late(Rig& rig, const std::string& stack, Duration by, int times) {
    auto rule = next_write(rig, stack);
    rule.before = by;
    rule.times = times;
    rig.world.network.inject(rule);
}

void lose_reply(Rig& rig, const std::string& stack) {
    auto rule = next_write(rig, stack);
    rule.fault = sandbox::Fault::LoseReply;
    rig.world.network.inject(rule);
}

std::size_t writes_sent(const Rig& rig, const std::string& stack) {
    return rig.world.network.count("PUT", "portainer.arpa", path_of(rig, stack));
}

Result<void> tell(Rig& rig, Command::Verb verb, const std::string& service) {
    Command command;
    command.verb = verb;
    command.service = service;
    command.who = "a person";
    auto said = rig.running().run(rig.running().controller().command(command));
    if (said) {
        rig.oracle.told(verb, service);
    }
    return said;
}

void commit_now(Rig& rig, const sandbox::DesiredPlan& desired) {
    rig.commit(desired);
    rig.running().controller().look_now();
}

void open_by_hand(Rig& rig, const std::string& service) {
    rig.by_hand([&](sandbox::World& world) {
        auto env = *world.portainer.stack(service)->env;
        for (auto& [name, value] : env) {
            value = name == "AUTH_TYPE" || name == "EUNOMIA_TYPE" ? "none" : value;
        }
        if (!world.portainer.edit_by_hand(service, std::nullopt, env)) {
            throw std::logic_error("the hand's edit was refused");
        }
    });
}

void replace_secret(Rig& rig) {
    rig.by_hand([](sandbox::World& world) { world.keycloak.regenerate_secret(kMultiplexer); });
}

bool has_secret_in_force(Rig& rig) {
    return rig.world.live_env(kMultiplexer)["OIDC_CLIENT_SECRET"] ==
           rig.world.keycloak.client(kMultiplexer)->secret();
}

boost::json::object condition(const boost::json::object& of, const std::string& type) {
    for (const auto& each : of.at("conditions").as_array()) {
        if (each.at("type").as_string() == type) {
            return each.as_object();
        }
    }
    return {};
}

boost::json::object status_now(const Rig& rig) {
    return status::status_document(*rig.view());
}

boost::json::object status_of(const Rig& rig, const std::string& service) {
    const auto document = status_now(rig);
    for (const auto& each : document.at("services").as_array()) {
        if (each.at("name").as_string() == service) {
            return each.as_object();
        }
    }
    throw std::logic_error("status shows no service " + service);
}

std::string told(const Rig& rig, const std::string& type, const std::string& service) {
    const auto of = service.empty() ? status_now(rig) : status_of(rig, service);
    return std::string(condition(of, type).at("status").as_string());
}

std::vector<Event> events(const Rig& rig, const std::string& reason, Time since) {
    std::vector<Event> found;
    const auto view = rig.view();
    std::copy_if(
        view->events.begin(),
        view->events.end(),
        std::back_inserter(found),
        [&](const Event& event) { return event.reason == reason && event.at.wall >= since.wall; });
    return found;
}

}  // namespace wavegate::testing
