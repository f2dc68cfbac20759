#include "tests/unit/rollout/scene.hpp"

#include "operator/model/inputs.hpp"
#include "reconcilers/rollout/decide.hpp"

#include <gmock/gmock.h>
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

Story::Story() {
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

void Story::add(
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

void Story::run(const std::string& name, AuthMode mode) {
    auto swarm = *observed.swarm;
    SwarmView next;
    for (auto service : swarm.services) {
        if (service.id == "id-" + name) {
            service.auth = wanted_block(desired.fleet, mode);
            service.template_digest = std::string(to_string(mode));
        }
        next.services.push_back(std::move(service));
    }
    for (const auto& other : swarm.tasks) {
        if (other.service_id != "id-" + name) {
            next.tasks.push_back(other);
        }
    }
    next.tasks.push_back(task(name, std::string(to_string(mode))));
    next.sort();
    swarm = std::move(next);
    observed.swarm = Seen(std::move(swarm), now);
    save(name);
}

void Story::save(const std::string& name) {
    auto stacks = *observed.stacks;
    const auto it = std::find_if(
        stacks.begin(), stacks.end(), [&](const StackView& stack) { return stack.name == name; });
    it->update_date = std::chrono::floor<std::chrono::seconds>(now.wall).time_since_epoch().count();
    observed.stacks = Seen(std::move(stacks), now);
}

ServiceSpec& Story::spec(const std::string& name) {
    for (auto& service : desired.services) {
        if (service.name == name) {
            return service;
        }
    }
    throw std::logic_error("no service " + name);
}

SwarmService& Story::running(const std::string& name) {
    // The scene may change what it made; the planner sees it as constant.
    for (const auto& service : observed.swarm->services) {
        if (service.id == "id-" + name) {
            return const_cast<SwarmService&>(service);
        }
    }
    throw std::logic_error("nothing runs as " + name);
}

const Member& Story::member(const std::string& name) const {
    const auto* found = record.member(name);
    if (found == nullptr) {
        throw std::logic_error("no member " + name);
    }
    return *found;
}

Hold Story::hold(const std::string& name) const {
    const auto at = step.holds.find("Service/" + name);
    return at == step.holds.end() ? Hold() : at->second;
}

void Story::command(Command::Verb verb, const std::string& service) {
    Command command;
    command.verb = verb;
    command.service = service;
    EXPECT_TRUE(may_say(record, ledger, command));
    ledger.words.push_back({verb, record.id(), service, "", now, "", ""});
}

namespace {

Edit stack_edit(
    StackPurpose purpose,
    const ServiceSpec& service,
    AuthMode to,
    const SwarmService& running) {
    StackEdit body;
    body.purpose = purpose;
    body.service = service.name;
    body.stack = service.stack;
    body.compose_service = service.compose_service;
    body.to = to;
    body.block_before = running.auth;
    body.image = running.image;
    Edit edit;
    edit.target = "stack/" + service.stack;
    edit.body = std::move(body);
    return edit;
}

}  // namespace

/// What reconcilers/stacks would say: a flip for each service that runs otherwise than wanted.
void Story::differ() {
    std::erase_if(diff.edits, [](const Edit& edit) { return edit.is_flip(); });
    for (const auto& service : desired.services) {
        const auto* block = live_block(service, observed);
        if (block == nullptr || in_wanted_mode(desired, service, observed)) {
            continue;
        }
        auto edit = stack_edit(StackPurpose::Flip, service, service.auth, running(service.name));
        edit.id = "flip-" + service.name + "-" + std::string(to_string(service.auth));
        edit.why = "auth differs";
        std::get<StackEdit>(edit.body).block_after = wanted_block(desired.fleet, service.auth);
        diff.edits.push_back(std::move(edit));
    }
    look_for_ways_back();
}

/// And a way back for each that is to go back and still runs what it was flipped to.
void Story::look_for_ways_back() {
    std::erase_if(diff.edits, [](const Edit& edit) { return edit.is_way_back(); });
    diff.ways_back.clear();
    for (const auto& going : record.members()) {
        const auto* service = desired.service(going.service);
        const auto* block = service == nullptr ? nullptr : live_block(*service, observed);
        if (going.going_back() == nullptr) {
            continue;
        }
        diff.ways_back.push_back(going.service);
        if (block == nullptr || desired.fleet.auth_profile.mode_of(*block) != going.to) {
            continue;
        }
        const auto before = going.to == AuthMode::Jwt ? AuthMode::None : AuthMode::Jwt;
        auto edit = stack_edit(StackPurpose::WayBack, *service, before, running(service->name));
        edit.id = "back-" + service->name;
        std::get<StackEdit>(edit.body).block_after = wanted_block(desired.fleet, before);
        diff.edits.push_back(std::move(edit));
    }
}

const Step& Story::decide() {
    differ();
    observed.swarm = Seen(*observed.swarm, now);
    step = rollout::decide(desired, observed, diff, record, ledger, now);
    record = step.next;
    for (const auto& settled : step.settled) {
        ledger.intents.put<ById>(settled);
    }
    EXPECT_THAT(decide_again(false), ::testing::IsEmpty());
    return step;
}

std::vector<std::string> Story::flips() const {
    std::vector<std::string> names;
    for (const auto& edit : step.release) {
        if (edit.is_flip()) {
            names.push_back(edit.stack()->service);
        }
    }
    return names;
}

std::size_t Story::released(std::string_view kind) const {
    return static_cast<std::size_t>(
        std::count_if(step.release.begin(), step.release.end(), [&](const Edit& edit) {
            return edit.kind() == kind;
        }));
}

bool Story::asked(CheckKind kind, const std::string& subject) const {
    return std::any_of(step.ask.begin(), step.ask.end(), [&](const Check& check) {
        return check.kind == kind && check.subject == subject;
    });
}

void Story::pass_time(Duration by) {
    now.wall += by;
    now.mono += by;
}

void Story::answer(CheckKind kind, const std::string& subject, Verdict verdict, ProbeClass seen) {
    Evidence evidence;
    evidence.kind = kind;
    evidence.subject = subject;
    evidence.rollout = record.id();
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
}

void Story::everything_is_well() {
    if (record.id().empty()) {
        decide();
    }
    gates_hold();
    answer(CheckKind::Children, desired.fleet.multiplexer.stack);
    for (const auto& service : desired.services) {
        answer(CheckKind::Baseline, service.name);
    }
}

}  // namespace wavegate::rollout
