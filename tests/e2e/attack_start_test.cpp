#include "tests/e2e/fleet.hpp"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

const FleetPlan kSmall{{"a-mcp"}, {}};

/// A loopback port that somebody has taken: until `release`, then it is free.
class TakenPort {
  public:
    TakenPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in place{};
        place.sin_family = AF_INET;
        place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* generic = reinterpret_cast<sockaddr*>(&place);
        socklen_t size = sizeof place;
        const bool good = ::bind(socket_, generic, size) == 0 && ::listen(socket_, 1) == 0 &&
                          ::getsockname(socket_, generic, &size) == 0;
        EXPECT_TRUE(good);
        address_ = "127.0.0.1:" + std::to_string(ntohs(place.sin_port));
    }
    ~TakenPort() { release(); }
    TakenPort(const TakenPort&) = delete;
    TakenPort& operator=(const TakenPort&) = delete;

    void release() {
        if (socket_ >= 0) {
            ::close(socket_);
            socket_ = -1;
        }
    }
    [[nodiscard]] const std::string& address() const { return address_; }

  private:
    int socket_;
    std::string address_;
};

/// All of the fleet that an operator may write to.
std::string world_of(const Fleet& fleet) {
    std::string text = json::serialize(fleet.client());
    for (const auto& name : fleet.policies()) {
        text += "\n" + name;
    }
    for (const auto* stack : {"a-mcp", "mcp-multiplexer"}) {
        for (const auto& [name, value] : fleet.stack_env(stack)) {
            text += "\n" + name + "=" + value;
        }
    }
    return text;
}

TEST(Start, WithItsPortTakenWritesNothingAnywhere) {
    Fleet fleet(kSmall);
    fleet.ask_for_jwt();
    TakenPort port;
    fleet.operator_env()["WAVEGATE_LISTEN"] = port.address();
    const auto before = world_of(fleet);
    for (const auto* command : {"run", "apply"}) {
        const auto refused = fleet.start({command});
        EXPECT_EQ(refused->wait(30s), 1) << refused->errors();
        EXPECT_THAT(refused->errors(), HasSubstr("listen: " + port.address()));
        EXPECT_THAT(refused->errors(), HasSubstr("nothing was begun"));
        EXPECT_EQ(world_of(fleet), before) << command;
        EXPECT_FALSE(std::filesystem::exists(fleet.folder() + "/wavegate.db")) << command;
    }
    port.release();
    const RunningOperator running(fleet);
    EXPECT_TRUE(running.until_standing("Converged", 90s)) << running.story();
    EXPECT_EQ(fleet.knock("a-mcp"), 401);
}

TEST(Start, WithASecretMissingOrAnAddressThatGitCannotFetchWritesNothing) {
    Fleet fleet(kSmall);
    fleet.ask_for_jwt();
    const auto before = world_of(fleet);
    const auto environment = fleet.operator_env();
    const auto refused = [&](const std::string& words) {
        const auto run = fleet.start({"run"});
        EXPECT_EQ(run->wait(30s), 1);
        EXPECT_THAT(run->errors(), HasSubstr(words));
        fleet.operator_env() = environment;
        EXPECT_EQ(world_of(fleet), before) << words;
    };
    fleet.operator_env().erase("SANDBOX_KEYCLOAK");
    refused(": references: env:SANDBOX_KEYCLOAK is not set");
    for (const auto* url : {"--upload-pack=id", "/srv/fleet.git", "ext::id", "git://git.arpa/f"}) {
        fleet.operator_env()["WAVEGATE_SOURCE_GIT_URL"] = url;
        refused("WAVEGATE_SOURCE_GIT_URL: the repository's url");
    }
    const RunningOperator running(fleet);
    EXPECT_TRUE(running.until_standing("Converged", 90s)) << running.story();
}

TEST(StoreDeletedUnderneath, IsSaidAndNothingFurtherIsBegun) {
    Fleet fleet(kSmall);
    {
        const RunningOperator running(fleet);
        ASSERT_TRUE(running.until_standing("Converged", 60s)) << running.story();
        const auto base = fleet.folder() + "/wavegate.db";
        ASSERT_TRUE(std::filesystem::remove(base));
        std::filesystem::remove(base + "-wal");
        running.look();
        const auto status = running.status();
        EXPECT_FALSE(status.at("leader").at("acts").as_bool());
        EXPECT_THAT(json::serialize(status.at("backends")), HasSubstr("was deleted or replaced"));

        fleet.ask_for_jwt();
        for (int i = 0; i < 5; ++i) {
            running.look();
        }
        EXPECT_EQ(fleet.knock("a-mcp"), 400) << "nothing is begun";
        EXPECT_EQ(ask("GET", "http://" + running.address() + "/healthz").status, 200);
        std::string shown;
        static_cast<void>(running.command({"rollout", "status"}, &shown));
        EXPECT_THAT(shown, HasSubstr("was deleted or replaced"));
    }
    const RunningOperator again(fleet);
    EXPECT_TRUE(again.until_standing("Converged", 90s)) << again.story();
    EXPECT_EQ(fleet.knock("a-mcp"), 401);
}

TEST(OutputThatNobodyReads, DoesNotEndTheOperator) {
    Fleet fleet(kSmall);
    fleet.ask_for_jwt();
    TakenPort port;
    fleet.operator_env()["WAVEGATE_LISTEN"] = port.address();
    port.release();
    const auto running = fleet.start({"run"}, Process::Output::NoReader);
    bool converged = false;
    for (int i = 0; i < 90 * 20 && !converged; ++i) {
        converged = ask("GET", "http://" + port.address() + "/status")
                        .body.find(R"("standing":"Converged")") != std::string::npos;
        rest();
    }
    EXPECT_TRUE(converged);
    EXPECT_EQ(fleet.knock("a-mcp"), 401);
    running->kill(15);
    EXPECT_EQ(running->wait(10s), 0);
}

TEST(Operator, LeavesNoCoreDump) {
    Fleet fleet(kSmall);
    const RunningOperator running(fleet);
    EXPECT_THAT(running.limits(), HasSubstr("Max core file size        0                    0 "));
}

}  // namespace
}  // namespace wavegate::testing
