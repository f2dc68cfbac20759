#include "tests/support/sample_view.hpp"

#include "tests/support/changed_record.hpp"

#include <chrono>
#include <utility>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

SecretValue marker() {
    return make_secret(std::string(kSecretMarker));
}

ServiceSpec service(std::string name, std::string wave) {
    ServiceSpec spec;
    spec.name = std::move(name);
    spec.stack = spec.name;
    spec.compose_service = spec.name;
    spec.child = spec.name;
    spec.url = "http://" + spec.name + ".arpa/mcp";
    spec.auth = AuthMode::Jwt;
    spec.wave = std::move(wave);
    spec.policies = {"multiplexer-baseline"};
    spec.env = {{"LOG_LEVEL", "info"}};
    spec.declared = true;
    return spec;
}

WaveSpec wave(std::string name, int max_in_flight, Duration soak) {
    WaveSpec spec;
    spec.name = std::move(name);
    spec.max_in_flight = max_in_flight;
    spec.soak = soak;
    spec.deadline = 10min;
    return spec;
}

std::shared_ptr<const DesiredState> sample_desired() {
    auto desired = std::make_shared<DesiredState>();
    desired->revision = "4f2a9c1";
    desired->digest = "digest";
    desired->fleet.name = "homelab";
    desired->fleet.multiplexer.stack = "mcp-multiplexer";
    desired->fleet.multiplexer.service = "mcp-multiplexer";
    desired->fleet.waves = {wave("read-only", 1, 6min), wave("data", 2, 15min)};
    desired->services = {
        service("arr-mcp", "read-only"),
        service("git-mcp", "read-only"),
        service("searxng-mcp", "read-only"),
        service("stopped-mcp", "data"),
        service("vault-mcp", "data")};
    OidcClientSpec client;
    client.name = "mcp-multiplexer";
    client.client_id = "mcp-multiplexer";
    client.secret_path = "mcp-multiplexer/oidc";
    desired->clients.push_back(std::move(client));
    PolicySpec policy;
    policy.name = "multiplexer-baseline";
    desired->policies.push_back(std::move(policy));
    return desired;
}

StackView stack(const std::string& name, int id) {
    StackView view;
    view.id = id;
    view.name = name;
    view.env = {{"API_KEY", marker()}, {"AUTH_TYPE", marker()}};
    view.file = std::make_shared<const std::string>("file with " + std::string(kSecretMarker));
    return view;
}

SwarmService running(const std::string& name, AuthMode mode) {
    SwarmService seen;
    seen.id = "id-" + name;
    seen.name = name + "_" + name;
    seen.stack = name;
    seen.auth = {{"AUTH_TYPE", mode == AuthMode::Jwt ? "jwt" : "none"}};
    seen.env = {{"API_KEY", marker()}, {"LOG_LEVEL", marker()}};
    seen.replicas = 1;
    seen.template_digest = "spec-" + name;
    return seen;
}

std::shared_ptr<const Observed> sample_observed() {
    auto observed = std::make_shared<Observed>();
    std::vector<StackView> stacks;
    SwarmView swarm;
    int id = 1;
    for (const std::string name : {"arr-mcp", "git-mcp", "searxng-mcp", "vault-mcp"}) {
        const bool flipped = name == "arr-mcp" || name == "searxng-mcp";
        stacks.push_back(stack(name, id++));
        swarm.services.push_back(running(name, flipped ? AuthMode::Jwt : AuthMode::None));
    }
    const auto at = sample_time(9min);
    observed->stacks = Seen(std::move(stacks), at);
    observed->swarm = Seen(std::move(swarm), at);
    ClientView client;
    client.id = "uuid";
    client.client_id = "mcp-multiplexer";
    client.secret = marker();
    client.attributes["wavegate.owner"] = "homelab";
    observed->clients["mcp-multiplexer"] = Seen(std::optional(std::move(client)), at);
    VaultEntry entry;
    entry.data = {{"OIDC_CLIENT_SECRET", marker()}};
    observed->vault["mcp-multiplexer/oidc"] = Seen(std::optional(std::move(entry)), at);
    observed->policies = Seen(std::vector<Policy>(), at);
    ResolvedEnv env;
    env.values = {{"TOKEN", marker()}};
    observed->env_files["arr-mcp"] = Seen(std::move(env), at);
    return observed;
}

Evidence evidence(CheckKind kind, std::string subject, Duration taken) {
    Evidence one;
    one.kind = kind;
    one.subject = std::move(subject);
    one.rollout = "r-17";
    one.verdict = Verdict::Pass;
    one.seen = kind == CheckKind::Unauthorized ? ProbeClass::Enforcing : ProbeClass::None;
    one.phrase = "as expected";
    one.taken = sample_time(taken);
    return one;
}

std::shared_ptr<const Ledger> sample_ledger() {
    auto ledger = std::make_shared<Ledger>();
    auto token = evidence(CheckKind::Token, "mcp-multiplexer", 8min);
    token.facts = {{"lifetime", "300"}};
    auto policy = evidence(CheckKind::Policy, "fleet", 8min);
    policy.facts = {{"asked", "24"}};
    auto children = evidence(CheckKind::Children, "mcp-multiplexer", 7min);
    children.facts = {{"tools", "84"}, {"up", "arr-mcp,git-mcp"}, {"foreign", ""}};
    auto direct = evidence(CheckKind::Direct, "arr-mcp", 9min);
    direct.facts = {{"tools", "12"}, {"tool", "search"}, {"answer", std::string(kSecretMarker)}};
    ledger->evidence = {
        evidence(CheckKind::Unauthorized, "arr-mcp", 2min),
        std::move(token),
        std::move(policy),
        std::move(children),
        evidence(CheckKind::Through, "searxng-mcp", 6min),
        evidence(CheckKind::Unauthorized, "arr-mcp", 9min),
        std::move(direct)};
    return ledger;
}

