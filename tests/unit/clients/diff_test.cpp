// Which clients are written, what of them, and whose secret may be copied.
#include "reconcilers/clients/diff.hpp"

#include "operator/model/client_rules.hpp"
#include "operator/model/inputs.hpp"
#include "reconcilers/secrets/diff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// A client as a create of ours leaves it.
ClientView own(const std::string& id) {
    ClientView view;
    view.id = "uuid-of-" + id;
    view.client_id = id;
    for (const auto& one : kClientSwitches) {
        view.*one.seen = one.wanted;
    }
    view.authenticator = "client-secret";
    view.attributes = {{"wavegate.owner", "homelab"}, {"access.token.lifespan", "300"}};
    view.mappers = {
        {"m",
         "wavegate-aud-agent-services",
         "oidc-audience-mapper",
         {{"included.custom.audience", "agent-services"}, {"access.token.claim", "true"}}}};
    view.secret = make_secret("the client's secret");
    return view;
}

struct Scene {
    DesiredState desired;
    Observed observed;
    Ledger ledger;

    explicit Scene(const std::string& client_id = "mcp-multiplexer") {
        desired.fleet.name = "homelab";
        desired.fleet.keycloak.realm = "fleet";
        desired.fleet.keycloak.client_id = "wavegate";
        desired.fleet.multiplexer.client = "mux";
        OidcClientSpec spec;
        spec.name = "mux";
        spec.client_id = client_id;
        spec.audiences = {"agent-services"};
        spec.token_lifespan = 5min;
        spec.secret_path = "chosen/by/the/commit";
        desired.clients.push_back(spec);
        observed.vault[spec.secret_path] =
            Seen<std::optional<VaultEntry>>(std::optional<VaultEntry>(), Time());
        see(own(client_id));
    }
    void see(std::optional<ClientView> client) {
        observed.clients[desired.clients.front().client_id] = Seen(std::move(client), Time());
    }
    [[nodiscard]] Diff clients() const { return clients::diff(desired, observed, ledger); }
    /// As a person says it of what is there now.
    Result<void> accept() {
        const auto& id = desired.clients.front().client_id;
        auto against = clients::may_adopt(desired, observed, id);
        if (!against) {
            return against.take_error();
        }
        ledger.words.push_back({Verb::Accept, "r1", "", "alice", Time(), id, *against});
        return {};
    }
    [[nodiscard]] Diff secrets() const { return secrets::diff(desired, observed); }
};

std::vector<std::string> changed(const Diff& diff) {
    std::vector<std::string> fields;
    for (const auto& edit : diff.edits) {
        for (const auto& field : edit.fields) {
            fields.push_back(field.field);
        }
    }
    return fields;
}

TEST(Client, ThatIsAsItShouldBeIsNotWritten) {
    const Scene scene;
    EXPECT_THAT(scene.clients().edits, IsEmpty());
    EXPECT_THAT(scene.clients().obstacles, IsEmpty());
    EXPECT_THAT(scene.secrets().edits, SizeIs(1));
}

TEST(Client, OfOursAfterALostStoreIsStillOurs) {
    Scene scene;
    auto client = own("mcp-multiplexer");
    client.enabled = false;
    scene.see(client);
    EXPECT_THAT(changed(scene.clients()), ElementsAre("enabled"));
}

TEST(ForeignEntry, IsLeftAndToldWithItsNamespace) {
    Scene scene;
    VaultEntry others;
    others.version = 1;
    others.data["OIDC_CLIENT_SECRET"] = make_secret("another's");
    scene.observed.vault["chosen/by/the/commit"] = Seen(std::optional<VaultEntry>(others), Time());
    const auto said = [&] {
        const auto diff = scene.secrets();
        EXPECT_THAT(diff.edits, IsEmpty());
        return diff.obstacles.empty() ? std::string() : diff.obstacles.front().message;
    };
    EXPECT_THAT(said(), HasSubstr("the vault entry chosen/by/the/commit holds other values"));
    scene.desired.fleet.openbao.name_space = "ns1";
    EXPECT_THAT(said(), HasSubstr("entry chosen/by/the/commit of namespace ns1 holds other"));
}

