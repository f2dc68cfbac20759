#include "tests/unit/rollout/scene.hpp"

#include "operator/model/inputs.hpp"
#include "reconcilers/rollout/decide.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace wavegate::rollout {
namespace {

using namespace std::chrono_literals;

WaveSpec wave(const std::string& name, int slots) {
    WaveSpec spec;
    spec.name = name;
    spec.max_in_flight = slots;
    spec.soak = 30s;
    spec.deadline = 10min;
    return spec;
}

SwarmTask task(const std::string& service, const std::string& digest) {
    SwarmTask made;
    made.id = "task-" + service + "-" + digest;
    made.service_id = "id-" + service;
    made.state = "running";
    made.desired_state = "running";
    made.template_digest = digest;
    return made;
}

}  // namespace

Scene::Scene() {
    now.wall += 1h;
    now.mono += 1h;
    desired.revision = "one";
    desired.digest = "one";
    auto& fleet = desired.fleet;
    fleet.name = "homelab";
    fleet.waves = {wave("first", 2), wave("second", 1)};
    fleet.multiplexer.stack = "mux";
    fleet.multiplexer.service = "mux";
    fleet.multiplexer.client = "mux";
    fleet.multiplexer.principal = "agent:mux";
    fleet.jwt = {"https://issuer", "https://issuer/jwks", "services", "remote", "http://eunomia"};
    OidcClientSpec client;
    client.name = "mux";
    client.client_id = "mux";
    client.secret_path = "mux/oidc";
    desired.clients.push_back(client);

    observed.stacks = Seen(std::vector<StackView>(), now);
    observed.swarm = Seen(SwarmView(), now);
    ClientView seen;
    seen.id = "uuid";
    seen.client_id = "mux";
    seen.secret = make_secret("secret");
    seen.attributes["wavegate.owner"] = "homelab";
    observed.clients["mux"] = Seen(std::optional(std::move(seen)), now);
    observed.vault["mux/oidc"] = Seen(std::optional(VaultEntry()), now);
    observed.policies = Seen(std::vector<Policy>(), now);
    add("mux", "", AuthMode::None);
    desired.services.clear();
    running("mux").env = outbound_env(desired, observed);
}

void Scene::add(
    const std::string& name,
    const std::string& wave_name,
    AuthMode wanted,
    AuthMode runs) {
    ServiceSpec service;
    service.name = name;
    service.stack = name;
    service.compose_service = name;
    service.child = name;
    service.auth = wanted;
    service.wave = wave_name;
    service.declared = true;
    desired.services.push_back(service);

    auto stacks = *observed.stacks;
    StackView stack;
    stack.id = static_cast<int>(stacks.size()) + 1;
    stack.name = name;
    stacks.push_back(stack);
    observed.stacks = Seen(std::move(stacks), now);
    auto swarm = *observed.swarm;
    SwarmService made;
    made.id = "id-" + name;
    made.name = name + "_" + name;
    made.stack = name;
    made.replicas = 1;
    swarm.services.push_back(std::move(made));
    observed.swarm = Seen(std::move(swarm), now);
    run(name, runs);
}

void Scene::run(const std::string& name, AuthMode mode) {
    auto swarm = *observed.swarm;
    for (auto& service : swarm.services) {
        if (service.id == "id-" + name) {
            service.auth = wanted_block(desired.fleet.jwt, mode);
            service.template_digest = std::string(to_string(mode));
        }
    }
    std::erase_if(swarm.tasks, [&](const SwarmTask& t) { return t.service_id == "id-" + name; });
    swarm.tasks.push_back(task(name, std::string(to_string(mode))));
    observed.swarm = Seen(std::move(swarm), now);
}

ServiceSpec& Scene::spec(const std::string& name) {
    for (auto& service : desired.services) {
        if (service.name == name) {
            return service;
        }
    }
    throw std::logic_error("no service " + name);
}

SwarmService& Scene::running(const std::string& name) {
    // The scene may change what it made; the planner sees it as constant.
    for (const auto& service : observed.swarm->services) {
        if (service.id == "id-" + name) {
            return const_cast<SwarmService&>(service);
        }
    }
    throw std::logic_error("nothing runs as " + name);
}

