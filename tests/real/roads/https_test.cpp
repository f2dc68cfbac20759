#include "tests/real/roads/nginx_way.hpp"
#include "tests/real/roads/repository.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

// Smart HTTP, with git's own http-backend behind nginx.
namespace wavegate::roads {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class GitHttps : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!nginx_) {
            GTEST_SKIP() << "skipped: roads not installable here";
        }
        way_ = nginx_->way();
    }
    Error refused() {
        auto revision = repository_.fetch(way_);
        return revision ? Error(ErrorKind::Internal, "it was read") : revision.take_error();
    }

    Repository repository_;
    std::unique_ptr<NginxWay> nginx_ = NginxWay::start(repository_.root());
    Way way_;
};

TEST_F(GitHttps, LetsNoOtherTokenIn) {
    way_.token = "another";
    const auto error = refused();
    EXPECT_EQ(error.kind(), ErrorKind::Denied);
    EXPECT_EQ(error.message(), "git: the server does not take the token, or there is none");
    EXPECT_EQ(
        repository_.push(way_, repository_.head_now(), "services: {}\n").error().kind(),
        ErrorKind::Denied);
}

TEST_F(GitHttps, LetsNobodyInWithoutAToken) {
    way_.token.clear();
    EXPECT_EQ(refused().kind(), ErrorKind::Denied);
}

TEST_F(GitHttps, SendsTheTokenInNoUrl) {
    ASSERT_TRUE(repository_.fetch(way_));
    EXPECT_THAT(nginx_->nginx().access_log(), HasSubstr("GET /git/fleet.git/info/refs"));
    EXPECT_THAT(nginx_->nginx().access_log(), Not(HasSubstr(way_.token)));
}

TEST_F(GitHttps, TrustsNoAuthorityThatItWasNotTold) {
    way_.remote.road.ca_file.clear();
    auto error = refused();
    EXPECT_EQ(error.kind(), ErrorKind::Unavailable);
    EXPECT_EQ(
        error.message(),
        "git: the server's certificate is of no authority that is trusted (caFile)");
    const testing::Authority stranger(nginx_->folder(), "stranger");
    way_.remote.road.ca_file = stranger.ca_file();
    EXPECT_EQ(refused().message(), error.message());
}

TEST_F(GitHttps, SaysThatNobodyAnswers) {
    nginx_->nginx().stop();
    const auto error = refused();
    EXPECT_EQ(error.kind(), ErrorKind::Unavailable);
    EXPECT_EQ(error.message(), "git: the repository can't be reached");
}

}  // namespace
}  // namespace wavegate::roads
