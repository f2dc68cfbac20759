#include "operator/sandbox/portainer/portainer.hpp"
#include "tests/contract/portainer/rig.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <regex>
#include <set>
#include <sstream>

namespace wavegate::testing {
namespace {

namespace json = boost::json;

constexpr auto* kBase = "http://portainer.test";
constexpr auto* kKey = "ptr_PLACEHOLDER";

/// What the double leaves out, and why.
const std::map<std::string, std::string>& left_out() {
    const std::string accounts = "the operator holds an access token: no log-in, users or cookies";
    const std::string environments = "the double has one environment";
    static const std::map<std::string, std::string> all{
        {"system-version", "nobody calls it: it lists the server's environment"},
        {"admin-check-none", accounts},
        {"admin-check-exists", accounts},
        {"admin-init", accounts},
        {"admin-init-short", accounts},
        {"admin-init-conflict", accounts},
        {"auth-ok", accounts},
        {"auth-wrong-password", accounts},
        {"auth-form-content-type", accounts},
        {"auth-rate-limited", accounts},
        {"users-me", accounts},
        {"token-create", accounts},
        {"token-duplicate-description", accounts},
        {"cookie-post-no-csrf", accounts},
        {"docker-forbidden-user", accounts},
        {"endpoint-create-unreachable", environments},
        {"stack-update-other-endpointid", environments},
        {"stack-migrate", environments},
        {"stack-delete-other-endpointid", environments},
    };
    return all;
}

/// Fields that the double doesn't show because nobody reads them.
const std::set<std::string>& not_modelled() {
    static const std::set<std::string> all{"Portainer", "VirtualIPs", "NetworksAttachments"};
    return all;
}

/// Fields whose values are of their moment; their types still count.
const std::set<std::string>& of_the_moment() {
    static const std::set<std::string> all{
        "Id",
        "ID",
        "SwarmId",
        "ProjectPath",
        "CreationDate",
        "UpdateDate",
        "ConfigHash",
        "JobID",
        "ResourceId",
        "Name",
        "CreatedAt",
        "UpdatedAt",
        "Index",
        "Target",
        "NodeID",
        "ServiceID",
        "ContainerID",
        "PID",
        "Timestamp",
        "InstanceID",
        "Namespace",
        "Worker",
        "Manager",
        "Hostname",
        "StackFileContent",
        "com.docker.stack.namespace",
        "ServerVersion"};
    return all;
}

std::string plain(const json::value& text) {
    static const std::regex ids("[0-9a-z]{25}");
    static const std::regex numbers("[0-9]+");
    static const std::regex stacks("(upd|half|mcp-git|cfg)_");
    auto out = std::string(text.as_string());
    out = std::regex_replace(out, ids, "ID");
    out = std::regex_replace(out, numbers, "#");
    return std::regex_replace(out, stacks, "STACK_");
}

/// Where `ours` differs from the recording; `subset`: it may show less.
class Comparison {
  public:
    explicit Comparison(bool subset) : subset_(subset) {}
    std::string of(const json::value& recorded, const json::value& ours) {
        compare(recorded, ours, "body");
        return problem_;
    }

