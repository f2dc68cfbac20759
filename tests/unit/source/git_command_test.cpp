#include "operator/source/git_command.hpp"

#include "tests/unit/source/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace wavegate::source {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Remote remote(std::string url, std::string key = {}) {
    Remote out;
    out.url = std::move(url);
    out.ssh.key = std::move(key);
    return out;
}

TEST(GitRemote, MayBeHttpsAFileOrSshWithAKey) {
    EXPECT_TRUE(check_remote(remote("https://git.arpa/fleet.git")));
    EXPECT_TRUE(check_remote(remote("file:///srv/fleet.git")));
    EXPECT_TRUE(check_remote(remote("ssh://git@git.arpa/fleet.git", "/run/secrets/key")));
    EXPECT_TRUE(check_remote(remote("git@git.arpa:fleet.git", "/run/secrets/key")));
}

TEST(GitRemote, IsRefusedWhenItIsAnOptionAHelperOrHoldsAPassword) {
    for (const auto* url :
         {"",
          "-oProxyCommand=id",
          "--upload-pack=id",
          "ext::sh -c id",
          "http://git.arpa/fleet.git",
          "git://git.arpa/fleet.git",
          "file://relative",
          "../fleet.git",
          "C:fleet",
          "https://",
          "https:///fleet.git",
          "https://-x/fleet.git",
          "/srv/fleet.git",
          "https://bot:secret@git.arpa/fleet.git",
          "https://git.arpa/a b",
          "ssh://git@git.arpa/fleet.git",
          "git@git.arpa:fleet.git"}) {
        const auto checked = check_remote(remote(url));
        ASSERT_FALSE(checked) << url;
        EXPECT_EQ(checked.error().kind(), ErrorKind::Invalid);
        EXPECT_THAT(checked.error().message(), Not(HasSubstr("secret")));
    }
    EXPECT_FALSE(check_remote(remote("git@git.arpa:fleet.git", "relative/key")));
    EXPECT_FALSE(check_remote(remote("ssh://git:secret@git.arpa/fleet.git", "/run/key")));
    EXPECT_FALSE(check_remote(remote("ssh://git@-oProxyCommand=id/fleet.git", "/run/key")));
    EXPECT_FALSE(check_remote(remote("-git@git.arpa:fleet.git", "/run/key")));
}

TEST(GitRemote, MayBeHttpWhereThatIsMeant) {
    auto plain = remote("http://git.arpa:3000/fleet.git");
    EXPECT_THAT(check_remote(plain).error().message(), HasSubstr("plain http"));
    plain.plain_http = true;
    EXPECT_TRUE(check_remote(plain));
    plain.url = "http://bot:secret@git.arpa/fleet.git";
    EXPECT_FALSE(check_remote(plain));
}

TEST(GitRemote, IsToldWhatWouldBeRight) {
    EXPECT_THAT(
        check_remote(remote("/srv/fleet.git")).error().message(), HasSubstr("file:///path"));
    EXPECT_THAT(check_remote(remote("--upload-pack=id")).error().message(), HasSubstr("an option"));
    EXPECT_THAT(check_remote(remote("git://a/b")).error().message(), HasSubstr("https://"));
}

TEST(GitBranch, IsANameThatGitTakesAndNoOption) {
    for (const auto* good : {"main", "feature/a-1", "v1.2", "user@host", "_x"}) {
        EXPECT_TRUE(is_branch(good)) << good;
    }
    for (const auto* bad : {"",       "-main", "--upload-pack=id",
                            "a b",    "a..b",  "a:b",
                            "a~1",    "a^",    "a?",
                            "a*",     "a[",    "a\\b",
                            "/a",     "a/",    "a//b",
                            ".a",     "a/.b",  "a.",
                            "a.lock", "a@{1}", "@",
                            "a\nb",   "$(id)"}) {
        EXPECT_FALSE(is_branch(bad)) << bad;
    }
}

class GitCommandTest : public ::testing::Test {
  protected:
    wavegate::testing::TemporaryFolder parent_;
    GitRepository repository_ = GitRepository::create(parent_.path().string()).value();
    Remote remote_ = remote("https://git.arpa/fleet.git");
    SecretValue token_ = make_secret("t0ken-value");
};

TEST_F(GitCommandTest, ShowsTheTokenInNeitherArgumentsNorEnvironmentNorFiles) {
    const auto command = repository_.command(remote_, token_, {"fetch"});
    EXPECT_THAT(command.arguments, Each(Not(HasSubstr("t0ken"))));
    EXPECT_THAT(command.environment, Each(Not(HasSubstr("t0ken"))));
    for (const auto& file : std::filesystem::recursive_directory_iterator(repository_.folder())) {
        if (file.is_regular_file()) {
            const auto name = file.path().lexically_relative(parent_.path()).string();
            EXPECT_THAT(parent_.read(name), Not(HasSubstr("t0ken"))) << name;
        }
    }
}

