#include "reconcilers/fleet/access.hpp"

#include "operator/base/text.hpp"
#include "operator/model/inputs.hpp"
#include "reconcilers/fleet/controller.hpp"
#include "reconcilers/gates/check.hpp"
#include "reconcilers/gates/decider.hpp"

#include <set>
#include <utility>

namespace wavegate::fleet {
namespace {

using Names = std::set<std::string>;

void add_tools(const Evidence& evidence, Names& tools) {
    for (const auto& [name, value] : evidence.facts) {
        if (name == "tool") {
            tools.insert(value);
        }
    }
}

/// What was ever seen of it, and what it lists now: a listing leaves out what is denied to who
/// asks for it.
asio::awaitable<Names> tools_of(
    const gates::Ports& ports,
    const gates::Scene& scene,
    const ServiceSpec& service,
    Names known) {
    if (enforces(*scene.desired, service, *scene.observed)) {
        add_tools(co_await gates::check_direct(ports, scene, service), known);
    } else {
        add_tools(co_await gates::check_open(ports, scene, service), known);
    }
    co_return known;
}

std::vector<PolicyQuestion> questions_about(const std::string& principal, const Names& tools) {
    std::vector<PolicyQuestion> questions;
    for (const auto& tool : tools) {
        questions.push_back({principal, tool, PolicyAction::List});
        questions.push_back({principal, tool, PolicyAction::Execute});
    }
    return questions;
}

Ruling ruling_of(PolicyAnswer answer) {
    auto decider = gates::decider_in(answer.reason);
    return {
        answer.allowed,
        std::move(decider.rule),
        std::move(decider.policy),
        std::move(answer.reason)};
}

Error no_such(const DesiredState& desired, const std::string& service) {
    std::vector<std::string> names;
    for (const auto& each : desired.services) {
        names.push_back(each.name);
    }
    const auto close = nearest(service, names);
    return Error(
        ErrorKind::NotFound,
        "no service is called " + service + (close ? "; did you mean " + *close + "?" : ""));
}

}  // namespace

std::string principal_of(const std::string& name) {
    return name.find(':') == std::string::npos ? "agent:" + name : name;
}

Task<Access> Controller::access(std::string principal, std::string service, std::string tool) {
    if (desired_ == nullptr || observed_ == nullptr) {
        co_return Error(ErrorKind::Unavailable, "nothing has been observed yet");
    }
    const auto* spec = desired_->service(service);
    if (spec == nullptr) {
        co_return no_such(*desired_, service);
    }
    const auto systems = systems_;
    const auto ports = ports_of(*systems);
    gates::Scene scene;
    scene.desired = desired_;
    scene.observed = observed_;
    scene.ledger = journal_.ledger();
    Names tools{tool};
    if (tool.empty()) {
        const auto& seen = journal_.record().seen_tools();
        const auto at = seen.find(service);
        tools = at == seen.end() ? Names() : Names(at->second.begin(), at->second.end());
        tools = co_await tools_of(ports, scene, *spec, std::move(tools));
    }
    if (tools.empty()) {
        co_return Error(
            ErrorKind::Unavailable,
            "no tool of " + service + " is known: it lists none to the multiplexer; name one");
    }
    Access access;
    access.principal = principal_of(principal);
    access.service = service;
    if (const auto* block = live_block(*spec, *scene.observed)) {
        const auto& fleet = scene.desired->fleet;
        access.mode = fleet.auth_profile.mode_of(*block);
        access.asks = fleet.auth_profile.asks_policies(*block, fleet.jwt);
    }
    auto answers = co_await ports.policies.ask(questions_about(access.principal, tools));
    if (!answers) {
        co_return answers.take_error();
    }
    std::size_t next = 0;
    for (const auto& name : tools) {
        auto list = ruling_of(std::move(answers->at(next)));
        auto call = ruling_of(std::move(answers->at(next + 1)));
        access.tools.push_back({name, std::move(list), std::move(call)});
        next += 2;
    }
    co_return access;
}

}  // namespace wavegate::fleet
