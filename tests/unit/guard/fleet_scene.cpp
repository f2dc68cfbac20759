#include "tests/unit/guard/fleet_scene.hpp"

namespace wavegate::guard {
namespace {

ClientView client() {
    ClientView view;
    view.id = "uuid";
    view.client_id = "mcp-multiplexer";
    view.secret = make_secret("secret");
    view.attributes["wavegate.owner"] = "home";
    return view;
}

}  // namespace

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
    auto stacks = *observed.stacks;
    StackView stack;
    stack.id = static_cast<int>(stacks.size()) + 1;
    stack.name = name;
    stack.file = std::make_shared<const std::string>("services: {}\n");
    stacks.push_back(stack);
    observed.stacks = Seen<std::vector<StackView>>(std::move(stacks), now);
    auto swarm = *observed.swarm;
    SwarmService service;
    service.id = name;
    service.name = name + "_" + name;
    service.stack = name;
    service.replicas = 1;
    service.template_digest = "open";
    service.auth = wanted_block(desired.fleet.jwt, AuthMode::None);
    swarm.services.push_back(service);
    observed.swarm = Seen<SwarmView>(std::move(swarm), now);
}

void FleetScene::set_live(const std::string& service, AuthMode mode) {
    auto swarm = *observed.swarm;
    for (auto& running : swarm.services) {
        if (running.stack == service) {
            running.auth = wanted_block(desired.fleet.jwt, mode);
            running.template_digest = mode == AuthMode::Jwt ? "jwt" : "open";
        }
    }
    observed.swarm = Seen<SwarmView>(std::move(swarm), now);
}

Edit FleetScene::flip(const std::string& service) const {
    const auto* stack = observed.stack(service);
    StackEdit body;
    body.service = service;
    body.stack = service;
    body.compose_service = service;
    body.stack_id = stack->id;
    body.to = AuthMode::Jwt;
    body.block_before = observed.running(service, service)->auth;
    body.block_after = wanted_block(desired.fleet.jwt, AuthMode::Jwt);
    body.file_digest_before = sha256_hex(*stack->file);
    body.file_version_before = stack->file_version();
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
    set_live(service, AuthMode::Jwt);
    Intent intent;
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

Verdict FleetScene::judge(Edit edit, Live live, bool lease) const {
    return Judge(desired, observed, ledger, now)
        .judge(std::move(edit), std::move(live), LeaseProof(lease));
}

int FleetScene::refusal_of(const std::string& service, bool lease) const {
    const auto verdict = judge(flip(service), live(service), lease);
    const auto* refusal = std::get_if<Refusal>(&verdict);
    return refusal == nullptr ? -1 : refusal->invariant;
}

}  // namespace wavegate::guard