  private:
    void fail(const std::string& path, const std::string& why) {
        problem_ = problem_.empty() ? path + ": " + why : problem_;
    }
    void compare(const json::value& recorded, const json::value& ours, const std::string& path) {
        const bool numbers = recorded.is_number() && ours.is_number();
        if (recorded.kind() != ours.kind() && !numbers) {
            return fail(path, "another type");
        }
        if (recorded.is_object()) {
            objects(recorded.get_object(), ours.get_object(), path);
        } else if (recorded.is_array()) {
            arrays(recorded.get_array(), ours.get_array(), path);
        } else if (!of_the_moment().contains(path.substr(path.rfind('/') + 1))) {
            const bool same =
                recorded.is_string() ? plain(recorded) == plain(ours) : recorded == ours;
            if (!same) {
                fail(path, json::serialize(ours) + " for " + json::serialize(recorded));
            }
        }
    }
    void objects(const json::object& recorded, const json::object& ours, const std::string& path) {
        for (const auto& entry : ours) {
            const auto* theirs = recorded.if_contains(entry.key());
            const auto name = path + "/" + std::string(entry.key());
            theirs == nullptr ? fail(name, "is not in the recording")
                              : compare(*theirs, entry.value(), name);
        }
        for (const auto& entry : recorded) {
            const std::string name(entry.key());
            if (!subset_ && !ours.contains(name) && !not_modelled().contains(name)) {
                fail(path + "/" + name, "is missing");
            }
        }
    }
    void arrays(const json::array& recorded, const json::array& ours, const std::string& path) {
        if (recorded.size() != ours.size()) {
            return fail(path, "another length");
        }
        for (std::size_t i = 0; i < ours.size(); ++i) {
            compare(recorded[i], ours[i], path);
        }
    }

    bool subset_;
    std::string problem_;
};

sandbox::PortainerSettings settings() {
    sandbox::PortainerSettings out;
    out.api_key = kKey;
    return out;
}

struct Server {
    Simulation sim;
    Programs programs;
    sandbox::Portainer portainer{sim.clock, sim.executor(), programs, settings()};
    /// Texts of the recording and what they are here: ids of objects.
    std::vector<std::pair<std::string, std::string>> here;

