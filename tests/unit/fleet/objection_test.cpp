// Revisions without errors that are not taken by themselves.
#include "reconcilers/fleet/objection.hpp"

#include "tests/support/changed_record.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::fleet {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Ten declared services in force; `a` of them in a rollout, as the test says.
class Objection : public ::testing::Test {
  protected:
    Objection() {
        now_.revision = "one";
        now_.fleet.name = "homelab";
        now_.fleet.multiplexer.principal = "agent:mux";
        now_.fleet.limits.max_deletions = 3;
        now_.fleet.limits.max_shrink_percent = 20;
        for (char name = 'a'; name < 'k'; ++name) {
            ServiceSpec service;
            service.name = service.stack = service.compose_service = std::string(1, name);
            service.declared = true;
            now_.services.push_back(service);
        }
        next_ = now_;
        next_.revision = revision_.id = "two";
        revision_.ancestry = Ancestry::Descends;
        record_ = testing::changed(record_, [](RolloutFields& fields) {
            fields.members.push_back(testing::member_in("a", state::Ready()));
        });
    }

    void bring(MemberState state, AuthMode to = AuthMode::Jwt) {
        record_ = testing::changed(record_, [&](RolloutFields& fields) {
            fields.members.at(0).state = std::move(state);
            fields.members.at(0).to = to;
        });
    }
    void drop(const std::string& name) {
        std::erase_if(next_.services, [&](const auto& service) { return service.name == name; });
    }
    /// All objections, in one line.
    [[nodiscard]] std::string said() const {
        const Proposal proposal{in_force_, readable_ ? &now_ : nullptr, revision_, next_, record_};
        return fmt::format("{}", fmt::join(objections_to(proposal), "; "));
    }

    std::string in_force_ = "one";
    bool readable_ = true;
    DesiredState now_;
    Revision revision_;
    DesiredState next_;
    RolloutRecord record_;
};

TEST_F(Objection, IsNoneToWhatDescendsAndChangesLittle) {
    drop("b");
    EXPECT_THAT(said(), IsEmpty());
}

TEST_F(Objection, IsToARevisionThatDoesNotDescend) {
    revision_.ancestry = Ancestry::Diverged;
    EXPECT_THAT(said(), HasSubstr("it does not descend from one"));
}

TEST_F(Objection, IsToARevisionThatIsNotSeenToDescend) {
    revision_.ancestry = Ancestry::Unknown;
    EXPECT_THAT(said(), HasSubstr("not seen to descend from one"));
    revision_.ancestry = Ancestry::First;
    EXPECT_THAT(said(), HasSubstr("does not descend from one")) << "it is not the first";
}

TEST_F(Objection, IsNoneToTheFirstRevisionOfAll) {
    in_force_.clear();
    readable_ = false;
    revision_.ancestry = Ancestry::First;
    EXPECT_THAT(said(), IsEmpty());
}

TEST_F(Objection, IsToAStrangerToARevisionThatCanNotBeReadAnyMore) {
    readable_ = false;
    revision_.ancestry = Ancestry::Diverged;
    EXPECT_THAT(said(), HasSubstr("does not descend from one"));
    revision_.ancestry = Ancestry::Descends;
    EXPECT_THAT(said(), IsEmpty());
}

TEST_F(Objection, IsToldWithAllOthersSinceAPersonAcceptsThemTogether) {
    revision_.ancestry = Ancestry::Diverged;
    next_.fleet.name = "company";
    drop("b");
    drop("c");
    drop("d");
    EXPECT_THAT(
        said(),
        AllOf(
            HasSubstr("does not descend"), HasSubstr("renames the fleet"), HasSubstr("deletes 3")));
}

TEST_F(Objection, IsToAnotherNameOfTheFleet) {
    next_.fleet.name = "company";
    EXPECT_THAT(said(), HasSubstr("renames the fleet"));
}

