#include "tests/real/roads/repository.hpp"
#include "tests/real/support/sshd_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>

// Git over ssh, with OpenSSH's own sshd.
namespace wavegate::roads {
namespace {

using ::testing::HasSubstr;

class Ssh : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!sshd_) {
            GTEST_SKIP() << "skipped: roads not installable here";
        }
        way_.remote.url = sshd_->url(repository_.root());
        way_.remote.ssh.key = sshd_->make_key("key");
        way_.remote.ssh.known_hosts = sshd_->known_hosts();
        sshd_->let_in(way_.remote.ssh.key);
    }
    Error refused() {
        auto revision = repository_.fetch(way_);
        return revision ? Error(ErrorKind::Internal, "it was read") : revision.take_error();
    }
    [[nodiscard]] std::string host() const { return "127.0.0.1:" + std::to_string(sshd_->port()); }

    std::unique_ptr<testing::SshdServer> sshd_ = testing::SshdServer::start();
    Repository repository_;
    Way way_;
};

TEST_F(Ssh, LetsNoOtherKeyIn) {
    way_.remote.ssh.key = sshd_->make_key("other");
    const auto error = refused();
    EXPECT_EQ(error.kind(), ErrorKind::Denied);
    EXPECT_EQ(
        error.message(),
        "git: " + host() + " does not let the ssh key " + way_.remote.ssh.key +
            " in, or that key has a passphrase");
}

TEST_F(Ssh, RefusesAKeyWithAPassphraseWithoutAsking) {
    way_.remote.ssh.key = sshd_->make_key("locked", "a passphrase");
    sshd_->let_in(way_.remote.ssh.key);
    const auto error = refused();
    EXPECT_EQ(error.kind(), ErrorKind::Denied);
    EXPECT_THAT(error.message(), HasSubstr("or that key has a passphrase"));
}

TEST_F(Ssh, RefusesAFileThatHoldsNoKey) {
    std::ofstream(way_.remote.ssh.key) << "no key\n";
    const auto error = refused();
    EXPECT_EQ(error.kind(), ErrorKind::Denied);
    EXPECT_THAT(error.message(), HasSubstr("holds no private key"));
}

TEST_F(Ssh, SpeaksToNoHostThatIsNotKnown) {
    std::ofstream(way_.remote.ssh.known_hosts) << "git.example ssh-ed25519 AAAA\n";
    const auto error = refused();
    EXPECT_EQ(error.kind(), ErrorKind::Denied);
    EXPECT_EQ(
        error.message(),
        "git: the host key of " + host() + " is not in " + way_.remote.ssh.known_hosts);
}

TEST_F(Ssh, SpeaksToNoHostWhoseKeyChanged) {
    sshd_->change_host_key();
    const auto error = refused();
    EXPECT_EQ(error.kind(), ErrorKind::Denied);
    EXPECT_THAT(error.message(), HasSubstr("the host key of " + host() + " is another than"));
    way_.remote.ssh.known_hosts = sshd_->known_hosts();
    EXPECT_TRUE(repository_.fetch(way_));
}

TEST_F(Ssh, SaysThatNobodyAnswers) {
    sshd_->stop();
    EXPECT_EQ(refused().kind(), ErrorKind::Unavailable);
}

}  // namespace
}  // namespace wavegate::roads