    std::string translated(std::string text) const {
        for (const auto& [from, to] : here) {
            for (auto at = text.find(from); at != std::string::npos;
                 at = text.find(from, at + to.size())) {
                text.replace(at, from.size(), to);
            }
        }
        return text;
    }
    HttpResponse send(const std::string& name) {
        auto request = exchanges().at(name).request(kBase, kKey);
        static const std::regex stack("/stacks/(6|42|48|49|50|67|128)(?=[/?]|$)");
        request.url = translated(std::regex_replace(request.url, stack, "/stacks/1"));
        request.body = translated(request.body);
        if (const auto key = request.headers.get("X-API-Key")) {
            request.headers.set("X-API-Key", translated(std::string(*key)));
        }
        return sim.run(portainer.answer(std::move(request)));
    }
    sandbox::GitRepository& repository() {
        return portainer.git()["https://git.example/private/repo.git"];
    }
};

using Arrange = std::function<void(Server&)>;
struct Situation {
    std::vector<std::string> before;  ///< exchanges sent first
    Arrange arrange;                  ///< at the very start
    Arrange between;                  ///< after `before`
    std::vector<std::string> then;    ///< exchanges sent after `between`
    bool subset = false;
};

std::string demo() {
    const auto& body = exchanges().at("stack-create-string").request_body;
    return std::string(body.at("StackFileContent").as_string());
}

void with_repository(Server& server) {
    server.repository().protect("bot", "GIT_PASSWORD");
    server.repository().commit("main", {{"docker-compose.yml", demo()}});
}

void with_taken_port(Server& server) {
    const auto* const file =
        "services:\n  a:\n    image: mcp-demo:1.0\n    ports: [ \"18214:8080\" ]\n";
    ASSERT_TRUE(server.portainer.add_stack("ing", file));
    const auto id = server.portainer.swarm().find("ing_a")->id;
    server.here.emplace_back("voftfir2kymnap4a7acqbhqn1", id);
}

json::value story(const std::string& name) {
    std::ifstream in(kRecorded + "/" + name);
    std::stringstream text;
    text << in.rdbuf();
    return json::parse(text.str());
}

void with_substitutions(Server& server) {
    const auto recorded = story("substitution.json");
    std::string file = "services:\n  app:\n    image: mcp-demo:1.0\n    environment:\n";
    for (const auto& line : recorded.at("file_environment").as_array()) {
        file += "      - " + std::string(line.as_string()) + "\n";
    }
    file += "    networks: [hostnet]\nnetworks:\n  hostnet: { external: true, name: host }\n";
    sandbox::EnvList env;
    for (const auto& pair : recorded.at("stack_env").as_array()) {
        env.emplace_back(pair.at("name").as_string(), pair.at("value").as_string());
    }
    ASSERT_TRUE(server.portainer.add_stack("subst", file, env));
    server.sim.advance(2s);
    const auto service = server.portainer.swarm().find("subst_app");
    server.here.emplace_back("wkjndyzpjfd4is5yjunzsokch", service->id);
    server.here.emplace_back("mei1cucl5eon8poxo7hk9lvna", service->id);
    server.here.emplace_back("version=3986", "version=" + std::to_string(service->version));
    server.here.emplace_back(
        "5ew1uezhxw2np8oeljb8plurf", server.portainer.swarm().networks().at("host").id);
}

void with_engine_down(Server& server) {
    server.here.emplace_back("/endpoints/4/", "/endpoints/1/");
    server.here.emplace_back("endpointId=4", "endpointId=1");
    server.portainer.engine_down(true);
}

void with_two_stacks(Server& server) {
    ASSERT_TRUE(
        server.portainer.add_stack("mcp-git", demo(), {{"TAG", "1.4"}, {"AUTH_TYPE", "none"}}));
    ASSERT_TRUE(server.portainer.add_stack("mcpfoobar_1", demo()));
}

void with_unmanaged_stack(Server& server) {
    ASSERT_TRUE(server.portainer.add_stack("extstack", demo()));
    sandbox::Deployment order;
    order.stack = "extstack";
    order.entry_point = "f";
    order.files["f"] = demo();
    server.portainer.delete_by_hand("extstack");
    ASSERT_FALSE(sandbox::deploy(server.portainer.swarm(), order));
}

void with_config(Server& server) {
    const auto& body = exchanges().at("stack-update-fail-config-changed").request_body;
    auto file = std::string(body.at("stackFileContent").as_string());
    file.replace(file.find("# 2"), 3, "# 1");
    ASSERT_TRUE(server.portainer.add_stack("cfg", file));
}

void with_open_repository(Server& server) {
    auto& repository = server.portainer.git()["https://git.example/open/repo.git"];
    repository.commit("main", {{"other.yml", demo()}});
    sandbox::GitConfig git;
    git.url = "https://git.example/open/repo.git";
    git.reference = "refs/heads/main";
    git.path = "other.yml";
    ASSERT_TRUE(server.portainer.add_git_stack("mcp-open", git, {{"TAG", "1.4"}}));
}

void with_another_key(Server& server) {
    server.here.emplace_back(kKey, "ptr_OTHER");
}

void with_another_name(Server& server) {
    server.here.emplace_back("\"mcp-git\"", "\"upd\"");
}

void with_broken_commit(Server& server) {
    server.repository().commit(
        "main", {{"docker-compose.yml", "version: \"3.8\"\nservices:\n  app: [broken\n"}});
}

const std::vector<std::string> kString{"stack-create-string"};
const std::vector<std::string> kGit{"stack-create-repository"};

const std::map<std::string, Situation>& situations() {
    static const std::map<std::string, Situation> all{
        {"stacks-list", {{}, with_two_stacks, {}, {}}},
        {"stacks-filter-endpointid", {kString, {}, {}, {}}},
        {"stack-get", {kString, {}, {}, {}}},
        {"stack-file", {kString, {}, {}, {}}},
        {"endpoints", {{}, {}, {}, {}, true}},
        {"endpoint-1", {{}, {}, {}, {}, true}},
        {"docker-info", {{}, {}, {}, {}, true}},
        {"docker-swarm", {{}, {}, {}, {}, true}},
        {"docker-nodes", {{}, {}, {}, {}, true}},
        {"docker-services", {{}, with_substitutions, {}, {}}},
        {"docker-tasks", {{}, with_substitutions, {}, {}}},
        {"docker-service-update", {{}, with_substitutions, {}, {}}},
        {"docker-service-update-stale", {{}, with_substitutions, {}, {}}},
        {"forceupdateservice", {{}, with_substitutions, {}, {}}},
        {"docker-engine-down", {{}, with_engine_down, {}, {}}},
        {"stack-create-engine-down", {{}, with_engine_down, {}, {}}},
        {"stack-update-engine-down", {kString, {}, with_engine_down, {}}},
        {"stack-delete-engine-down", {kString, {}, with_engine_down, {}}},
        {"stack-create-duplicate", {kString, {}, {}, {}}},
        {"create-name-of-unmanaged-stack", {{}, with_unmanaged_stack, {}, {}}},
        {"create-fail-partial", {{}, with_taken_port, {}, {}}},
        {"create-after-partial-409", {{"create-fail-partial"}, with_taken_port, {}, {}}},
        {"stack-update", {kString, {}, {}, {}}},
        {"stack-update-unchanged", {kString, {}, {}, {"stack-update"}}},
        {"stack-update-pull-unchanged", {kString, {}, {}, {"stack-update"}}},
        {"stack-update-env-omitted", {kString, {}, {}, {"stack-update"}}},
        {"stack-update-stopped", {kString, {}, {}, {"stack-stop"}}},
        {"stack-update-missing-endpointid", {kString, {}, {}, {}}},
        {"stack-update-wrong-endpointid", {kString, {}, {}, {}}},
        {"stack-update-empty-file", {kString, {}, {}, {}}},
        {"stack-update-bad-json", {kString, {}, {}, {}}},
        {"stack-update-fail-yaml", {kString, {}, {}, {}}},
        {"stack-update-fail-network", {kString, {}, {}, {}}},
        {"stack-update-fail-partial", {{"create-after-partial-409"}, {}, with_taken_port, {}}},
        {"stack-update-fail-config-changed", {{}, with_config, {}, {}}},
        {"stack-create-repository", {{}, with_repository, {}, {}}},
        {"git-redeploy-no-change", {kGit, with_repository, {}, {}}},
        {"git-redeploy-new-commit", {kGit, with_repository, {}, {}}},
        {"git-redeploy-empty-public", {{}, with_open_repository, {}, {}}},
        {"git-settings", {kGit, with_repository, {}, {}}},
        {"git-settings-empty", {kGit, with_repository, {}, {"git-settings"}}},
        {"webhook", {kGit, with_repository, {}, {}}},
        {"stack-update-detaches-git", {kGit, with_repository, {}, {"git-settings"}}},
        {"git-redeploy-after-detach", {kGit, with_repository, {}, {"stack-update-detaches-git"}}},
        {"git-create-wrong-password", {{}, with_repository, {}, {}}},
        {"git-create-no-such-ref", {{}, with_repository, {}, {}}},
        {"git-create-no-such-file", {{}, with_repository, {}, {}}},
        {"git-create-no-composefile", {{}, with_repository, {}, {}}},
        {"git-create-webhook-taken", {kGit, with_repository, {}, {}}},
        {"git-redeploy-missing-endpointid", {kGit, with_repository, {}, {}}},
        {"git-redeploy-empty", {kGit, with_repository, {}, {}}},
        {"git-redeploy-fail-bad-compose", {kGit, with_repository, with_broken_commit, {}}},
        {"git-file-after-failed-redeploy",
         {kGit, with_repository, with_broken_commit, {"git-redeploy-fail-bad-compose"}}},
        {"apikey-wrong", {{}, with_another_key, {}, {}}},
        {"stack-stop", {kString, {}, {}, {"stack-update-stopped"}}},
        {"stack-stop-inactive", {kString, {}, {}, {"stack-stop"}}},
        {"stack-stop-missing-endpointid", {kString, {}, {}, {}}},
        {"stack-start", {kString, {}, {}, {"stack-update-stopped", "stack-stop"}}},
        {"stack-start-running", {kString, with_another_name, {}, {}}},
        {"stack-delete", {kString, {}, {}, {}}},
        {"stack-delete-missing-endpointid", {kString, {}, {}, {}}},
        {"stack-delete-wrong-endpointid", {kString, {}, {}, {}}},
        {"external-delete", {{"create-fail-partial"}, with_taken_port, {}, {}}},
        {"external-delete-known-name", {{}, with_substitutions, {}, {}}},
    };
    return all;
}

TEST(RecordedPortainer, TheDoubleAnswersEveryRecordedRequestAsTheServerDid) {
    std::size_t replayed = 0;
    for (const auto& [name, exchange] : exchanges()) {
        if (left_out().contains(name)) {
            continue;
        }
        SCOPED_TRACE(name);
        Server server;
        const auto known = situations().find(name);
        const auto situation = known == situations().end() ? Situation() : known->second;
        if (situation.arrange) {
            situation.arrange(server);
        }
        for (const auto& earlier : situation.before) {
            server.send(earlier);
        }
        if (situation.between) {
            situation.between(server);
        }
        for (const auto& earlier : situation.then) {
            server.send(earlier);
        }
        const auto answer = server.send(name);
        ++replayed;
        EXPECT_EQ(answer.status, exchange.status);
        const auto ours = body_value(answer.body);
        EXPECT_EQ(Comparison(situation.subset).of(exchange.response_body, ours), "");
    }
    std::cout << "exchanges replayed through the double: " << replayed
              << ", left out: " << left_out().size() << "\n";
    EXPECT_EQ(replayed + left_out().size(), exchanges().size());
}

TEST(RecordedPortainer, WhatIsLeftOutExists) {
    for (const auto& [name, why] : left_out()) {
        EXPECT_TRUE(exchanges().contains(name)) << name;
        EXPECT_FALSE(why.empty());
    }
}

TEST(RecordedPortainer, AFailedPruneLeavesNothingRunning) {
    Server server;
    server.send("stack-create-string");
    // A renamed service and a missing network: the old service goes before the network is missed.
    json::object body = exchanges().at("stack-update-fail-network").request_body.as_object();
    auto file = std::string(body.at("stackFileContent").as_string());
    file.replace(file.find("  app:"), 6, "  new:");
    body["stackFileContent"] = file;
    HttpRequest request("PUT", std::string(kBase) + "/api/stacks/1?endpointId=1");
    request.headers.add("X-API-Key", kKey);
    request.body = json::serialize(body);
    EXPECT_EQ(server.sim.run(server.portainer.answer(std::move(request))).status, 500);
    EXPECT_TRUE(server.portainer.swarm().services().empty());
    EXPECT_EQ(server.portainer.stack("mcp-git")->disk.at("docker-compose.yml"), demo());
}

TEST(RecordedPortainer, ParallelUpdatesMixOnesFileWithAnothersEnv) {
    Server server;
    ASSERT_TRUE(server.portainer.add_stack("a", compose("      - N=x\n      - E=${E}\n")));
    TaskGroup group(server.sim.executor());
    const auto put = [](sandbox::Portainer* portainer, int n) -> asio::awaitable<void> {
        json::object pair{{"name", "E"}, {"value", std::to_string(n)}};
        json::object body;
        body["stackFileContent"] = compose(fmt::format("      - N={}\n      - E=${{E}}\n", n));
        body["env"] = json::array(1, pair);
        HttpRequest request("PUT", std::string(kBase) + "/api/stacks/1?endpointId=1");
        request.headers.add("X-API-Key", kKey);
        request.body = json::serialize(body);
        co_await portainer->answer(std::move(request));
    };
    for (int n = 0; n < 8; ++n) {
        group.spawn("put", put(&server.portainer, n));
    }
    server.sim.run(group.join());
    const auto& record = *server.portainer.stack("a");
    EXPECT_EQ(record.env->front().second, "7");
    const auto env = server.portainer.spec_env("a_app");
    EXPECT_EQ(env.at("N"), "7") << "all deployed the file that was written last";
    EXPECT_TRUE(server.portainer.writes().back().overlapped);
}

}  // namespace
}  // namespace wavegate::testing
