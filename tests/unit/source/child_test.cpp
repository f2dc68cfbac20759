#include "operator/source/child.hpp"

#include "operator/base/stopping.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <stop_token>
#include <string>
#include <sys/types.h>
#include <unistd.h>

namespace wavegate::source {
namespace {

using ::testing::HasSubstr;

Command shell(std::string script) {
    Command command;
    command.program = "/bin/sh";
    command.arguments = {"-c", std::move(script)};
    command.environment = {"PATH=/usr/bin:/bin"};
    return command;
}

TEST(Child, GivesItsOutputComplaintAndStatus) {
    const auto done = run_child(shell("echo out; echo err >&2; exit 7"));
    ASSERT_TRUE(done);
    EXPECT_EQ(done->output, "out\n");
    EXPECT_EQ(done->complaint, "err\n");
    EXPECT_EQ(done->status, 7);
}

TEST(Child, ReadsItsInputHoweverLarge) {
    auto command = shell("wc -c");
    command.input.assign(3U << 20U, 'x');
    const auto done = run_child(command);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->output, "3145728\n");
}

TEST(Child, MayLeaveItsInputUnread) {
    auto command = shell("exit 0");
    command.input.assign(3U << 20U, 'x');
    EXPECT_TRUE(run_child(command));
}

TEST(Child, SeesOnlyTheEnvironmentItIsGiven) {
    ASSERT_EQ(::setenv("WAVEGATE_TEST_LEAK", "leaked", 1), 0);
    Command command;
    command.program = "env";
    command.environment = {"GIVEN=1"};
    const auto done = run_child(command);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->output, "GIVEN=1\n");
}

TEST(Child, InheritsNoOpenFile) {
    const int ours = ::dup(STDOUT_FILENO);  // without close-on-exec
    const auto done = run_child(shell("ls /proc/self/fd"));
    ::close(ours);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->output, "0\n1\n2\n3\n");  // 3 is ls's own
}

TEST(Child, FindsItsSecretOnTheThirdFileAsOftenAsItLooks) {
    auto command = shell("cat /dev/fd/3; sh -c 'cat /dev/fd/3'");
    command.secret = make_secret("s3cret");
    const auto done = run_child(command);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->output, "s3crets3cret");
}

TEST(Child, HasNoShellBetweenItAndItsArguments) {
    Command command;
    command.program = "echo";
    command.arguments = {"$HOME; `id`"};
    const auto done = run_child(command);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->output, "$HOME; `id`\n");
}

TEST(Child, IsKilledAtItsDeadlineWithAllThatItStarted) {
    auto command = shell("sleep 600 & echo $!; echo $! >&2; wait");
    command.deadline = std::chrono::milliseconds(150);
    const auto done = run_child(command);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), ErrorKind::Timeout);
}

TEST(Child, IsKilledWhenItsWorkIsAskedToStop) {
    std::stop_source stop;
    const StoppableWork work(stop.get_token());
    stop.request_stop();
    const auto done = run_child(shell("sleep 600 & wait"));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), ErrorKind::Cancelled);
}

TEST(Child, IsEndedWhenAGrandchildHoldsItsOutputOpen) {
    auto command = shell("sleep 600 & exit 0");
    command.deadline = std::chrono::milliseconds(150);
    const auto done = run_child(command);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), ErrorKind::Timeout);
}

TEST(Child, IsEndedWhenItWritesMoreThanTheLimit) {
    auto command = shell("yes");
    command.output_limit = 100'000;
    const auto done = run_child(command);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), ErrorKind::Invalid);
}

TEST(Child, MayWriteExactlyTheLimit) {
    auto command = shell("head -c 1000 /dev/zero");
    command.output_limit = 1000;
    const auto done = run_child(command);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->output.size(), 1000U);
}

TEST(Child, KeepsOnlyTheBeginningOfALongComplaint) {
    const auto done = run_child(shell("yes | head -c 1000000 >&2"));
    ASSERT_TRUE(done);
    EXPECT_EQ(done->complaint.size(), 16U << 10U);
}

TEST(Child, TellsTheSignalThatEndedIt) {
    const auto done = run_child(shell("kill -TERM $$"));
    ASSERT_TRUE(done);
    EXPECT_EQ(done->status, 128 + SIGTERM);
}

TEST(Child, ThatIsNotThereIsUnavailable) {
    Command command;
    command.program = "no-such-program-anywhere";
    const auto done = run_child(command);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), ErrorKind::Unavailable);
    EXPECT_THAT(done.error().message(), HasSubstr("no-such-program-anywhere"));
}

}  // namespace
}  // namespace wavegate::source