Member& Scene::member(const std::string& name) {
    auto* found = record.member(name);
    if (found == nullptr) {
        throw std::logic_error("no member " + name);
    }
    return *found;
}

/// What reconcilers/stacks would say: a flip for each service that runs otherwise than wanted.
void Scene::differ() {
    std::erase_if(diff.edits, [](const Edit& edit) { return edit.is_flip(); });
    for (const auto& service : desired.services) {
        if (in_wanted_mode(desired, service, observed)) {
            continue;
        }
        StackEdit body;
        body.purpose = StackPurpose::Flip;
        body.service = service.name;
        body.stack = service.stack;
        body.compose_service = service.compose_service;
        body.to = service.auth;
        body.block_before = *live_block(service, observed);
        body.block_after = wanted_block(desired.fleet.jwt, service.auth);
        Edit edit;
        edit.id = "flip-" + service.name + "-" + std::string(to_string(service.auth));
        edit.target = "stack/" + service.stack;
        edit.why = "auth differs";
        edit.body = std::move(body);
        diff.edits.push_back(std::move(edit));
    }
}

const Step& Scene::decide() {
    differ();
    observed.swarm = Seen(*observed.swarm, now);
    step = rollout::decide(desired, observed, diff, record, ledger, now);
    record = step.next;
    return step;
}

std::vector<std::string> Scene::flips() const {
    std::vector<std::string> names;
    for (const auto& edit : step.release) {
        if (edit.is_flip()) {
            names.push_back(edit.stack()->service);
        }
    }
    return names;
}

bool Scene::asked(CheckKind kind, const std::string& subject) const {
    return std::any_of(step.ask.begin(), step.ask.end(), [&](const Check& check) {
        return check.kind == kind && check.subject == subject;
    });
}

void Scene::pass_time(Duration by) {
    now.wall += by;
    now.mono += by;
}

Evidence&
Scene::answer(CheckKind kind, const std::string& subject, Verdict verdict, ProbeClass seen) {
    Evidence evidence;
    evidence.kind = kind;
    evidence.subject = subject;
    evidence.rollout = record.id;
    evidence.verdict = verdict;
    evidence.seen = seen;
    evidence.taken = now;
    switch (kind) {
        case CheckKind::Token:
            evidence.inputs = token_inputs(desired, observed);
            break;
        case CheckKind::Policy:
            evidence.inputs = policy_inputs(desired, observed);
            break;
        default:
            evidence.inputs = service_inputs(desired, observed, subject);
    }
    ledger.evidence.push_back(std::move(evidence));
    return ledger.evidence.back();
}

void Scene::everything_is_well() {
    if (record.id.empty()) {
        decide();
    }
    answer(CheckKind::Token, desired.fleet.name);
    answer(CheckKind::Policy, desired.fleet.name);
    answer(CheckKind::Children, desired.fleet.multiplexer.stack);
    for (const auto& service : desired.services) {
        answer(CheckKind::Baseline, service.name);
    }
}

void Scene::written(const std::string& name) {
    for (const auto& edit : step.release) {
        if (edit.is_flip() && edit.stack()->service == name) {
            Intent intent;
            intent.id = edit.intent;
            intent.target = edit.target;
            intent.service = name;
            intent.kind = "flip";
            intent.to = edit.stack()->to;
            intent.state = IntentState::Written;
            intent.at = now;
            intent.settled = now;
            ledger.intents.push_back(std::move(intent));
        }
    }
}

void Scene::bring_to(const std::string& name, Phase phase) {
    const auto mode = spec(name).auth;
    written(name);
    pass_time(1s);
    run(name, mode);
    decide();
    pass_time(1s);
    decide();
    if (mode == AuthMode::Jwt) {
        answer(CheckKind::Unauthorized, name);
        answer(CheckKind::Direct, name);
    } else {
        answer(CheckKind::Open, name);
    }
    answer(CheckKind::Through, name);
    for (int i = 0; i < 20 && member(name).phase != phase; ++i) {
        pass_time(5s);
        answer(CheckKind::Unauthorized, name);
        answer(CheckKind::Through, name);
        answer(CheckKind::Token, desired.fleet.name);
        answer(CheckKind::Policy, desired.fleet.name);
        decide();
    }
    EXPECT_EQ(to_string(member(name).phase), to_string(phase)) << member(name).message;
}

}  // namespace wavegate::rollout
