#include "operator/source/git_source.hpp"
#include "operator/source/git_stack_repositories.hpp"
#include "tests/support/fixed_credentials.hpp"
#include "tests/support/inline_blocking.hpp"
#include "tests/support/simulation.hpp"
#include "tests/unit/source/http_repository.hpp"
#include "tests/unit/source/test_repository.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>

// Git over plain http, from a real git server.
namespace wavegate::source {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using wavegate::testing::HttpRepository;

class GitOverHttp : public ::testing::Test {
  protected:
    GitOverHttp() {
        people_.git({"init", "-q", "--bare", "-b", "main", root_.path().string() + "/fleet.git"});
        people_.git(
            {"--git-dir",
             root_.path().string() + "/fleet.git",
             "config",
             "http.receivepack",
             "true"});
        head_ = people_.commit("fleet.yaml", "kind: Fleet\n");
        people_.git({"push", "-q", root_.path().string() + "/fleet.git", "main"});
        settings_.work_folder = work_.path().string();
        settings_.remote.plain_http = true;
        settings_.token.text = "env:GIT_TOKEN";
        credentials_.set("env:GIT_TOKEN", "t0ken-value");
    }

    Result<Revision> fetch(const std::string& url) {
        settings_.remote.url = url;
        wavegate::source::GitSource source(settings_, blocking_, credentials_);
        return sim_.run(source.fetch(""));
    }
    /// Asks for the credential that git shows, as servers do.
    HttpResponse demand(const HttpRequest& request) {
        if (request.headers.get("Authorization")) {
            shown_ = true;
            return {};
        }
        HttpResponse refused(401);
        refused.headers.add("WWW-Authenticate", "Basic realm=\"git\"");
        return refused;
    }

    wavegate::testing::TestRepository people_;
    wavegate::testing::TemporaryFolder root_;
    wavegate::testing::TemporaryFolder work_;
    wavegate::testing::Simulation sim_;
    wavegate::testing::InlineBlocking blocking_;
    wavegate::testing::FixedCredentials credentials_;
    GitSettings settings_;
    std::atomic<bool> shown_ = false;
    std::string head_;
};

TEST_F(GitOverHttp, IsReadWhereItIsMeantAndGetsTheToken) {
    HttpRepository server(
        root_.path().string(), [this](const HttpRequest& request) { return demand(request); });
    const auto revision = fetch(server.url("/fleet.git"));
    ASSERT_TRUE(revision) << revision.error().message();
    EXPECT_EQ(revision->id, head_);
    EXPECT_TRUE(shown_);
}

TEST_F(GitOverHttp, IsNotEvenAskedWhereItIsNotMeant) {
    HttpRepository server(root_.path().string());
    settings_.remote.plain_http = false;
    const auto refused = fetch(server.url("/fleet.git"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::Invalid);
    EXPECT_THAT(refused.error().message(), HasSubstr("plain http"));
    EXPECT_THAT(server.asked(), IsEmpty());
}

TEST_F(GitOverHttp, LeadsNowhereElse) {
    HttpRepository other(root_.path().string());
    HttpRepository server(root_.path().string(), [&](const HttpRequest& request) {
        HttpResponse away(302);
        away.headers.add("Location", other.url(std::string(url_target(request.url))));
        return away;
    });
    EXPECT_FALSE(fetch(server.url("/fleet.git")));
    EXPECT_THAT(server.asked(), Not(IsEmpty()));
    EXPECT_THAT(other.asked(), IsEmpty());
}

TEST_F(GitOverHttp, SaysThatAPageIsNoRepository) {
    HttpRepository server(root_.path().string(), [](const HttpRequest& /*request*/) {
        HttpResponse page(200, "<html>welcome</html>");
        page.headers.add("Content-Type", "text/html");
        return page;
    });
    const auto refused = fetch(server.url("/fleet.git"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::NotFound);
    EXPECT_THAT(refused.error().message(), HasSubstr("no git repository"));
}

TEST_F(GitOverHttp, OfAStackIsReadWithATokenThatMayGoThere) {
    HttpRepository server(
        root_.path().string(), [this](const HttpRequest& request) { return demand(request); });
    StackRepositorySettings settings;
    settings.spec.username = "bot";
    settings.spec.token.text = "env:GIT_TOKEN";
    settings.work_folder = work_.path().string();
    GitStackRepositories repositories(settings, blocking_, credentials_, sim_.clock);
    wavegate::GitSource git;
    git.url = server.url("/fleet.git");
    git.reference = "refs/heads/main";
    git.config_path = "fleet.yaml";
    const auto head = sim_.run(repositories.head(git));
    ASSERT_TRUE(head) << head.error().message();
    EXPECT_EQ(head->commit, head_);
    EXPECT_TRUE(shown_);
}

}  // namespace
}  // namespace wavegate::source