TEST(ForeignClient, IsNeverWrittenAndItsSecretNeverCopied) {
    Scene scene;
    auto client = own("mcp-multiplexer");
    client.attributes.erase("wavegate.owner");
    client.enabled = false;
    scene.see(client);
    const auto diff = scene.clients();
    EXPECT_THAT(diff.edits, IsEmpty());
    ASSERT_THAT(diff.obstacles, SizeIs(1));
    EXPECT_EQ(diff.obstacles.front().object, "OidcClient/mux");
    EXPECT_EQ(diff.obstacles.front().reason, "Foreign");
    EXPECT_THAT(diff.obstacles.front().message, HasSubstr("bears no mark of ours"));
    EXPECT_THAT(diff.obstacles.front().message, HasSubstr("another clientId"));
    EXPECT_THAT(scene.secrets().edits, IsEmpty()) << "nothing into the vault";
    EXPECT_THAT(outbound_env(scene.desired, scene.observed), IsEmpty()) << "nothing into an Env";
    EXPECT_EQ(token_inputs(scene.desired, scene.observed), "") << "and nothing is proven by it";
}

/// One that somebody made by hand, and logs in through.
struct Unmarked : Scene {
    ClientView theirs = own("mcp-multiplexer");
    Unmarked() {
        theirs.attributes.erase("wavegate.owner");
        theirs.standard_flow = true;
        see(theirs);
        desired.clients.front().adopt = true;
    }
};

TEST(Adoption, AwaitsAPersonsWordAndSaysWhatItWouldChange) {
    Unmarked scene;
    const auto diff = scene.clients();
    EXPECT_THAT(diff.edits, IsEmpty());
    ASSERT_THAT(diff.obstacles, SizeIs(1));
    EXPECT_EQ(diff.obstacles.front().reason, "Foreign");
    EXPECT_THAT(
        diff.obstacles.front().message, HasSubstr("rollout accept --client mcp-multiplexer"));
    EXPECT_THAT(diff.obstacles.front().message, HasSubstr("standardFlowEnabled"));
    EXPECT_TRUE(diff.obstacles.front().awaits_acceptance) << "nothing changes until then";
    EXPECT_THAT(scene.secrets().edits, IsEmpty());

    ASSERT_TRUE(scene.accept());
    EXPECT_THAT(changed(scene.clients()), ElementsAre("standardFlowEnabled", "wavegate.owner"));
    EXPECT_THAT(scene.clients().obstacles, IsEmpty());
    EXPECT_THAT(scene.secrets().edits, IsEmpty()) << "no secret before it bears the mark";
}

TEST(Adoption, IsOfTheVeryClientThatWasAccepted) {
    Unmarked scene;
    ASSERT_TRUE(scene.accept());
    scene.theirs.id = "another of the same name";
    scene.see(scene.theirs);
    EXPECT_THAT(scene.clients().edits, IsEmpty());
    EXPECT_THAT(scene.clients().obstacles, SizeIs(1));
}

TEST(Adoption, IsNeverOfAnotherFleetsNorOfOneThatNoDocumentAdopts) {
    Unmarked scene;
    ASSERT_TRUE(scene.accept());
    scene.desired.clients.front().adopt = false;
    EXPECT_THAT(scene.clients().edits, IsEmpty()) << "the document took its word back";
    EXPECT_FALSE(scene.clients().obstacles.front().awaits_acceptance);
    EXPECT_FALSE(scene.accept());
    scene.desired.clients.front().adopt = true;
    scene.theirs.attributes["wavegate.owner"] = "another";
    scene.see(scene.theirs);
    EXPECT_THAT(scene.clients().edits, IsEmpty());
    EXPECT_FALSE(scene.accept());
    scene.see(std::nullopt);
    EXPECT_FALSE(scene.accept()) << "there is nobody to accept";
    EXPECT_THAT(scene.clients().edits, SizeIs(1)) << "it is made";
}

TEST(ForeignClient, IsOneOfAnotherFleetToo) {
    Scene scene;
    auto client = own("mcp-multiplexer");
    client.attributes["wavegate.owner"] = "another";
    scene.see(client);
    ASSERT_THAT(scene.clients().obstacles, SizeIs(1));
    EXPECT_EQ(scene.clients().obstacles.front().reason, "Foreign");
    EXPECT_THAT(scene.secrets().edits, IsEmpty());
}

