#include "tests/unit/guard/fleet_scene.hpp"

#include "operator/formats/last_good.hpp"
#include "reconcilers/annotations/write.hpp"
#include "reconcilers/clients/write.hpp"
#include "reconcilers/policies/write.hpp"
#include "reconcilers/secrets/write.hpp"
#include "reconcilers/stacks/write.hpp"

#include <algorithm>

namespace wavegate::guard {
namespace {

/// A file that passes the auth block through, and a variable that is somebody's own.
std::string file_of(const std::string& service) {
    std::string text = "services:\n  " + service + ":\n    image: docker.io/x/" + service +
                       ":1\n    environment:\n";
    for (const auto& [key, on, off] : agent_utilities_profile().keys) {
        text += "      - " + key + "=${" + key + "}\n";
    }
    for (const auto key : kOutboundKeys) {
        text += "      - " + std::string(key) + "=${" + std::string(key) + "}\n";
    }
    return text + "      - UPSTREAM_KEY=${UPSTREAM_KEY}\n";
}

std::vector<EnvChange> changes_to(const AuthBlock& block) {
    std::vector<EnvChange> changes;
    for (const auto& [key, value] : block) {
        changes.push_back({key, make_secret(std::string(value))});
    }
    return changes;
}

ClientView client() {
    ClientView view;
    view.id = "uuid";
    view.client_id = "mcp-multiplexer";
    view.secret = make_secret("secret");
    view.attributes["wavegate.owner"] = "home";
    return view;
}

}  // namespace

int refusal_of(const Verdict& verdict) {
    const auto* refusal = std::get_if<Refusal>(&verdict);
    return refusal == nullptr ? -1 : refusal->invariant;
}

Result<Write> body_of(const Edit& edit, const Live& live) {
    switch (edit.room()) {
        case Room::Stacks:
            return stacks::write_of(edit, live);
        case Room::Clients:
            return clients::write_of(edit, live);
        case Room::Secrets:
            return secrets::write_of(edit, live);
        case Room::Policies:
            return policies::write_of(edit, live);
        case Room::Annotations:
            return annotations::write_of(edit, live);
    }
    return Error(ErrorKind::Internal, "an edit of no room");
}

FleetScene::FleetScene() {
    desired.fleet.name = "home";
    desired.fleet.multiplexer.stack = "mcp-multiplexer";
    desired.fleet.multiplexer.service = "mcp-multiplexer";
    desired.fleet.multiplexer.client = "mux";
    desired.fleet.multiplexer.principal = "agent:mcp-multiplexer";
    desired.fleet.jwt = {
        "http://kc/realms/m", "http://kc/certs", "agent-services", "remote", "http://e"};
    for (const auto* name : {"first", "second"}) {
        WaveSpec wave;
        wave.name = name;
        wave.max_in_flight = 2;
        wave.soak = std::chrono::minutes(6);
        desired.fleet.waves.push_back(wave);
    }
    OidcClientSpec spec;
    spec.name = "mux";
    spec.client_id = "mcp-multiplexer";
    spec.secret_path = "mcp-multiplexer/oidc";
    desired.clients.push_back(spec);
    observed.stacks = Seen<std::vector<StackView>>(std::vector<StackView>(), now);
    observed.swarm = Seen<SwarmView>(SwarmView(), now);
    observed.policies = Seen<std::vector<Policy>>(std::vector<Policy>(), now);
    observed.clients["mcp-multiplexer"] =
        Seen<std::optional<ClientView>>(std::optional<ClientView>(client()), now);
    VaultEntry entry;
    entry.version = 1;
    observed.vault[spec.secret_path] =
        Seen<std::optional<VaultEntry>>(std::optional<VaultEntry>(entry), now);
    deploy("mcp-multiplexer");
    add_service("a-mcp", "first");
    add_service("b-mcp", "first");
    add_service("c-mcp", "second");
    pass_gates();
}

void FleetScene::add_service(const std::string& name, const std::string& wave) {
    ServiceSpec spec;
    spec.name = name;
    spec.stack = name;
    spec.compose_service = name;
    spec.auth = AuthMode::Jwt;
    spec.wave = wave;
    spec.declared = true;
    desired.services.push_back(spec);
    deploy(name);
}

void FleetScene::deploy(const std::string& name) {
    auto stacks = *observed.stacks;
    StackView stack;
    stack.id = static_cast<int>(stacks.size()) + 1;
    stack.name = name;
    const auto block = wanted_block(desired.fleet, AuthMode::None);
    stack.file = std::make_shared<const std::string>(file_of(name));
    stack.env = formats::with_changes({{"UPSTREAM_KEY", make_secret("theirs")}}, changes_to(block));
    stacks.push_back(stack);
    observed.stacks = Seen<std::vector<StackView>>(std::move(stacks), now);
    auto swarm = *observed.swarm;
    SwarmService service;
    service.id = name;
    service.name = name + "_" + name;
    service.stack = name;
    service.replicas = 1;
    service.template_digest = "open";
    service.image = "docker.io/x/" + name + ":1@sha256:1";
    service.auth = block;
    swarm.services.push_back(service);
    observed.swarm = Seen<SwarmView>(std::move(swarm), now);
}

void FleetScene::change_stack(
    const std::string& name,
    const std::function<void(StackView&)>& change) {
    auto stacks = *observed.stacks;
    const auto at = std::find_if(
        stacks.begin(), stacks.end(), [&](const StackView& stack) { return stack.name == name; });
    change(*at);
    observed.stacks = Seen<std::vector<StackView>>(std::move(stacks), now);
}

void FleetScene::change_service(
    const std::string& name,
    const std::function<void(SwarmService&)>& change) {
    auto swarm = *observed.swarm;
    std::vector<SwarmService> services(swarm.services.begin(), swarm.services.end());
    const auto at =
        std::find_if(services.begin(), services.end(), [&](const SwarmService& service) {
            return service.stack == name;
        });
    change(*at);
    swarm.services = std::move(services);
    observed.swarm = Seen<SwarmView>(std::move(swarm), now);
}

void FleetScene::set_live(const std::string& service, AuthMode mode) {
    const auto block = wanted_block(desired.fleet, mode);
    change_stack(service, [&](StackView& stack) {
        stack.env = formats::with_changes(std::move(stack.env), changes_to(block));
    });
    change_service(service, [&](SwarmService& running) {
        running.auth = block;
        running.template_digest = mode == AuthMode::Jwt ? "jwt" : "open";
    });
}

void FleetScene::wire() {
    const auto wanted = outbound_env(desired, observed);
    change_stack("mcp-multiplexer", [&](StackView& stack) {
        for (const auto& [key, value] : wanted) {
            stack.env = formats::with_changes(std::move(stack.env), {{key, value}});
        }
        stack.env.push_back(
            {std::string(formats::kLastOutboundKey),
             formats::write_last_outbound({{"OIDC_AUDIENCE", make_secret("the one before")}})});
    });
    change_service("mcp-multiplexer", [&](SwarmService& running) { running.env = wanted; });
}

StackEdit FleetScene::edit_of(const std::string& service) const {
    const auto* stack = observed.stack(service);
    StackEdit body;
    body.service = service;
    body.stack = service;
    body.compose_service = service;
    body.stack_id = stack->id;
    body.block_before = observed.running(service, service)->auth;
    body.file_digest_before = sha256_hex(*stack->file);
    body.file_version_before = stack->file_version();
    return body;
}

Edit FleetScene::way_back(const std::string& service) const {
    auto body = edit_of(service);
    body.purpose = StackPurpose::WayBack;
    const auto goods = formats::read_last_good(observed.stack(service)->env);
    body.block_after = goods->at(service).block;
    body.env = changes_to(body.block_after);
    for (const auto& key : desired.fleet.auth_profile.keys) {
        if (!body.block_after.contains(key.name)) {
            body.env.push_back({key.name, nullptr});
        }
    }
    Edit edit;
    edit.id = "back-" + service;
    edit.intent = edit.id + "@now";
    edit.target = "stack/" + service;
    edit.body = std::move(body);
    return edit;
}

Edit FleetScene::wiring(StackPurpose purpose, EnvChange change) const {
    auto body = edit_of("mcp-multiplexer");
    body.purpose = purpose;
    body.env.push_back(std::move(change));
    Edit edit;
    edit.target = "stack/mcp-multiplexer";
    edit.body = std::move(body);
    return edit;
}

Edit FleetScene::flip(const std::string& service) const {
    auto body = edit_of(service);
    body.to = AuthMode::Jwt;
    body.block_after = wanted_block(desired.fleet, AuthMode::Jwt);
    body.env = changes_to(body.block_after);
    const auto* running = observed.running(service, service);
    body.env.push_back(
        {std::string(kLastGoodKey),
         formats::write_last_good({{service, {running->auth, running->image}}})});
    Edit edit;
    edit.id = "flip-" + service;
    edit.intent = edit.id + "@now";
    edit.rollout = "r1";
    edit.target = "stack/" + service;
    edit.body = std::move(body);
    return edit;
}

Live FleetScene::live(const std::string& service) const {
    Live live;
    live.stack = *observed.stack(service);
    live.service = *observed.running(service, service);
    for (const auto& other : observed.swarm->services) {
        if (other.stack == service && other.name != live.service->name) {
            live.neighbours.push_back(other);
        }
    }
    live.at = now;
    return live;
}

void FleetScene::pass_gates() {
    for (const auto kind : {CheckKind::Token, CheckKind::Policy}) {
        Evidence evidence;
        evidence.kind = kind;
        evidence.subject = "home";
        evidence.rollout = "r1";
        evidence.verdict = wavegate::Verdict::Pass;
        evidence.inputs = kind == CheckKind::Token ? token_inputs(desired, observed)
                                                   : policy_inputs(desired, observed);
        evidence.taken = now;
        ledger.evidence.push_back(std::move(evidence));
    }
}

void FleetScene::record_flip(const std::string& service, bool through, Duration ago) {
    const auto good = formats::LastGood{
        observed.running(service, service)->auth, observed.running(service, service)->image};
    set_live(service, AuthMode::Jwt);
    change_stack(service, [&](StackView& stack) {
        stack.env.push_back(
            {std::string(kLastGoodKey), formats::write_last_good({{service, good}})});
    });
    Intent intent;
    intent.block_before = canonical(good.block);
    intent.id = "earlier-" + service;
    intent.kind = "flip";
    intent.service = service;
    intent.rollout = "r1";
    intent.to = AuthMode::Jwt;
    intent.state = IntentState::Written;
    intent.at = {now.wall - ago, now.mono - ago};
    intent.settled = intent.at;
    ledger.intents.push_back(std::move(intent));
    if (through) {
        Evidence evidence;
        evidence.kind = CheckKind::Through;
        evidence.subject = service;
        evidence.verdict = wavegate::Verdict::Pass;
        evidence.inputs = service_inputs(desired, observed, service);
        evidence.taken = now;
        ledger.evidence.push_back(std::move(evidence));
    }
}

Verdict FleetScene::judge(const Edit& edit, const Live& live, bool lease) const {
    auto write = body_of(edit, live);
    if (!write) {
        return stale(write.error().message());
    }
    return Judge(desired, observed, ledger, now)
        .judge(edit, std::move(*write), live, LeaseProof(lease));
}

Verdict FleetScene::judge(const Edit& claim, Write write, const Live& live) const {
    return Judge(desired, observed, ledger, now)
        .judge(claim, std::move(write), live, LeaseProof(true));
}

int FleetScene::refusal_of(const std::string& service, bool lease) const {
    const auto verdict = judge(flip(service), live(service), lease);
    const auto* refusal = std::get_if<Refusal>(&verdict);
    return refusal == nullptr ? -1 : refusal->invariant;
}

}  // namespace wavegate::guard
