#include "operator/source/folder_watch.hpp"

#include "operator/base/task_group.hpp"
#include "tests/support/inline_blocking.hpp"
#include "tests/unit/source/temporary_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace wavegate::source {
namespace {

class FolderWatchTest : public ::testing::Test {
  protected:
    FolderWatchTest() : watch_(io_.get_executor(), folder_.path().string(), blocking_) {}
    ~FolderWatchTest() override {
        group_.cancel();
        io_.restart();
        io_.run();
    }

    /// Begins to wait; `settle` says whether the wait has ended.
    void wait() {
        ended_.reset();
        group_.spawn("watch", follow(watch_, ended_));
    }
    bool settle() {
        io_.restart();
        io_.poll();
        return ended_.has_value();
    }
    /// The wake-up that begins to watch what is there.
    void begin() {
        wait();
        ASSERT_TRUE(settle());
        wait();
        ASSERT_FALSE(settle());
    }
    ErrorKind failure() { return ended_->error().kind(); }

    static asio::awaitable<void> follow(FolderWatch& watch, std::optional<Result<void>>& ended) {
        auto result = co_await watch.changed();
        ended.emplace(std::move(result));
    }

    wavegate::testing::TemporaryFolder folder_;
    asio::io_context io_;
    wavegate::testing::InlineBlocking blocking_;
    FolderWatch watch_;
    std::optional<Result<void>> ended_;
    TaskGroup group_{io_.get_executor()};
};

TEST_F(FolderWatchTest, WakesWhenAFileIsWrittenMadeMovedOrRemoved) {
    folder_.write("a.yaml", "1");
    const std::vector<std::function<void()>> changes{
        [&] { folder_.write("a.yaml", "2"); },
        [&] { folder_.write("b.yaml", "1"); },
        [&] { std::filesystem::rename(folder_.path() / "b.yaml", folder_.path() / "c.yaml"); },
        [&] { std::filesystem::remove(folder_.path() / "c.yaml"); },
        [&] { folder_.link("d.yaml", "a.yaml"); },
    };
    begin();
    for (std::size_t i = 0; i < changes.size(); ++i) {
        changes[i]();
        EXPECT_TRUE(settle()) << i;
        wait();
        EXPECT_FALSE(settle()) << i;
    }
}

TEST_F(FolderWatchTest, SeesWhatHappensBetweenTwoWaits) {
    wait();
    ASSERT_TRUE(settle());
    folder_.write("a.yaml", "1");
    wait();
    EXPECT_TRUE(settle());
}

TEST_F(FolderWatchTest, WatchesFoldersThatCameLater) {
    begin();
    std::filesystem::create_directory(folder_.path() / "services");
    EXPECT_TRUE(settle());
    // Something may already have been written there before it is watched: so look once more.
    wait();
    EXPECT_TRUE(settle());
    wait();
    ASSERT_FALSE(settle());
    folder_.write("services/a.yaml", "1");
    EXPECT_TRUE(settle());
}

TEST_F(FolderWatchTest, DoesNotWatchHiddenFolders) {
    std::filesystem::create_directory(folder_.path() / ".git");
    begin();
    folder_.write(".git/index", "1");
    EXPECT_FALSE(settle());
}

TEST_F(FolderWatchTest, WakesWhenTheFolderGoesAndThenHasNone) {
    begin();
    std::filesystem::remove_all(folder_.path());
    EXPECT_TRUE(settle());
    wait();
    ASSERT_TRUE(settle());
    EXPECT_EQ(failure(), ErrorKind::NotFound);
}

TEST_F(FolderWatchTest, EndsWhenItIsCancelled) {
    begin();
    group_.cancel();
    ASSERT_TRUE(settle());
    EXPECT_EQ(failure(), ErrorKind::Cancelled);
}

}  // namespace
}  // namespace wavegate::source
