#include "tests/e2e/process.hpp"
#include "tests/support/paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <sstream>
#include <stdlib.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kProgram = testing::program_path();

/// The real binary twice: an emulated fleet on a loopback port, and an operator on it that takes
/// its desired state from a real git repository.
class EndToEnd : public ::testing::Test {
  protected:
    EndToEnd() {
        std::string pattern = "/tmp/wavegate-e2e.XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
        const std::vector<std::string> argv{
            kProgram,
            "sandbox",
            "--port",
            "0",
            "--auth",
            "none",
            "--soak",
            "2s",
            "--token-life",
            "1s",
            "--short-soak",
            "--in-flight",
            "4",
            "--write-desired",
            folder_};
        sandbox_ = std::make_unique<Process>(argv, base_env(), folder_ + "/sandbox");
        address_ = sandbox_->first_line(20s);
        repository_ = folder_ + "/desired";
        git({"init", "-q", "-b", "main", repository_});
        commit("take the fleet as it is");
    }
    ~EndToEnd() override {
        sandbox_.reset();
        std::filesystem::remove_all(folder_);
    }

    static std::map<std::string, std::string> base_env() {
        return {{"PATH", "/usr/bin:/bin"}, {"HOME", "/nonexistent"}, {"LANG", "C.UTF-8"}};
    }

    /// sandbox.env holds the credentials as NAME=value lines.
    std::map<std::string, std::string> operator_env() const {
        auto env = base_env();
        std::istringstream lines(read_file(folder_ + "/sandbox.env"));
        for (std::string line; std::getline(lines, line);) {
            const auto equals = line.find('=');
            if (equals != std::string::npos && line.front() != '#') {
                env[line.substr(0, equals)] = line.substr(equals + 1);
            }
        }
        env["WAVEGATE_CONFIG"] = folder_ + "/operator.yaml";
        env["WAVEGATE_SOURCE_GIT_URL"] = "file://" + repository_;
        env["WAVEGATE_SOURCE_GIT_INTERVAL"] = "1s";
        env["WAVEGATE_LISTEN"] = "127.0.0.1:0";
        return env;
    }

    std::unique_ptr<Process> start(const std::string& command) {
        const auto base = folder_ + "/" + command + std::to_string(++runs_);
        return std::make_unique<Process>(
            std::vector<std::string>{kProgram, command}, operator_env(), base);
    }

    int run_tool(std::vector<std::string> argv) {
        Process tool(argv, base_env(), folder_ + "/tool");
        return tool.wait(30s);
    }
    void git(std::vector<std::string> words) {
        words.insert(words.begin(), "/usr/bin/git");
        ASSERT_EQ(run_tool(words), 0) << read_file(folder_ + "/tool.err");
    }
    void commit(const std::string& message) {
        git({"-C", repository_, "add", "-A"});
        git(
            {"-C",
             repository_,
             "-c",
             "user.name=e2e",
             "-c",
             "user.email=e2e@localhost",
             "commit",
             "-q",
             "-m",
             message});
    }
    void edit(const std::string& file, const std::string& from, const std::string& to) {
        auto text = read_file(repository_ + "/" + file);
        for (auto at = text.find(from); at != std::string::npos;
             at = text.find(from, at + to.size())) {
            text.replace(at, from.size(), to);
        }
        write_file(repository_ + "/" + file, text);
    }
    void ask_for_jwt() {
        edit("services.yaml", "auth: none", "auth: jwt");
        commit("turn the fleet to jwt");
    }
    /// Something goes wrong in the fleet (see the sandbox's control verbs).
    void happen(const std::string& what) {
        const auto port = address_.substr(address_.rfind(':') + 1);
        ASSERT_EQ(
            run_tool(
                {"/usr/bin/curl",
                 "-sf",
                 "-X",
                 "POST",
                 "--noproxy",
                 "*",
                 "http://sandbox.localhost:" + port + "/__sandbox/" + what}),
            0);
    }
    /// Status of a bare POST, as a person would check it.
    std::string knock(const std::string& service) {
        const auto port = address_.substr(address_.rfind(':') + 1);
        run_tool(
            {"/usr/bin/curl",
             "-s",
             "-o",
             "/dev/null",
             "-w",
             "%{http_code}\n",
             "-X",
             "POST",
             "--noproxy",
             "*",
             "http://" + service + ".localhost:" + port + "/mcp"});
        return read_file(folder_ + "/tool.out").substr(0, 3);
    }

    /// Until the sandbox's containers listen, its proxy answers 502.
    std::string knock_when_up(const std::string& service) {
        auto answer = knock(service);
        for (int i = 0; i < 100 && answer == "502"; ++i) {
            answer = knock(service);
        }
        return answer;
    }

    std::string folder_;
    std::string repository_;
    std::string address_;
    std::unique_ptr<Process> sandbox_;
    int runs_ = 0;
};

TEST_F(EndToEnd, ACommitTurnsTheFleetToJwt) {
    ask_for_jwt();
    auto operator_ = start("apply");
    EXPECT_EQ(operator_->wait(240s), 0) << operator_->errors() << operator_->output();
    for (const auto* service : {"searxng-mcp", "github-mcp", "portainer-mcp"}) {
        EXPECT_EQ(knock(service), "401") << service;
    }
    auto again = start("plan");
    EXPECT_EQ(again->wait(60s), 0) << "nothing is left to do" << again->output();
    for (const auto& text : {operator_->errors(), operator_->output(), again->output()}) {
        EXPECT_THAT(text, Not(HasSubstr("sandbox-operator-secret")));
        EXPECT_THAT(text, Not(HasSubstr("ptr_sandbox")));
    }
}

TEST_F(EndToEnd, AServiceThatRefusesGoodTokensGoesBackAndItsWaveHalts) {
    happen("break/mealie-mcp");
    ask_for_jwt();
    auto operator_ = start("apply");
    EXPECT_EQ(operator_->wait(300s), 3) << operator_->errors() << operator_->output();
    EXPECT_EQ(knock("mealie-mcp"), "400") << "open again";
    EXPECT_EQ(knock("github-mcp"), "400") << "no later wave started";
}

TEST_F(EndToEnd, KilledInMidWaveItConvergesWhenStartedAgain) {
    ask_for_jwt();
    auto first = start("apply");
    for (int i = 0; i < 400 && knock("documentdb-mcp") != "401"; ++i) {
    }
    first->kill(SIGKILL);
    EXPECT_EQ(first->wait(10s), -2);
    auto second = start("apply");
    EXPECT_EQ(second->wait(240s), 0) << second->errors() << second->output();
    EXPECT_EQ(knock("portainer-mcp"), "401");
}

TEST_F(EndToEnd, ABadCommitIsNamedAndChangesNothing) {
    edit("services.yaml", "wave: read-only", "wave: read-onyl");
    commit("a slip of the hand");
    Process validate({kProgram, "validate", repository_}, base_env(), folder_ + "/validate");
    EXPECT_EQ(validate.wait(30s), 1);
    EXPECT_THAT(validate.output() + validate.errors(), HasSubstr("services.yaml:"));
    EXPECT_EQ(knock_when_up("searxng-mcp"), "400");
}

}  // namespace
}  // namespace wavegate::testing