TEST_F(GitCommandTest, HandsTheTokenToGitWhenGitAsksForIt) {
    auto command = repository_.command(remote_, token_, {"credential", "fill"});
    command.input = "protocol=https\nhost=git.arpa\n\n";
    const auto done = run_child(command);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->output, "protocol=https\nhost=git.arpa\nusername=git\npassword=t0ken-value\n");
}

TEST_F(GitCommandTest, HandsTheTokenToNoOtherOrigin) {
    remote_.url = "http://git.arpa:3000/fleet.git";
    remote_.plain_http = true;
    auto command = repository_.command(remote_, token_, {"credential", "fill"});
    command.input = "protocol=http\nhost=git.arpa:3000\n\n";
    EXPECT_THAT(run_child(command)->output, HasSubstr("password=t0ken-value\n"));
    for (const auto* other :
         {"protocol=https\nhost=git.arpa:3000\n\n", "protocol=http\nhost=git.arpa\n\n"}) {
        command.input = other;
        EXPECT_EQ(run_child(command)->output, "") << other;
    }
}

TEST_F(GitCommandTest, HasNoCredentialWithoutATokenAndNeverAsksForOne) {
    auto command = repository_.command(remote_, nullptr, {"credential", "fill"});
    command.input = "protocol=https\nhost=git.arpa\n\n";
    const auto done = run_child(command);
    ASSERT_TRUE(done);
    EXPECT_NE(done->status, 0);
    EXPECT_EQ(remote_error(*done, remote_).kind(), ErrorKind::Denied);
}

TEST_F(GitCommandTest, HandsServerAndProxyEachItsOwnCredential) {
    remote_.road.proxy.url = "http://proxy.arpa:3128";
    remote_.road.proxy.username = "gate:keeper";
    remote_.road.proxy.password = make_secret("pr0xy-value");
    for (const auto& token : {token_, SecretValue()}) {
        auto command = repository_.command(remote_, token, {"credential", "fill"});
        EXPECT_THAT(command.arguments, Each(Not(HasSubstr("value"))));
        EXPECT_THAT(command.environment, Each(Not(HasSubstr("value"))));
        command.input = "protocol=http\nhost=proxy.arpa:3128\nusername=gate:keeper\n\n";
        EXPECT_THAT(run_child(command)->output, HasSubstr("password=pr0xy-value\n"));
        command.input = "protocol=https\nhost=git.arpa\n\n";
        const auto server = run_child(command)->output;
        EXPECT_EQ(
            server,
            token ? "protocol=https\nhost=git.arpa\nusername=git\npassword=t0ken-value\n" : "");
        command.input = "protocol=https\nhost=elsewhere.arpa\n\n";
        EXPECT_EQ(run_child(command)->output, "");
    }
}

TEST_F(GitCommandTest, TakesTheRoadThatIsGivenForHttpsAlone) {
    remote_.road.ca_file = "/etc/ca.pem";
    remote_.road.client_certificate_file = "/etc/c.pem";
    remote_.road.client_key_file = "/etc/c.key";
    remote_.road.proxy.url = "http://proxy.arpa:3128";
    remote_.road.proxy.no_proxy = ".arpa";
    const auto command = repository_.command(remote_, nullptr, {"fetch"});
    for (const auto* setting :
         {"http.sslCAInfo=/etc/ca.pem",
          "http.sslCert=/etc/c.pem",
          "http.sslKey=/etc/c.key",
          "http.proxy=http://proxy.arpa:3128"}) {
        EXPECT_THAT(command.arguments, Contains(setting));
    }
    EXPECT_THAT(command.environment, Contains("NO_PROXY=.arpa"));
    remote_.url = "file:///srv/a";
    EXPECT_THAT(
        repository_.command(remote_, nullptr, {"fetch"}).arguments, Each(Not(HasSubstr("proxy"))));
}

TEST_F(GitCommandTest, GivesATokenToNothingButHttps) {
    EXPECT_FALSE(repository_.command(remote("file:///srv/a"), token_, {"fetch"}).secret);
}

