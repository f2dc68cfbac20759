// `wavegate import`: of a running fleet, the desired state that changes nothing of it.
#include "tests/e2e/fleet.hpp"
#include "tests/support/paths.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// An operator's file as a new user writes it first: addresses and references, nothing else.
class ImportedFleet {
  public:
    explicit ImportedFleet(const FleetPlan& plan = {{"a-mcp", "b-mcp", "c-mcp"}, {}})
        : fleet(plan) {
        auto& env = fleet.operator_env();
        env.erase("WAVEGATE_SOURCE_GIT_URL");
        std::string text = "references:\n";
        for (const auto* system : {"portainer", "keycloak", "openbao", "eunomia"}) {
            std::string variable(system);
            for (auto& letter : variable) {
                letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
            }
            text += fmt::format(
                "  - {{ ref: \"env:SANDBOX_{}\", to: [ \"{}\" ] }}\n", variable, fleet.url(system));
        }
        write_file(settings, text);
        env["WAVEGATE_CONFIG"] = settings;
    }

    int import(std::vector<std::string> more = {}) {
        more.insert(more.begin(), {"import", folder});
        const auto process = fleet.start(more);
        const int code = process->wait(60s);
        said = process->output() + process->errors();
        return code;
    }
    /// What a command says of the imported state, once operator.yaml says what was asked for.
    int run(std::vector<std::string> words) {
        auto& env = fleet.operator_env();
        env["WAVEGATE_CONFIG"] = fleet.folder() + "/operator.yaml";
        env["WAVEGATE_SOURCE_FOLDER"] = folder;
        env["WAVEGATE_STORE_SQLITE"] = fleet.folder() + "/new.db";
        const auto process = fleet.start(words);
        const int code = process->wait(60s);
        said = process->output() + process->errors();
        env.erase("WAVEGATE_SOURCE_FOLDER");
        env.erase("WAVEGATE_STORE_SQLITE");
        env["WAVEGATE_CONFIG"] = settings;
        return code;
    }
    [[nodiscard]] bool wrote_nothing() const {
        return !std::filesystem::exists(folder) && staged() == 0;
    }
    [[nodiscard]] int staged() const {
        int count = 0;
        for (const auto& one : std::filesystem::directory_iterator(fleet.folder())) {
            count += one.path().filename().string().starts_with(".wavegate") ? 1 : 0;
        }
        return count;
    }
    [[nodiscard]] std::string file(const std::string& name) const {
        return read_file(folder + "/" + name);
    }
    /// All that was written and printed.
    [[nodiscard]] std::string everything() const {
        std::string text = said;
        for (const auto& one : std::filesystem::directory_iterator(folder)) {
            text += read_file(one.path().string());
        }
        return text;
    }
    void expect_no_secret() {
        for (const auto& [name, value] : fleet_secrets()) {
            EXPECT_THAT(everything(), Not(HasSubstr(value))) << name;
        }
    }

    Fleet fleet;
    std::string folder = fleet.folder() + "/imported";
    std::string settings = fleet.folder() + "/first.yaml";
    std::string said;

  private:
    [[nodiscard]] std::map<std::string, std::string> fleet_secrets() {
        const auto& env = fleet.operator_env();
        std::map<std::string, std::string> secrets;
        for (const auto& [name, value] : env) {
            if (name.starts_with("SANDBOX_")) {
                secrets.emplace(name, value);
            }
        }
        for (const auto& [name, value] : fleet.stack_env("mcp-multiplexer")) {
            if (name == "OIDC_CLIENT_SECRET") {
                secrets.emplace(name, value);
            }
        }
        return secrets;
    }
};

TEST(Import, OfAFleetThatRunsOpenIsValidAndItsPlanIsEmpty) {
    ImportedFleet it;
    EXPECT_EQ(it.import(), 0) << it.said;
    EXPECT_THAT(it.said, AllOf(HasSubstr("3 services"), HasSubstr("The plan is empty")));
    EXPECT_THAT(it.said, HasSubstr("probes: [")) << "what operator.yaml still lacks";
    const auto first = it.everything();

    EXPECT_EQ(it.run({"validate", it.folder}), 0) << it.said;
    EXPECT_THAT(it.said, HasSubstr("3 services"));
    EXPECT_EQ(it.run({"plan"}), 0) << it.said;
    EXPECT_THAT(it.said, HasSubstr("Nothing to change"));
    EXPECT_EQ(it.staged(), 0);
    EXPECT_THAT(it.fleet.policies(), IsEmpty()) << "nothing was written";
    it.expect_no_secret();

    EXPECT_EQ(it.import({"--force"}), 0) << it.said;
    EXPECT_EQ(it.everything(), first) << "the same once more";
}

