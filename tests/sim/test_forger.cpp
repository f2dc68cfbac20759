// A planner gone wrong releases writes that are not what they are called, one after the other, on a
// fleet that enforces: each is refused by its invariant, and nothing of the World moves.
#include "operator/base/digest.hpp"
#include "operator/model/inputs.hpp"
#include "tests/sim/rig.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

struct Sight {
    const DesiredState& desired;
    const Observed& observed;
};

struct Forgery {
    const char* what;
    int invariant;  ///< that must refuse it
    std::function<EditBody(const Sight&)> body;
};

/// An edit of a stack as it stands, under this label, which changes nothing yet.
StackEdit stack_edit(const Sight& sight, const std::string& name, StackPurpose label) {
    const auto* stack = sight.observed.stack(name);
    const auto* running = sight.observed.running(name, name);
    StackEdit edit;
    edit.purpose = label;
    edit.service = name;
    edit.stack = name;
    edit.compose_service = name;
    edit.stack_id = stack->id;
    edit.from = agent_utilities_profile().mode_of(running->auth);
    edit.to = edit.from;
    edit.block_before = running->auth;
    edit.block_after = running->auth;
    edit.file_digest_before = sha256_hex(*stack->file);
    edit.file_version_before = stack->file_version();
    edit.image = running->image;
    return edit;
}

/// With one more line in the service's environment.
std::string with_line(const Sight& sight, const std::string& stack, const std::string& line) {
    auto file = *sight.observed.stack(stack)->file;
    const std::string head = "    environment:\n";
    file.insert(file.find(head) + head.size(), "      - " + line + "\n");
    return file;
}

/// The multiplexer enforcing, under this label.
Forgery enforcing_multiplexer(const char* what, StackPurpose label) {
    return {what, 2, [label](const Sight& sight) {
                auto edit = stack_edit(sight, "mcp-multiplexer", label);
                edit.file = with_line(sight, "mcp-multiplexer", "AUTH_TYPE=jwt");
                return EditBody(std::move(edit));
            }};
}

/// An entry of a stack's Env set, or taken away where there is no value, under this label.
Forgery
entry(const char* what, int invariant, const char* stack, StackPurpose label, EnvChange change) {
    return {what, invariant, [=](const Sight& sight) {
                auto edit = stack_edit(sight, stack, label);
                edit.env.push_back(change);
                return EditBody(std::move(edit));
            }};
}

/// a-mcp open, under this label. Its block stands literally in its file.
Forgery opening(const char* what, int invariant, StackPurpose label) {
    return {what, invariant, [label](const Sight& sight) {
                auto edit = stack_edit(sight, "a-mcp", label);
                auto file = *sight.observed.stack("a-mcp")->file;
                const std::string jwt = "AUTH_TYPE=jwt";
                file.replace(file.find(jwt), jwt.size(), "AUTH_TYPE=none");
                edit.file = std::move(file);
                edit.to = AuthMode::None;
                edit.block_after["AUTH_TYPE"] = "none";
                return EditBody(std::move(edit));
            }};
}

EditBody policy_for(std::vector<PolicyCondition> principal) {
    PolicyRule rule;
    rule.name = "all";
    rule.effect = PolicyEffect::Allow;
    rule.principal = std::move(principal);
    rule.actions = {"list", "execute"};
    PolicyEdit edit;
    edit.policy = {"wavegate-sandbox-x", "managed-by=wavegate fleet=sandbox", {rule}};
    return edit;
}

EditBody client_with(const Sight& sight, const std::string& client_id, Duration lifespan) {
    const auto& spec = sight.desired.clients.front();
    const auto& seen = **sight.observed.clients.at(spec.client_id);
    ClientEdit edit;
    edit.create = client_id != spec.client_id;
    edit.uuid = seen.id;
    edit.client_id = client_id;
    edit.owner = sight.desired.fleet.name;
    edit.token_lifespan = lifespan;
    return edit;
}

EditBody entry_with(const Sight& sight, const std::function<void(SecretEdit&)>& forge) {
    const auto& path = sight.desired.clients.front().secret_path;
    const auto& seen = **sight.observed.vault.at(path);
    SecretEdit edit;
    edit.path = path;
    edit.owner = sight.desired.fleet.name;
    edit.cas = seen.version;
    edit.data = seen.data;
    forge(edit);
    return edit;
}