RolloutRecord sample_record() {
    RolloutFields record;
    record.id = "r-17";
    record.revision = "4f2a9c1";
    record.started = sample_time(1min);
    record.canary = "searxng-mcp";
    record.canary_done = true;
    record.multiplexer.state = stage::Wired();
    record.multiplexer.since = sample_time(1min);
    record.multiplexer.children = {"search", "get"};
    record.members = {
        member_in("arr-mcp", state::Probing(), sample_time(8min)),
        member_in("git-mcp", state::Pending(), sample_time(1min)),
        member_in("searxng-mcp", state::Ready(), sample_time(5min)),
        member_in("vault-mcp", state::Pending(), sample_time(1min))};
    return store::RecordCodec::record_of(std::move(record));
}

Wait wait_for(const status::View& view, const Member& member) {
    const auto hold = view.hold("Service/" + member.service);
    Wait wait;
    wait.object = "Service/" + member.service;
    wait.reason = hold.reason;
    wait.message = hold.message;
    wait.since = member.since;
    return wait;
}

Edit flip_of(const std::string& service) {
    StackEdit body;
    body.service = service;
    body.stack = service;
    body.to = AuthMode::Jwt;
    body.env = {{"API_KEY", marker()}};
    body.file = "file with " + std::string(kSecretMarker);
    Edit edit;
    edit.id = "edit-" + service;
    edit.target = "stack/" + service;
    edit.why = "auth is none, jwt is desired";
    edit.fields = {
        {"AUTH_TYPE", "none", "jwt"}, {"API_KEY", std::string(kSecretMarker), "(removed)"}};
    edit.body = std::move(body);
    return edit;
}

Event event(Duration at, std::string object, std::string reason, std::string message) {
    Event one;
    one.at = sample_time(at);
    one.kind = "Normal";
    one.object = std::move(object);
    one.reason = std::move(reason);
    one.message = std::move(message);
    return one;
}

void add_backends(status::View& view) {
    for (const auto* name : {"eunomia", "keycloak", "openbao", "portainer", "swarm"}) {
        status::BackendView backend;
        backend.ok = true;
        backend.at = view.now;
        view.backends[name] = std::move(backend);
    }
}

}  // namespace

Time sample_time(Duration after_start) {
    const Wall start = *parse_rfc3339("2026-11-24T08:00:00Z");
    return {start + after_start, Mono(1h) + after_start};
}

void bring(status::View& view, const std::string& service, MemberState state, Time since) {
    view.record = changed(view.record, [&](RolloutFields& fields) {
        for (auto& member : fields.members) {
            if (member.service == service) {
                member.state = state;
                member.since = since;
            }
        }
    });
}

status::View sample_view() {
    status::View view;
    view.now = sample_time(10min);
    view.acts = true;
    view.leads.own = true;
    view.leads.holder = "run-1";
    view.leads.host = "nas";
    view.leads.since = sample_time(1min).wall;
    view.leads.term = 4;
    view.leads.until = Mono::max();
    view.source.revision = "4f2a9c1";
    view.source.seen = "4f2a9c1";
    view.source.ready = true;
    view.source.reason = "Fetched";
    view.source.since = sample_time(1min);
    view.desired = sample_desired();
    view.observed = sample_observed();
    view.ledger = sample_ledger();
    view.record = sample_record();
    view.holds = {
        {"Service/git-mcp", {Reason::WaitingForSlot, ""}},
        {"Service/vault-mcp", {Reason::WaitingForWave, ""}}};
    view.diff.edits = {flip_of("git-mcp"), flip_of("vault-mcp")};
    for (const auto& one : view.record.members()) {
        if (one.phase() != Phase::Ready) {
            view.waits.push_back(wait_for(view, one));
        }
    }
    view.waits.front().until = sample_time(18min).mono;
    view.events = {
        event(1min, "Fleet/homelab", "RolloutStarted", "revision 4f2a9c1 is rollout r-17"),
        event(5min, "Service/searxng-mcp", "CanarySoaked", "the canary soaked: the wave goes on"),
        event(8min, "Service/arr-mcp", "Probing", "converged")};
    add_backends(view);
    view.standing = "Moving";
    view.waves = {{"read-only", WavePhase::Progressing}, {"data", WavePhase::Waiting}};
    view.passes = 42;
    view.answered = 3;
    view.refusals = {{4, 2}};
    return view;
}

status::View halted_view() {
    auto view = sample_view();
    state::RolledBack failed;
    failed.cause = {Reason::GateFailed, "Unauthorized: Open", false};
    bring(view, "arr-mcp", failed, sample_time(9min));
    view.holds["Service/arr-mcp"] = {
        Reason::GateFailed, "rolled back: a garbage bearer was let in"};
    view.holds["Service/git-mcp"] = {Reason::WaveHalted, "its wave is halted"};
    view.waits.clear();
    for (const auto& one : view.record.members()) {
        if (one.phase() != Phase::Ready) {
            view.waits.push_back(wait_for(view, one));
        }
    }
    view.waits.front().verb = "retry";
    view.waves["read-only"] = WavePhase::Halted;
    view.standing = "Halted";
    return view;
}

}  // namespace wavegate::testing