TEST(Import, OfAFleetHalfOfWhichEnforcesIsTheStateThatLedThere) {
    ImportedFleet it;
    auto& env = it.fleet.operator_env();
    env["WAVEGATE_CONFIG"] = it.fleet.folder() + "/operator.yaml";
    env["WAVEGATE_SOURCE_GIT_URL"] = "file://" + it.fleet.repository();
    it.fleet.ask_for_jwt();
    it.fleet.edit(
        "services.yaml",
        "metadata: { name: c-mcp }\nspec:\n  auth: jwt",
        "metadata: { name: c-mcp }\nspec:\n  auth: none");
    it.fleet.commit("but one");
    const auto applied = it.fleet.start({"apply"});
    ASSERT_EQ(applied->wait(120s), 0) << applied->errors();
    env.erase("WAVEGATE_SOURCE_GIT_URL");
    env["WAVEGATE_CONFIG"] = it.settings;

    EXPECT_EQ(it.import(), 0) << it.said;
    EXPECT_THAT(
        it.said, HasSubstr("Fleet sandbox: 3 services with a document, 1 clients, 1 polic"));
    EXPECT_THAT(it.said, Not(HasSubstr("Not expressed")));
    EXPECT_THAT(it.file("services.yaml"), AllOf(HasSubstr("auth: jwt"), HasSubstr("auth: none")));
    EXPECT_THAT(it.file("clients.yaml"), HasSubstr("adopt: false")) << "it bears our mark";
    it.expect_no_secret();
    EXPECT_EQ(it.run({"validate", it.folder}), 0) << it.said;
    EXPECT_EQ(it.run({"plan"}), 0) << it.said;
    EXPECT_EQ(it.fleet.knock("a-mcp"), 401);
    EXPECT_EQ(it.fleet.knock("c-mcp"), 400);
}

/// Secured by hand, as the runbook says: client, policy, the multiplexer's and a service's Env.
void secure_by_hand(Fleet& fleet) {
    fleet.add_client(
        {{"clientId", "mcp-multiplexer"},
         {"publicClient", false},
         {"serviceAccountsEnabled", true},
         {"secret", "made-by-hand-1234"},
         {"attributes", json::object{{"access.token.lifespan", "3600"}}}});
    const json::object policy{
        {"name", "allow-multiplexer"},
        {"rules",
         json::array{json::object{
             {"name", "allow"},
             {"effect", "allow"},
             {"principal_conditions",
              json::array{json::object{
                  {"path", "uri"}, {"operator", "equals"}, {"value", "agent:mcp-multiplexer"}}}},
             {"resource_conditions", json::array{}},
             {"actions", json::array{"list", "execute"}}}}}};
    const auto made =
        ask("POST",
            fleet.url("eunomia") + "/admin/policies",
            {"WAY-API-KEY: " + fleet.operator_env().at("SANDBOX_EUNOMIA"),
             "Content-Type: application/json"},
            json::serialize(policy));
    ASSERT_EQ(made.status, 200) << made.body;
    fleet.happen("edit/mcp-multiplexer/OIDC_CLIENT_ID/mcp-multiplexer");
    fleet.happen("edit/mcp-multiplexer/OIDC_CLIENT_SECRET/made-by-hand-1234");
    for (const auto* key : {"AUTH_TYPE/jwt", "EUNOMIA_TYPE/remote"}) {
        fleet.happen(std::string("edit/a-mcp/") + key);
    }
}

TEST(Import, OfAFleetThatWasSecuredByHandChangesNothingBeforeAPersonAccepts) {
    ImportedFleet it;
    secure_by_hand(it.fleet);
    EXPECT_EQ(it.import(), 0) << it.said;
    EXPECT_THAT(it.said, HasSubstr("3 services with a document, 1 clients, 1 policies"));
    EXPECT_THAT(it.file("services.yaml"), HasSubstr("auth: jwt"));
    EXPECT_THAT(it.file("clients.yaml"), HasSubstr("adopt: true"));
    EXPECT_THAT(it.file("policies.yaml"), HasSubstr("adopt: true"));
    EXPECT_THAT(it.everything(), Not(HasSubstr("made-by-hand-1234")));
    EXPECT_EQ(it.run({"validate", it.folder}), 0) << it.said;
    EXPECT_EQ(it.run({"plan"}), 0) << it.said;
    EXPECT_THAT(it.said, HasSubstr("`wavegate rollout accept --client mcp-multiplexer`"));
    EXPECT_EQ(it.fleet.policies(), std::vector<std::string>{"allow-multiplexer"});
}

