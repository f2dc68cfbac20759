#include "tests/real/support/server_process.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

/// A "server" that leaves a child of its own behind: it writes both ids and waits.
ServerCommand family(const std::string& folder) {
    ServerCommand command;
    command.name = "family";
    command.folder = folder;
    command.argv = {
        "/bin/sh", "-c", "sleep 300 & echo $! > child.new; mv child.new child; echo begun; wait"};
    command.argv[2] = "cd " + folder + "; " + command.argv[2];
    return command;
}

pid_t child_of(const std::string& folder) {
    pid_t pid = 0;
    std::ifstream(folder + "/child") >> pid;
    return pid;
}

bool gone(pid_t pid) {
    for (int left = 100; left > 0; --left) {
        if (::kill(pid, 0) != 0) {
            return true;
        }
        ::poll(nullptr, 0, 100);
    }
    return false;
}

class ServerProcessTest : public ::testing::Test {
  protected:
    bool begin(ServerProcess& server) {
        return server.wait_until(
            [&] { return std::filesystem::exists(folder_.path() + "/child"); }, 10s);
    }
    TempFolder folder_{"wavegate-process"};
};

TEST_F(ServerProcessTest, StopEndsTheWholeGroupAndKeepsTheData) {
    ServerProcess server(family(folder_.path()));
    ASSERT_TRUE(begin(server));
    EXPECT_EQ(server.log(), "begun\n");
    server.stop();
    EXPECT_FALSE(server.running());
    EXPECT_TRUE(gone(child_of(folder_.path())));
    EXPECT_TRUE(std::filesystem::exists(folder_.path() + "/child"));
}

TEST_F(ServerProcessTest, KillEndsTheWholeGroupToo) {
    ServerProcess server(family(folder_.path()));
    ASSERT_TRUE(begin(server));
    server.kill();
    EXPECT_TRUE(gone(child_of(folder_.path())));
}

TEST_F(ServerProcessTest, AServerThatEndsByItselfIsNotWaitedFor) {
    auto command = family(folder_.path());
    command.argv = {"/bin/false"};
    ServerProcess server(std::move(command));
    ::testing::internal::CaptureStderr();
    EXPECT_FALSE(server.wait_until([] { return false; }, 300s));
    ::testing::internal::GetCapturedStderr();
    EXPECT_FALSE(server.running());
}

TEST_F(ServerProcessTest, ItEndsAtTheEndOfItsLifetime) {
    auto command = family(folder_.path());
    command.lifetime = 1s;
    ServerProcess server(std::move(command));
    ASSERT_TRUE(server.wait_until([&] { return child_of(folder_.path()) > 0; }, 10s));
    EXPECT_TRUE(gone(child_of(folder_.path())));
}

TEST_F(ServerProcessTest, NeitherServerNorDataOutliveAKilledTest) {
    const std::string data = folder_.path() + "/data";
    std::filesystem::create_directory(data);
    const pid_t test = ::fork();
    if (test == 0) {
        ServerProcess server(family(data));
        static_cast<void>(server.wait_until([] { return false; }, 60s));
        ::_exit(0);
    }
    pid_t child = 0;
    for (int left = 100; left > 0 && child == 0; --left) {
        ::poll(nullptr, 0, 100);
        child = child_of(data);
    }
    ::kill(test, SIGKILL);
    ::waitpid(test, nullptr, 0);
    ASSERT_GT(child, 0);
    EXPECT_TRUE(gone(child));
    for (int left = 100; left > 0 && std::filesystem::exists(data); --left) {
        ::poll(nullptr, 0, 100);
    }
    EXPECT_FALSE(std::filesystem::exists(data));
}

}  // namespace
}  // namespace wavegate::testing