std::vector<Forgery> forgeries() {
    using P = StackPurpose;
    const EnvChange wrong{"OIDC_CLIENT_SECRET", make_secret("a-secret-of-no-client")};
    return {
        enforcing_multiplexer("the multiplexer to jwt, as wiring", P::Wiring),
        enforcing_multiplexer("the multiplexer to jwt, as an env sync", P::EnvSync),
        enforcing_multiplexer("the multiplexer to jwt, as a way back", P::WayBack),
        opening("a proven service opened, as a flip", 15, P::Flip),
        opening("a proven service opened, as a way back", 15, P::WayBack),
        opening("a proven service opened, as an env sync", 1, P::EnvSync),
        {"another image, as an env sync",
         8,
         [](const Sight& sight) {
             auto edit = stack_edit(sight, "a-mcp", P::EnvSync);
             auto file = *sight.observed.stack("a-mcp")->file;
             const std::string image = "    image: ";
             file.insert(file.find(image) + image.size(), "evil.example/");
             edit.file = std::move(file);
             return EditBody(std::move(edit));
         }},
        {"a foreign variable, as an env sync",
         8,
         [](const Sight& sight) {
             auto edit = stack_edit(sight, "a-mcp", P::EnvSync);
             edit.file = with_line(sight, "a-mcp", "HTTPS_PROXY=http://evil.example");
             return EditBody(std::move(edit));
         }},
        entry(
            "our mark for another fleet",
            8,
            "a-mcp",
            P::EnvSync,
            {"WAVEGATE_OWNER", make_secret("b")}),
        entry(
            "the record of a way back taken away",
            5,
            "a-mcp",
            P::EnvSync,
            {"WAVEGATE_LAST_GOOD", nullptr}),
        entry("a wiring that breaks the secret", 7, "mcp-multiplexer", P::Wiring, wrong),
        entry("an env sync that breaks the secret", 7, "mcp-multiplexer", P::EnvSync, wrong),
        entry(
            "an env sync without MCP_CLIENT_AUTH",
            11,
            "mcp-multiplexer",
            P::EnvSync,
            {"MCP_CLIENT_AUTH", nullptr}),
        {"a policy that lets everybody in",
         11,
         [](const Sight& /*sight*/) { return policy_for({}); }},
        {"a policy that lets a stranger in",
         11,
         [](const Sight& /*sight*/) {
             return policy_for({{"uri", "in", R"(["agent:evil"])"}});
         }},
        {"a policy of another hand taken away",
         8,
         [](const Sight& /*sight*/) {
             PolicyEdit edit;
             edit.verb = PolicyEdit::Verb::Delete;
             edit.policy.name = "mcp-default-policy";
             return EditBody(std::move(edit));
         }},
        {"a client nobody declared",
         8,
         [](const Sight& sight) { return client_with(sight, "stranger", 5min); }},
        {"tokens that live for a second",
         11,
         [](const Sight& sight) {
             return client_with(sight, sight.desired.clients.front().client_id, 1s);
         }},
        {"an entry with a secret of no client",
         7,
         [](const Sight& sight) {
             return entry_with(sight, [](SecretEdit& edit) {
                 edit.data["OIDC_CLIENT_SECRET"] = make_secret("a-secret-of-no-client");
             });
         }},
        {"an entry that loses a key",
         11,
         [](const Sight& sight) {
             return entry_with(sight, [](SecretEdit& edit) { edit.data.erase("OIDC_TOKEN_URL"); });
         }},
    };
}

/// A planner that plans as it should until it is told to forge; then it releases that alone.
struct Forger {
    std::function<EditBody(const Sight&)> forge;
    int released = 0;

    Step operator()(
        const DesiredState& desired,
        const Observed& observed,
        const Diff& diff,
        const RolloutRecord& record,
        const Ledger& ledger,
        Time now) {
        auto step = rollout::decide(desired, observed, diff, record, ledger, now);
        if (!forge) {
            return step;
        }
        step.release.clear();
        Edit edit;
        edit.id = fmt::format("forged {}", ++released);
        edit.intent = edit.id;
        edit.rollout = step.next.id();
        edit.target = "forged/target";
        edit.why = "no reason at all";
        edit.body = forge({desired, observed});
        step.release.push_back(std::move(edit));
        return step;
    }
};

TEST(Forger, WritesNothingOfAFleetThatEnforces) {
    const auto forger = std::make_shared<Forger>();
    fleet::Settings settings;
    settings.planner = [forger](
                           const DesiredState& desired,
                           const Observed& observed,
                           const Diff& diff,
                           const RolloutRecord& record,
                           const Ledger& ledger,
                           Time now) {
        return (*forger)(desired, observed, diff, record, ledger, now);
    };
    auto world = small_world({"a-mcp"});
    world.services.front().block = sandbox::BlockForm::Literal;
    auto desired = one_wave({"a-mcp"}, "jwt");
    desired.services["a-mcp"].extra = "  env: { LOG_LEVEL: info }\n";  // so that its file is read
    Rig rig(world, desired, settings);
    ASSERT_TRUE(rig.until_standing("Converged")) << rig.story();
    const auto before = end_state(rig.world);
    const auto sent = rig.witness.compared();
    for (const auto& forgery : forgeries()) {
        SCOPED_TRACE(forgery.what);
        const auto refused = rig.view()->refusals;
        const auto of = [](const std::map<int, std::uint64_t>& counts, int invariant) {
            const auto at = counts.find(invariant);
            return at == counts.end() ? 0U : at->second;
        };
        forger->forge = forgery.body;
        const bool told = rig.until(
            [&] {
                return of(rig.view()->refusals, forgery.invariant) > of(refused, forgery.invariant);
            },
            1min);
        forger->forge = nullptr;
        rig.pass_time(40s);  // a fleet at rest says each half a minute what was refused
        EXPECT_TRUE(told) << rig.story();
        for (const auto& [invariant, count] : rig.view()->refusals) {
            EXPECT_TRUE(invariant == forgery.invariant || count == of(refused, invariant))
                << "refused by invariant " << invariant << "\n"
                << rig.story();
        }
        ASSERT_EQ(end_state(rig.world), before) << "it was written";
    }
    EXPECT_EQ(rig.witness.compared(), sent) << "nothing was sent at all";
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

}  // namespace
}  // namespace wavegate::testing
