// Payloads under wrong labels: what a write is called changes nothing about what it would do. Each
// of these was written once, before the guard looked at what a write leaves behind.
#include "operator/formats/json_secret.hpp"
#include "operator/formats/last_good.hpp"
#include "tests/unit/guard/fleet_scene.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <vector>

namespace wavegate::guard {
namespace {

using namespace std::chrono_literals;

struct Forgery {
    const char* what;
    int invariant;  ///< that must refuse it
    std::function<Verdict(FleetScene&)> write;
};
/// Names the case in the test's own name.
void PrintTo(const Forgery& forgery, std::ostream* out) {
    *out << forgery.what;
}

std::vector<EnvChange> enforcing(const FleetScene& scene) {
    std::vector<EnvChange> changes;
    for (const auto& [key, value] : wanted_block(scene.desired.fleet, AuthMode::Jwt)) {
        changes.push_back({key, make_secret(std::string(value))});
    }
    return changes;
}

/// A write to a service's stack under this label, whose payload is what `forge` made of it.
Verdict sent(
    const FleetScene& scene,
    const char* service,
    StackPurpose label,
    const std::function<void(StackEdit&)>& forge) {
    auto edit = scene.flip(service);
    auto& body = std::get<StackEdit>(edit.body);
    body.purpose = label;
    body.env.clear();
    body.block_after = body.block_before;
    body.to = AuthMode::None;
    forge(body);
    return scene.judge(std::move(edit), scene.live(service));
}

/// The desired jwt block, sent under this label.
Verdict jwt_as(const FleetScene& scene, const char* service, StackPurpose label) {
    return sent(scene, service, label, [&](StackEdit& body) { body.env = enforcing(scene); });
}

/// All of the fleet enforces and is proven.
void converge(FleetScene& scene) {
    for (const auto* name : {"a-mcp", "b-mcp", "c-mcp"}) {
        scene.record_flip(name, true, 1h);
        for (const auto kind : {CheckKind::Unauthorized, CheckKind::Direct}) {
            auto evidence = scene.ledger.evidence.back();
            evidence.kind = kind;
            scene.ledger.evidence.push_back(std::move(evidence));
        }
    }
    scene.wire();
    scene.pass_gates();
}

Verdict opened(FleetScene& scene, StackPurpose label) {
    converge(scene);
    auto edit = scene.way_back("a-mcp");
    std::get<StackEdit>(edit.body).purpose = label;
    return scene.judge(std::move(edit), scene.live("a-mcp"));
}

/// The multiplexer's env while services enforce.
Verdict wired(FleetScene& scene, StackPurpose label, EnvChange change) {
    converge(scene);
    return scene.judge(scene.wiring(label, std::move(change)), scene.live("mcp-multiplexer"));
}

Verdict with_file(const FleetScene& scene, const std::string& instead_of, const std::string& text) {
    return sent(scene, "a-mcp", StackPurpose::EnvSync, [&](StackEdit& body) {
        auto file = *scene.observed.stack("a-mcp")->file;
        file.replace(file.find(instead_of), instead_of.size(), text);
        body.file = std::move(file);
    });
}

Verdict policy_for(const FleetScene& scene, std::vector<PolicyCondition> principal) {
    PolicyEdit body;
    PolicyRule rule;
    rule.name = "all";
    rule.effect = PolicyEffect::Allow;
    rule.principal = std::move(principal);
    rule.actions = {"list", "execute"};
    body.policy = {"wavegate-home-x", "managed-by=wavegate fleet=home", {rule}};
    Edit edit;
    edit.body = std::move(body);
    Live live;
    live.policies.emplace();
    return scene.judge(std::move(edit), std::move(live));
}

Verdict client_with(const FleetScene& scene, const std::string& client_id, Duration lifespan) {
    ClientEdit body;
    body.create = true;
    body.client_id = client_id;
    body.owner = "home";
    body.token_lifespan = lifespan;
    Edit edit;
    edit.body = std::move(body);
    return scene.judge(std::move(edit), {});
}

Verdict entry_without(const FleetScene& scene, const std::string& key) {
    VaultEntry there;
    there.version = 1;
    there.custom_metadata["wavegate_owner"] = "home";
    SecretEdit body;
    body.path = "mcp-multiplexer/oidc";
    body.owner = "home";
    body.cas = 1;
    body.data = {
        {"OIDC_CLIENT_ID", make_secret("mcp-multiplexer")},
        {"OIDC_CLIENT_SECRET", make_secret("secret")},
        {"OIDC_AUDIENCE", make_secret("")},
        {"OIDC_TOKEN_URL", make_secret(token_url(scene.desired.fleet.keycloak))},
        {"SOMEBODYS", make_secret("own")}};
    there.data = body.data;
    for (const auto& [name, value] : there.data) {
        there.json[name] = formats::json_text(*value);
    }
    body.data.erase(key);
    Edit edit;
    edit.body = std::move(body);
    Live live;
    live.vault = std::move(there);
    return scene.judge(std::move(edit), std::move(live));
}

Verdict restarted(const FleetScene& scene, const char* label) {
    RestartEdit body;
    body.service = label;
    body.swarm_service = "a-mcp_a-mcp";
    Edit edit;
    edit.body = body;
    return scene.judge(std::move(edit), scene.live("a-mcp"));
}

const std::vector<Forgery>& forgeries() {
    static const std::vector<Forgery> all{
        {"the multiplexer to jwt, as wiring",
         2,
         [](FleetScene& s) { return jwt_as(s, "mcp-multiplexer", StackPurpose::Wiring); }},
        {"the multiplexer to jwt, as an env sync",
         2,
         [](FleetScene& s) { return jwt_as(s, "mcp-multiplexer", StackPurpose::EnvSync); }},
        {"the multiplexer to jwt, as a way back",
         2,
         [](FleetScene& s) { return jwt_as(s, "mcp-multiplexer", StackPurpose::WayBack); }},
        {"a service to jwt, as an env sync",
         1,
         [](FleetScene& s) { return jwt_as(s, "a-mcp", StackPurpose::EnvSync); }},
        {"a service to jwt, as a flip to none",
         1,
         [](FleetScene& s) { return jwt_as(s, "a-mcp", StackPurpose::Flip); }},
        {"a service to jwt, as a way back",
         15,
         [](FleetScene& s) { return jwt_as(s, "a-mcp", StackPurpose::WayBack); }},
        {"a service to jwt before the gates",
         1,
         [](FleetScene& s) {
             s.ledger.evidence.clear();
             const auto flip = s.flip("a-mcp");
             return s.judge(flip, s.live("a-mcp"));
         }},
        {"a service to jwt beside the canary",
         4,
         [](FleetScene& s) {
             s.record_flip("a-mcp", true, 1min);
             s.pass_gates();
             return s.judge(s.flip("b-mcp"), s.live("b-mcp"));
         }},
        {"a service to jwt beside the canary, as a way back",
         15,
         [](FleetScene& s) {
             s.record_flip("a-mcp", true, 1min);
             s.pass_gates();
             return jwt_as(s, "b-mcp", StackPurpose::WayBack);
         }},
        {"portainer-mcp to jwt while others pend, as a way back",
         15,
         [](FleetScene& s) {
             s.add_service("portainer-mcp", "second");
             s.pass_gates();
             return jwt_as(s, "portainer-mcp", StackPurpose::WayBack);
         }},
        {"half a block",
         1,
         [](FleetScene& s) {
             auto edit = s.flip("a-mcp");
             auto& body = std::get<StackEdit>(edit.body);
             body.env = {{"AUTH_TYPE", make_secret("jwt")}};
             return s.judge(std::move(edit), s.live("a-mcp"));
         }},
        {"a foreign variable taken away, as an env sync",
         8,
         [](FleetScene& s) {
             return sent(s, "a-mcp", StackPurpose::EnvSync, [](StackEdit& body) {
                 body.env = {{"UPSTREAM_KEY", nullptr}};
             });
         }},
        {"a foreign entry that no file reads taken away",
         8,
         [](FleetScene& s) {
             s.change_stack("a-mcp", [](StackView& stack) {
                 stack.env.push_back({"SOMEBODYS", make_secret("own")});
             });
             return sent(s, "a-mcp", StackPurpose::EnvSync, [](StackEdit& body) {
                 body.env = {{"SOMEBODYS", nullptr}};
             });
         }},
        {"another image, as an env sync",
         8,
         [](FleetScene& s) { return with_file(s, "docker.io/x/a-mcp:1", "evil.example/a:1"); }},
        {"another line, as an env sync",
         8,
         [](FleetScene& s) {
             return with_file(s, "    environment:", "    privileged: true\n    environment:");
         }},
        {"another service, as an env sync",
         8,
         [](FleetScene& s) {
             return with_file(s, "services:\n", "services:\n  evil:\n    image: x\n");
         }},
        {"a record that says another way back",
         5,
         [](FleetScene& s) {
             return sent(s, "a-mcp", StackPurpose::EnvSync, [&](StackEdit& body) {
                 const auto block = wanted_block(s.desired.fleet, AuthMode::Jwt);
                 body.env = {
                     {std::string(kLastGoodKey),
                      formats::write_last_good({{"a-mcp", {block, "x"}}})}};
             });
         }},
        {"the record of a way back taken away",
         5,
         [](FleetScene& s) {
             s.record_flip("a-mcp", false, 1min);
             return sent(s, "a-mcp", StackPurpose::EnvSync, [](StackEdit& body) {
                 body.env = {{std::string(kLastGoodKey), nullptr}};
             });
         }},
        {"our mark taken for another fleet",
         8,
         [](FleetScene& s) {
             return sent(s, "a-mcp", StackPurpose::EnvSync, [](StackEdit& body) {
                 body.env = {{std::string(kOwnerKey), make_secret("another")}};
             });
         }},
        {"a policy that lets everybody in", 11, [](FleetScene& s) { return policy_for(s, {}); }},
        {"a policy that lets a stranger in",
         11,
         [](FleetScene& s) {
             return policy_for(s, {{"uri", "in", R"(["agent:evil"])"}});
         }},
        {"a policy whose condition does not bound it",
         11,
         [](FleetScene& s) {
             return policy_for(s, {{"uri", "startswith", R"("agent:")"}});
         }},
        {"a client nobody declared",
         8,
         [](FleetScene& s) { return client_with(s, "stranger-client", {}); }},
        {"tokens that live for a second",
         11,
         [](FleetScene& s) {
             s.desired.clients.front().token_lifespan = 5min;
             return client_with(s, "mcp-multiplexer", 1s);
         }},
        {"a way back of a proven service that nobody asked for",
         15,
         [](FleetScene& s) { return opened(s, StackPurpose::WayBack); }},
        {"an opening that nobody asked for",
         15,
         [](FleetScene& s) { return opened(s, StackPurpose::Flip); }},
        {"an entry that loses a key of the client's",
         11,
         [](FleetScene& s) { return entry_without(s, "OIDC_TOKEN_URL"); }},
        {"an entry that loses somebody's key",
         8,
         [](FleetScene& s) { return entry_without(s, "SOMEBODYS"); }},
        {"a wiring that breaks the secret",
         7,
         [](FleetScene& s) {
             return wired(s, StackPurpose::Wiring, {"OIDC_CLIENT_SECRET", make_secret("wrong")});
         }},
        {"an env sync that breaks the secret",
         7,
         [](FleetScene& s) {
             return wired(s, StackPurpose::EnvSync, {"OIDC_CLIENT_SECRET", make_secret("wrong")});
         }},
        {"a wiring without MCP_CLIENT_AUTH",
         11,
         [](FleetScene& s) {
             return wired(s, StackPurpose::Wiring, {"MCP_CLIENT_AUTH", nullptr});
         }},
        {"an env sync of the multiplexer without MCP_CLIENT_AUTH",
         11,
         [](FleetScene& s) {
             return wired(s, StackPurpose::EnvSync, {"MCP_CLIENT_AUTH", nullptr});
         }},
        {"a restart of a service in its flip",
         5,
         [](FleetScene& s) {
             s.record_flip("a-mcp", false, 1min);
             return restarted(s, "a-mcp");
         }},
        {"a restart of a service in its flip, as the multiplexer's",
         5,
         [](FleetScene& s) {
             s.record_flip("a-mcp", false, 1min);
             return restarted(s, "mcp-multiplexer");
         }},
    };
    return all;
}

class Forger : public ::testing::TestWithParam<Forgery> {};

TEST_P(Forger, IsRefused) {
    FleetScene scene;
    const auto verdict = GetParam().write(scene);
    const auto* refusal = std::get_if<Refusal>(&verdict);
    ASSERT_NE(refusal, nullptr) << "it was written";
    EXPECT_EQ(refusal->invariant, GetParam().invariant) << refusal->message;
}

INSTANTIATE_TEST_SUITE_P(All, Forger, ::testing::ValuesIn(forgeries()));

}  // namespace
}  // namespace wavegate::guard