TEST(GitRemoteError, TellsTheWaysToAServerApart) {
    const auto what = [](const char* said) {
        Finished finished;
        finished.complaint = std::string("fatal: unable to access 'https://git.arpa/a/': ") + said;
        return remote_error(finished, remote("https://git.arpa/a"));
    };
    const auto* gnutls = "server certificate verification failed. CAfile: none CRLfile: none";
    EXPECT_THAT(what(gnutls).message(), HasSubstr("caFile"));
    EXPECT_EQ(what(gnutls).kind(), ErrorKind::Unavailable);
    const auto* openssl = "SSL certificate problem: unable to get local issuer certificate";
    EXPECT_EQ(what(openssl).message(), what(gnutls).message());
    EXPECT_EQ(
        what("Problem with the SSL CA cert (path? access rights?)").kind(), ErrorKind::Invalid);
    EXPECT_EQ(what("The requested URL returned error: 403").kind(), ErrorKind::Denied);
    EXPECT_EQ(what("The requested URL returned error: 400").kind(), ErrorKind::Denied);
    EXPECT_EQ(what("CONNECT tunnel failed, response 407").kind(), ErrorKind::Denied);
    EXPECT_EQ(what("CONNECT tunnel failed, response 403").kind(), ErrorKind::Denied);
    EXPECT_EQ(what("CONNECT tunnel failed, response 502").kind(), ErrorKind::Unavailable);
    EXPECT_EQ(what("error reading X.509 key or certificate file").kind(), ErrorKind::Invalid);
    EXPECT_EQ(what("The requested URL returned error: 502").kind(), ErrorKind::Unavailable);
}

TEST_F(GitCommandTest, IgnoresTheUsersAndTheSystemsSettings) {
    parent_.write(".gitconfig", "[alias]\n    fetch = !echo owned\n[user]\n    name = someone\n");
    ASSERT_EQ(::setenv("HOME", parent_.path().c_str(), 1), 0);
    ASSERT_EQ(::setenv("GIT_CONFIG_GLOBAL", (parent_.path() / ".gitconfig").c_str(), 1), 0);
    const auto done =
        run_child(repository_.command(remote_, nullptr, {"config", "--get", "user.name"}));
    ::unsetenv("GIT_CONFIG_GLOBAL");
    ASSERT_TRUE(done);
    EXPECT_EQ(done->output, "");
    EXPECT_EQ(done->status, 1);
}

TEST_F(GitCommandTest, SpeaksNoOtherProtocolEvenWhenAsked) {
    const auto done = run_child(
        repository_.command(remote_, nullptr, {"ls-remote", "--", "ext::sh -c 'echo owned >&2'"}));
    ASSERT_TRUE(done);
    EXPECT_NE(done->status, 0);
    EXPECT_THAT(done->complaint, HasSubstr("transport 'ext' not allowed"));
}

TEST_F(GitCommandTest, AllowsSshAloneWithAKey) {
    const auto command =
        repository_.command(remote("git@git.arpa:fleet.git", "/run/key"), token_, {"fetch"});
    EXPECT_THAT(command.arguments, Contains("protocol.ssh.allow=always"));
    EXPECT_THAT(command.environment, Contains(StartsWith("GIT_SSH_COMMAND=ssh ")));
    EXPECT_FALSE(command.secret) << "a token";
    const auto https = repository_.command(remote_, nullptr, {"fetch"});
    EXPECT_THAT(https.arguments, Not(Contains("protocol.ssh.allow=always")));
}

TEST_F(GitCommandTest, LivesInAPrivateFolderThatGoesWithIt) {
    const std::filesystem::path folder = repository_.folder();
    EXPECT_EQ(folder.parent_path(), parent_.path());
    EXPECT_EQ(
        std::filesystem::status(folder).permissions() & std::filesystem::perms::mask,
        std::filesystem::perms::owner_all);
    { const GitRepository gone = std::move(repository_); }
    EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST_F(GitCommandTest, IsRemovedByTheNextStartOnceNoLivingProcessHoldsIt) {
    parent_.write("wavegate-git-killed/objects/a", "x");
    parent_.write("wavegate-git-file", "x");
    parent_.write("another/a", "x");
    parent_.link("wavegate-git-link", "another");
    remove_stale_repositories(parent_.path().string());
    EXPECT_FALSE(std::filesystem::exists(parent_.path() / "wavegate-git-killed"));
    EXPECT_TRUE(std::filesystem::exists(repository_.folder())) << "in use";
    EXPECT_TRUE(std::filesystem::exists(parent_.path() / "wavegate-git-file"));
    EXPECT_TRUE(std::filesystem::exists(parent_.path() / "wavegate-git-link/a"));
}

TEST(GitRepositoryTest, ThatCannotBeMadeIsUnavailable) {
    const auto made = GitRepository::create("/proc/no-such-folder");
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind(), ErrorKind::Unavailable);
}

}  // namespace
}  // namespace wavegate::source
