#include "tests/real/roads/nginx_way.hpp"
#include "tests/real/roads/repository.hpp"
#include "tests/real/support/sshd_server.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

// What holds by whatever way a repository is reached: OpenSSH's sshd, and git's own http-backend
// behind nginx.
namespace wavegate::roads {
namespace {

/// A server that runs while this lives, and the way to it.
struct Open {
    Way way;
    std::shared_ptr<void> server;
};
struct Kind {
    const char* name;
    std::function<Open(const Repository&)> open;  ///< without a server: not installed here
};

Open over_ssh(const Repository& repository) {
    std::shared_ptr<testing::SshdServer> sshd = testing::SshdServer::start();
    Open open;
    if (sshd) {
        open.way.remote.url = sshd->url(repository.root());
        open.way.remote.ssh.key = sshd->make_key("key");
        open.way.remote.ssh.known_hosts = sshd->known_hosts();
        sshd->let_in(open.way.remote.ssh.key);
    }
    open.server = sshd;
    return open;
}

Open over_https(const Repository& repository) {
    std::shared_ptr<NginxWay> nginx = NginxWay::start(repository.root());
    Open open;
    if (nginx) {
        open.way = nginx->way();
    }
    open.server = nginx;
    return open;
}

class AnyWay : public ::testing::TestWithParam<Kind> {
  protected:
    void SetUp() override {
        if (!open_.server) {
            GTEST_SKIP() << "skipped: roads not installable here";
        }
    }

    Repository repository_;
    Open open_ = GetParam().open(repository_);
    const Way& way_ = open_.way;
};

TEST_P(AnyWay, ShowsTheDesiredStateAndEachNewCommit) {
    const auto source = repository_.source(way_);
    const auto first = repository_.fetch(*source, {});
    ASSERT_TRUE(first) << first.error().message();
    EXPECT_EQ(first->id, repository_.head_now());
    EXPECT_EQ(first->files.at("fleet.yaml"), "kind: Fleet\n");
    EXPECT_EQ(repository_.fetch(*source, first->id)->ancestry, Ancestry::Same);
    const auto second = repository_.commit("fleet.yaml", "kind: Fleet # 2\n");
    const auto next = repository_.fetch(*source, first->id);
    ASSERT_TRUE(next) << next.error().message();
    EXPECT_EQ(next->id, second);
    EXPECT_EQ(next->ancestry, Ancestry::Descends);
}

TEST_P(AnyWay, TakesTheCommitOfAStacksFile) {
    const auto before = repository_.head_now();
    const auto pushed = repository_.push(way_, before, "services: { a: {} }\n");
    ASSERT_TRUE(pushed) << pushed.error().message();
    const auto head = repository_.head(way_);
    ASSERT_TRUE(head) << head.error().message();
    EXPECT_EQ(head->commit, repository_.head_now());
    EXPECT_EQ(head->parent, before);
    EXPECT_EQ(*head->file, "services: { a: {} }\n");
}

TEST_P(AnyWay, TakesNoCommitOnABranchThatMoved) {
    const auto before = repository_.head_now();
    const auto now = repository_.commit("README.md", "more\n");
    const auto refused = repository_.push(way_, before, "services: { a: {} }\n");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(repository_.head_now(), now);
}

TEST_P(AnyWay, LetsTheServerCompareAtTheMomentOfThePush) {
    const auto before = repository_.head_now();
    const auto other = repository_.commit("README.md", "more\n");
    repository_.set_back(before);
    // Between the server's answer and its writing, somebody else is faster.
    repository_.hook(
        "pre-receive", "unset GIT_QUARANTINE_PATH\ngit update-ref refs/heads/main " + other + "\n");
    const auto refused = repository_.push(way_, before, "services: { a: {} }\n");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::Conflict) << refused.error().message();
    EXPECT_EQ(repository_.head_now(), other);
}

TEST_P(AnyWay, SaysThatAHookRefusesAPushWithoutWhatMayBeASecret) {
    const auto before = repository_.head_now();
    repository_.hook("pre-receive", "echo 'not found: s3cret' >&2\nexit 1\n");
    const auto refused = repository_.push(way_, before, "services: { a: {} }\n");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::Denied);
    EXPECT_EQ(
        refused.error().message(),
        "stackRepo: the repository refuses the push (protected, or a hook): (pre-receive hook "
        "declined) not found: …");
    EXPECT_EQ(repository_.head_now(), before);
}

TEST_P(AnyWay, SaysThatThereIsNoSuchRepository) {
    const auto head = repository_.head(way_, "gone.git");
    ASSERT_FALSE(head);
    EXPECT_EQ(head.error().kind(), ErrorKind::NotFound) << head.error().message();
}

TEST_P(AnyWay, WaitsNoLongerThanItsDeadline) {
    repository_.set_deadline(std::chrono::milliseconds(1));
    const auto late = repository_.fetch(way_);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().kind(), ErrorKind::Timeout);
}

INSTANTIATE_TEST_SUITE_P(
    Git,
    AnyWay,
    ::testing::Values(Kind{"Ssh", over_ssh}, Kind{"Https", over_https}),
    [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace wavegate::roads