TEST(Import, TellsTheSystemsByWhatTheyAnswer) {
    ImportedFleet it({{"a-mcp"}, {}});
    write_file(
        it.settings,
        read_file(it.settings) + fmt::format(
                                     "  - {{ ref: \"env:SANDBOX_GRAFANA\", to: [ \"{}\" ] }}\n"
                                     "  - {{ ref: \"env:SANDBOX_GIT\", to: [ \"{}\" ] }}\n",
                                     it.fleet.url("grafana"),
                                     it.fleet.url("a-mcp")));
    EXPECT_EQ(it.import(), 0) << it.said;
    EXPECT_THAT(it.file("fleet.yaml"), HasSubstr("grafana: { url: \"" + it.fleet.url("grafana")));
    EXPECT_THAT(
        it.file("not-expressed.md"), HasSubstr("address " + it.fleet.url("a-mcp") + "**: answers"));
}

TEST(Import, ListsWhatCannotBeExpressedAndItsPlanIsEmptyAllTheSame) {
    ImportedFleet it({{"a-mcp", "b-mcp", "c-mcp", "d-mcp"}, {"--enforcing", "d-mcp"}});
    it.fleet.happen("policy/allow-all");
    it.fleet.happen("edit/b-mcp/AUTH_TYPE/static");
    EXPECT_EQ(it.import(), 0) << it.said;
    EXPECT_THAT(it.said, HasSubstr("Not expressed, and left as it is"));
    for (const auto& text : {it.said, it.file("not-expressed.md")}) {
        EXPECT_THAT(text, HasSubstr("mcp-default-policy"));
        EXPECT_THAT(text, HasSubstr("service b-mcp_b-mcp"));
        EXPECT_THAT(text, HasSubstr("service d-mcp_d-mcp"));
    }
    EXPECT_EQ(it.run({"validate", it.folder}), 0) << it.said;
    EXPECT_EQ(it.run({"plan"}), 0) << it.said;
    EXPECT_EQ(it.fleet.knock("d-mcp"), 401) << "it is left as it is";

    EXPECT_EQ(it.import({"--force", "-o", "json"}), 0) << it.said;
    const auto document = json::parse(it.said).as_object();
    EXPECT_EQ(document.at("plan").as_array().size(), 0U);
    EXPECT_EQ(document.at("notExpressed").as_array().size(), 3U);
}

TEST(Import, WritesNothingWhereASystemCannotBeSeen) {
    ImportedFleet it;
    for (const auto* system : {"portainer", "keycloak", "openbao", "eunomia"}) {
        it.fleet.happen(std::string("down/") + system);
        EXPECT_EQ(it.import(), 1) << system;
        EXPECT_THAT(it.said, AllOf(HasSubstr("502"), HasSubstr(system))) << system;
        EXPECT_TRUE(it.wrote_nothing()) << system;
        it.fleet.happen(std::string("up/") + system);
    }
    for (const auto* variable : {"SANDBOX_PORTAINER", "SANDBOX_KEYCLOAK", "SANDBOX_OPENBAO"}) {
        auto& value = it.fleet.operator_env().at(variable);
        const auto good = std::exchange(value, "wrong");
        EXPECT_EQ(it.import(), 1) << variable;
        EXPECT_THAT(
            it.said,
            AnyOf(HasSubstr("401"), HasSubstr("refused"), HasSubstr("token is missing, wrong")))
            << variable;
        EXPECT_TRUE(it.wrote_nothing()) << variable;
        value = good;
    }
    EXPECT_EQ(it.import(), 0) << it.said;
}

TEST(Import, WritesOverNoFileUnlessItIsForced) {
    ImportedFleet it;
    std::filesystem::create_directories(it.folder + "/.git");
    EXPECT_EQ(it.import(), 0) << it.said;
    const auto fleet = it.file("fleet.yaml");
    write_file(it.folder + "/fleet.yaml", "mine\n");
    EXPECT_EQ(it.import(), 1);
    EXPECT_THAT(it.said, HasSubstr("is not empty"));
    EXPECT_EQ(it.file("fleet.yaml"), "mine\n");
    EXPECT_EQ(it.import({"--force"}), 0) << it.said;
    EXPECT_EQ(it.file("fleet.yaml"), fleet);

    std::filesystem::remove_all(it.folder);
    std::filesystem::create_directories(it.folder);
    EXPECT_EQ(it.import({"--force"}), 0) << it.said;

    write_file(it.folder + "/second.yaml", fleet);
    EXPECT_EQ(it.import({"--force"}), 1) << it.said;
    EXPECT_THAT(it.said, HasSubstr("would not be valid"));
    EXPECT_EQ(it.file("second.yaml"), fleet);
}

}  // namespace
}  // namespace wavegate::testing