TEST_F(Objection, IsToMoreDeletionsThanTheShareAllowsAndThanTheNumberAllows) {
    for (const auto* name : {"b", "c", "d"}) {
        drop(name);
    }
    EXPECT_THAT(said(), HasSubstr("deletes 3 of 10")) << "30 %, of 20 %";
    now_.fleet.limits.max_shrink_percent = 100;
    EXPECT_THAT(said(), IsEmpty());
    now_.fleet.limits.max_deletions = 2;
    EXPECT_THAT(said(), HasSubstr("deletes 3 of 10")) << "3, of 2";
}

TEST_F(Objection, IsToTheLossOfAServiceWhoseFlipIsUnderTest) {
    drop("a");
    EXPECT_THAT(said(), IsEmpty()) << "it has ended";
    const std::vector<MemberState> under_test{
        state::Flipping(), state::Converging(), state::Probing(), state::RollingBack()};
    for (const auto& state : under_test) {
        bring(state);
        EXPECT_THAT(said(), HasSubstr("removes a or calls it otherwise")) << state.index();
    }
}

TEST_F(Objection, IsToAnotherStackOfAServiceWhoseFlipIsUnderTest) {
    bring(state::Converging());
    next_.services[0].stack = "elsewhere";
    EXPECT_THAT(said(), HasSubstr("removes a or calls it otherwise"));
}

TEST_F(Objection, IsToAnotherPrincipalWhileServicesEnforce) {
    next_.fleet.multiplexer.principal = "agent:another";
    EXPECT_THAT(said(), HasSubstr("changes multiplexer.principal from agent:mux"));
    next_.fleet.multiplexer.principal = now_.fleet.multiplexer.principal;
    next_.fleet.multiplexer.principal_from = PrincipalSource::Jwt;
    EXPECT_THAT(said(), HasSubstr("changes multiplexer.principal"));
}

TEST_F(Objection, IsNoneToAnotherPrincipalWhileNothingEnforces) {
    next_.fleet.multiplexer.principal = "agent:another";
    const std::vector<MemberState> open{state::Pending(), state::RolledBack(), state::Failed()};
    for (const auto& state : open) {
        bring(state);
        EXPECT_THAT(said(), IsEmpty()) << state.index();
    }
    bring(state::Ready(), AuthMode::None);
    EXPECT_THAT(said(), IsEmpty()) << "it is open";
}

/// Another value in one field of the Fleet.
struct Move {
    const char* field;
    void (*make)(FleetSpec&);
};
void PrintTo(const Move& move, std::ostream* out) {
    *out << move.field;
}

class ObjectionToAddresses : public Objection, public ::testing::WithParamInterface<Move> {};

TEST_P(ObjectionToAddresses, NamesTheFieldThatSaysWhereCredentialsGo) {
    GetParam().make(next_.fleet);
    EXPECT_THAT(said(), HasSubstr(std::string("it changes ") + GetParam().field + ","));
    now_ = next_;
    EXPECT_THAT(said(), IsEmpty()) << "a person took it";
}

