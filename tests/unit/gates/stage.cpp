#include "tests/unit/gates/stage.hpp"

#include "operator/model/inputs.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <stdexcept>

namespace wavegate::gates {
namespace {

namespace json = boost::json;

const formats::RsaKey& key() {
    static const formats::RsaKey one = formats::RsaKey::generate();
    return one;
}

Error never() {
    return {ErrorKind::Internal, "no check asks this"};
}

std::int64_t seconds(Wall at) {
    return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

}  // namespace

Task<std::optional<ClientView>> ScriptedIdentity::client(std::string /*client_id*/) {
    co_return never();
}

Task<Token> ScriptedIdentity::mint(std::string /*client_id*/, SecretValue /*secret*/) {
    if (mint_fails) {
        co_return Error(*mint_fails);
    }
    Token token;
    token.value = make_secret(key().sign(claims, kid));
    co_return token;
}

Task<std::string> ScriptedIdentity::jwks(std::string /*uri*/) {
    if (jwks_fails) {
        co_return Error(*jwks_fails);
    }
    json::object set;
    json::array keys;
    keys.push_back(key().jwk("k1"));
    set["keys"] = std::move(keys);
    auto text = json::serialize(set);
    co_return text;
}

Task<Receipt> ScriptedIdentity::apply(Permit /*permit*/) {
    co_return never();
}

Task<std::vector<Policy>> ScriptedPolicies::list() {
    co_return never();
}

Task<std::vector<PolicyAnswer>> ScriptedPolicies::ask(std::vector<PolicyQuestion> questions) {
    std::vector<PolicyAnswer> answers;
    for (auto& question : questions) {
        PolicyAnswer answer;
        answer.allowed = allows(question);
        answers.push_back(std::move(answer));
        asked.push_back(std::move(question));
    }
    answers.resize(answers.size() - std::min(swallowed, answers.size()));
    co_return answers;
}

Task<Receipt> ScriptedPolicies::apply(Permit /*permit*/) {
    co_return never();
}

Task<KnockAnswer> ScriptedMcp::knock(std::string /*url*/, bool with_garbage) {
    knocks.emplace_back(with_garbage ? "garbage" : "bare");
    co_return with_garbage ? garbage : bare;
}

Task<KnockAnswer> ScriptedMcp::present(McpEndpoint endpoint) {
    presented.push_back(
        endpoint.bearer->reveal([](std::string_view text) { return std::string(text); }));
    co_return to_token ? to_token(presented.back()) : garbage;
}

Task<McpListing> ScriptedMcp::list_tools(McpEndpoint endpoint) {
    listed.push_back(std::move(endpoint));
    co_return listing;
}

Task<McpCallAnswer> ScriptedMcp::call(McpEndpoint /*multiplexer*/, ThroughCall call) {
    called.push_back(std::move(call));
    if (call_fails) {
        co_return Error(*call_fails);
    }
    co_return answer;
}

Task<MultiplexerView> ScriptedMcp::multiplexer(
    McpEndpoint /*multiplexer*/,
    bool /*dynamic*/,
    std::vector<std::string> /*load*/) {
    co_return shown;
}

Task<int> ScriptedMcp::health(std::string /*url*/) {
    co_return health_status;
}

Stage::Stage() {
    auto& fleet = desired.fleet;
    fleet.name = "home";
    fleet.multiplexer.stack = fleet.multiplexer.service = "mux";
    fleet.multiplexer.client = "mux";
    fleet.multiplexer.principal = "agent:mux";
    fleet.multiplexer.url = "http://mux.arpa/mcp";
    fleet.jwt = {"http://kc/realms/m", "http://kc/certs", "agent-services", "remote", "http://e"};
    WaveSpec wave;
    wave.name = "first";
    wave.soak = std::chrono::minutes(6);
    fleet.waves.push_back(wave);
    OidcClientSpec spec;
    spec.name = "mux";
    spec.client_id = "mcp-multiplexer";
    spec.secret_path = "mux/oidc";
    desired.clients.push_back(spec);

    const auto now = sim.clock.now();
    observed.stacks = Seen<std::vector<StackView>>(std::vector<StackView>(), now);
    observed.swarm = Seen<SwarmView>(SwarmView(), now);
    ClientView client;
    client.id = "uuid";
    client.client_id = "mcp-multiplexer";
    client.secret = make_secret("secret");
    client.attributes["wavegate.owner"] = "home";
    observed.clients["mcp-multiplexer"] =
        Seen<std::optional<ClientView>>(std::optional<ClientView>(client), now);
    store("secret");
    for (const auto* name : {"mux", "a-mcp", "b-mcp"}) {
        add(name);
    }
    running("mux").env = outbound_env(desired, observed);

    identity.claims = {
        {"aud", "agent-services"},
        {"azp", "mcp-multiplexer"},
        {"iss", "http://kc/realms/m"},
        {"iat", seconds(now.wall)},
        {"exp", seconds(now.wall) + 300}};
    policies.allows = [](const PolicyQuestion& question) {
        return question.principal == "agent:mux";
    };
    mcp.bare.status = mcp.garbage.status = 401;
    mcp.bare.bearer_challenge = mcp.garbage.bearer_challenge = true;
    mcp.listing.tools.emplace_back().name = "a-search";
    mcp.answer.text = "found";
    mcp.shown.children["a-mcp"].state = "up";
}

void Stage::add(const std::string& stack) {
    const auto now = sim.clock.now();
    if (stack != "mux") {
        ServiceSpec spec;
        spec.name = spec.stack = spec.compose_service = spec.child = stack;
        spec.url = "http://" + stack + ".arpa/mcp";
        spec.health = "http://" + stack + ".arpa/health";
        spec.auth = AuthMode::Jwt;
        spec.wave = "first";
        spec.declared = true;
        desired.services.push_back(std::move(spec));
    }
    auto swarm = *observed.swarm;
    SwarmService service;
    service.id = stack;
    service.name = stack + "_" + stack;
    service.stack = stack;
    service.replicas = 1;
    service.auth = wanted_block(desired.fleet, AuthMode::None);
    swarm.services.push_back(std::move(service));
    observed.swarm = Seen<SwarmView>(std::move(swarm), now);
}

Scene Stage::scene() const {
    Scene scene;
    scene.desired = std::make_shared<const DesiredState>(desired);
    scene.observed = std::make_shared<const Observed>(observed);
    scene.ledger = std::make_shared<const Ledger>(ledger);
    scene.rollout = "r1";
    return scene;
}

Ports Stage::ports() {
    return {sim.clock, credentials, identity, policies, mcp, &spent};
}

Evidence Stage::run(FleetCheck check) {
    const auto outside = ports();
    const auto about = scene();
    return sim.run(check(outside, about));
}

Evidence Stage::run(ServiceCheck check) {
    const auto outside = ports();
    const auto about = scene();
    return sim.run(check(outside, about, about.desired->services.front()));
}

void Stage::evidence(CheckKind kind, Facts facts, const std::string& subject) {
    Evidence evidence;
    evidence.facts = std::move(facts);
    evidence.kind = kind;
    evidence.subject = subject;
    evidence.verdict = Verdict::Pass;
    evidence.taken = sim.clock.now();
    ledger.evidence.push_back(std::move(evidence));
}

SwarmService& Stage::running(const std::string& stack) {
    // The stage may change what it made; checks see it as constant.
    for (const auto& service : observed.swarm->services) {
        if (service.stack == stack) {
            return const_cast<SwarmService&>(service);
        }
    }
    throw std::logic_error("nothing runs as " + stack);
}

void Stage::change_client(const std::function<void(ClientView&)>& change) {
    auto& seen = observed.clients.at("mcp-multiplexer");
    auto client = **seen;
    change(client);
    seen = Seen<std::optional<ClientView>>(std::optional<ClientView>(client), sim.clock.now());
}

void Stage::store(const std::string& secret) {
    VaultEntry entry;
    entry.version = 1;
    entry.data["OIDC_CLIENT_SECRET"] = make_secret(std::string(secret));
    observed.vault["mux/oidc"] =
        Seen<std::optional<VaultEntry>>(std::optional<VaultEntry>(entry), sim.clock.now());
}

}  // namespace wavegate::gates