TEST(ForeignClient, IsTheOperatorsOwnAndEachOfKeycloaksWhateverMarkTheyBear) {
    for (const auto* id :
         {"wavegate",
          "WaveGate",
          "account",
          "account-console",
          "admin-cli",
          "broker",
          "realm-management",
          "security-admin-console",
          "master-realm",
          "fleet-realm"}) {
        Scene scene(id);
        EXPECT_THAT(scene.clients().edits, IsEmpty()) << id;
        ASSERT_THAT(scene.clients().obstacles, SizeIs(1)) << id;
        EXPECT_EQ(scene.clients().obstacles.front().reason, "Foreign") << id;
        EXPECT_THAT(scene.secrets().edits, IsEmpty()) << id;
        scene.see(std::nullopt);
        EXPECT_THAT(scene.clients().edits, IsEmpty()) << id << " is not made either";
    }
}

TEST(BuiltInClient, OfMasterIsTheAdministratorsClientOfEveryRealm) {
    KeycloakSpec keycloak;
    keycloak.client_id = "wavegate";
    keycloak.realm = "master";
    EXPECT_NE(why_reserved(keycloak, "any-realm"), "");
    EXPECT_EQ(why_reserved(keycloak, "realm-of-tools"), "");
    keycloak.realm = "fleet";
    EXPECT_EQ(why_reserved(keycloak, "any-realm"), "");
}

TEST(SecretEntry, IsTheSameEditWhateverItsVersion) {
    Scene scene;
    const auto edit_at = [&](std::uint64_t version) {
        VaultEntry entry;
        entry.version = version;
        entry.custom_metadata["wavegate_owner"] = "homelab";
        entry.data["num"] = make_secret("5");
        scene.observed.vault["chosen/by/the/commit"] =
            Seen<std::optional<VaultEntry>>(std::optional<VaultEntry>(entry), Time());
        return scene.secrets().edits.at(0).id;
    };
    const auto first = edit_at(1);
    EXPECT_EQ(edit_at(7), first) << "else a write that is undone is never known for a repeat";
    auto client = own("mcp-multiplexer");
    client.secret = make_secret("another");
    scene.see(client);
    EXPECT_NE(edit_at(1), first);
}

TEST(Drift, OfEachSwitchOfAClientIsSeen) {
    for (const auto& one : kClientSwitches) {
        Scene scene;
        auto client = own("mcp-multiplexer");
        client.*one.seen = !one.wanted;
        scene.see(client);
        EXPECT_THAT(changed(scene.clients()), ElementsAre(one.field));
    }
    for (const auto* name : kClosedAttributes) {
        Scene scene;
        auto client = own("mcp-multiplexer");
        client.attributes[name] = "true";
        scene.see(client);
        EXPECT_THAT(changed(scene.clients()), ElementsAre(name));
    }
}

TEST(Drift, OfAddressesAndTheAuthenticatorIsSeen) {
    Scene scene;
    auto client = own("mcp-multiplexer");
    client.redirect_uris = {"https://attacker.example/*"};
    client.web_origins = {"*"};
    client.authenticator = "client-x509";
    scene.see(client);
    EXPECT_THAT(
        changed(scene.clients()),
        ElementsAre("clientAuthenticatorType", "redirectUris", "webOrigins"));
}

TEST(Drift, ThatIsOnlyReportedIsToldFieldByFieldAndNotWritten) {
    Scene scene;
    scene.desired.fleet.drift = DriftPolicy::Report;
    auto client = own("mcp-multiplexer");
    client.standard_flow = true;
    client.mappers.clear();
    scene.see(client);
    EXPECT_THAT(scene.clients().edits, IsEmpty());
    ASSERT_THAT(scene.clients().obstacles, SizeIs(1));
    EXPECT_EQ(scene.clients().obstacles.front().reason, "Drift");
    EXPECT_EQ(
        scene.clients().obstacles.front().message,
        "standardFlowEnabled, audience mapper differ, and drift is only reported");
    scene.see(std::nullopt);
    EXPECT_THAT(scene.clients().edits, SizeIs(1)) << "one that is missing is made";
}

}  // namespace
}  // namespace wavegate