INSTANTIATE_TEST_SUITE_P(
    All,
    ObjectionToAddresses,
    ::testing::Values(
        Move{"portainer.url", [](FleetSpec& f) { f.portainer.url = "http://evil"; }},
        Move{"portainer.tokenRef", [](FleetSpec& f) { f.portainer.token.text = "env:B"; }},
        Move{"keycloak.url", [](FleetSpec& f) { f.keycloak.url = "http://evil"; }},
        Move{"keycloak.realm", [](FleetSpec& f) { f.keycloak.realm = "other"; }},
        Move{"keycloak.clientId", [](FleetSpec& f) { f.keycloak.client_id = "other"; }},
        Move{
            "keycloak.clientSecretRef",
            [](FleetSpec& f) { f.keycloak.client_secret.text = "env:B"; }},
        Move{"openbao.url", [](FleetSpec& f) { f.openbao.url = "http://evil"; }},
        Move{"openbao.mount", [](FleetSpec& f) { f.openbao.mount = "other"; }},
        Move{"openbao.namespace", [](FleetSpec& f) { f.openbao.name_space = "other"; }},
        Move{
            "openbao.jwtLogin.clientId, openbao.jwtLogin.clientSecretRef, openbao.jwtLogin.mount, "
            "openbao.jwtLogin.role",
            [](FleetSpec& f) {
                f.openbao.jwt_login = JwtLogin{"jwt", "x", "vault", {"env:V", {}}};
            }},
        Move{"eunomia.url", [](FleetSpec& f) { f.eunomia.url = "http://evil"; }},
        Move{"eunomia.apiKeyRef", [](FleetSpec& f) { f.eunomia.api_key.text = "env:B"; }},
        Move{"multiplexer.stack", [](FleetSpec& f) { f.multiplexer.stack = "evil"; }},
        Move{"multiplexer.url", [](FleetSpec& f) { f.multiplexer.url = "http://evil"; }},
        Move{
            "multiplexer.inbound.tokenRef",
            [](FleetSpec& f) { f.multiplexer.inbound_token.text = "env:B"; }},
        Move{
            "grafana.tokenRef, grafana.url",
            [](FleetSpec& f) {
                f.grafana = GrafanaSpec{"http://evil", {"env:B", {}}};
            }},
        Move{
            "stackRepo.tokenRef",
            [](FleetSpec& f) {
                f.stack_repo = StackRepoSpec{"", {"env:B", {}}, "", {}};
            }},
        Move{"jwt.issuer", [](FleetSpec& f) { f.jwt.issuer = "http://evil"; }},
        Move{"jwt.jwksUri", [](FleetSpec& f) { f.jwt.jwks_uri = "http://evil"; }},
        Move{"jwt.eunomia.url", [](FleetSpec& f) { f.jwt.eunomia_url = "http://evil"; }}));

TEST_F(Objection, IsToAnotherClientOfTheVaultsLogin) {
    now_.fleet.openbao.jwt_login = JwtLogin{"jwt", "x", "vault", {"env:V", {}}};
    next_ = now_;
    EXPECT_THAT(said(), IsEmpty());
    next_.fleet.openbao.jwt_login->client_id = "admin";
    EXPECT_THAT(said(), HasSubstr("openbao.jwtLogin.clientId"));
    next_ = now_;
    next_.fleet.openbao.jwt_login->client_secret.text = "env:W";
    EXPECT_THAT(said(), HasSubstr("openbao.jwtLogin.clientSecretRef"));
}

TEST_F(Objection, IsToANamespaceThatLeavesSinceTheRootOneIsMeantThen) {
    now_.fleet.openbao.name_space = "ns1";
    EXPECT_THAT(said(), HasSubstr("it changes openbao.namespace,"));
    now_.fleet.openbao.name_space = "root";
    EXPECT_THAT(said(), IsEmpty()) << "that is its name";
}

TEST_F(Objection, IsNoneToABackendThatLeaves) {
    now_.fleet.grafana = GrafanaSpec{"http://grafana.arpa", {"env:TOKEN", {}}};
    EXPECT_THAT(said(), IsEmpty()) << "nothing is sent there any more";
}

TEST_F(Objection, IsToAnotherAudienceWhileServicesEnforce) {
    next_.fleet.jwt.audience = "other";
    bring(state::Ready(), AuthMode::None);
    EXPECT_THAT(said(), IsEmpty()) << "no service is told it yet";
    bring(state::Ready(), AuthMode::Jwt);
    EXPECT_THAT(said(), HasSubstr("it changes jwt.audience,"));
}

TEST_F(Objection, IsToOtherKeysOfTheAuthBlockWhileServicesEnforce) {
    next_.fleet.auth_profile = fastmcp_profile();
    bring(state::Ready(), AuthMode::None);
    EXPECT_THAT(said(), IsEmpty()) << "no service enforces by those before";
    bring(state::Ready(), AuthMode::Jwt);
    EXPECT_THAT(said(), HasSubstr("it changes authBlock while services enforce"));
}

}  // namespace
}  // namespace wavegate::fleet
