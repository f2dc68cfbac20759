#include "operator/source/ssh.hpp"

#include "operator/source/child.hpp"
#include "tests/unit/source/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace wavegate::source {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

namespace fs = std::filesystem;

SshFiles files(std::string key, std::string known_hosts = {}) {
    return {std::move(key), std::move(known_hosts)};
}

TEST(SshUrl, IsOneWithTheSchemeOrAUserAndAColon) {
    EXPECT_TRUE(is_ssh("ssh://git.arpa/fleet.git"));
    EXPECT_TRUE(is_ssh("git@git.arpa:fleet.git"));
    EXPECT_FALSE(is_ssh("https://git@git.arpa:443/fleet.git"));
    EXPECT_FALSE(is_ssh("file:///srv/git@x:y"));
}

TEST(SshUrl, NamesAHostWithItsPort) {
    EXPECT_EQ(host_of("ssh://git@git.arpa:2222/fleet.git"), "git.arpa:2222");
    EXPECT_EQ(host_of("ssh://git.arpa/fleet.git"), "git.arpa");
    EXPECT_EQ(host_of("git@git.arpa:group/fleet.git"), "git.arpa");
    EXPECT_EQ(host_of("https://git.arpa:8443/fleet.git"), "git.arpa:8443");
}

/// What ssh itself makes of the command, after a shell.
std::string as_ssh_reads_it(const SshFiles& with) {
    Command command;
    command.program = "sh";
    command.arguments = {"-c", ssh_command(with) + " -G git.arpa"};
    command.environment = {"PATH=/usr/local/bin:/usr/bin:/bin"};
    const auto done = run_child(command);
    EXPECT_TRUE(done);
    EXPECT_EQ(done->status, 0) << done->complaint;
    return done->output;
}

TEST(SshCommand, TrustsOnlyKnownHostsAndTheOneKey) {
    const auto read = as_ssh_reads_it(files("/run/key", "/run/hosts"));
    for (const auto* line :
         {"identityfile /run/key\n",
          "userknownhostsfile /run/hosts\n",
          "globalknownhostsfile /dev/null\n",
          "stricthostkeychecking true\n",
          "batchmode yes\n",
          "identitiesonly yes\n",
          "identityagent none\n",
          "updatehostkeys false\n",
          "preferredauthentications publickey\n",
          "forwardagent no\n",
          "forwardx11 no\n",
          "connecttimeout 10\n"}) {
        EXPECT_THAT(read, HasSubstr(line));
    }
}

TEST(SshCommand, KnowsTheSystemsHostsWhereNoFileIsNamed) {
    EXPECT_THAT(
        as_ssh_reads_it(files("/run/key")),
        HasSubstr("userknownhostsfile /etc/ssh/ssh_known_hosts\n"));
}

TEST(SshCommand, TakesNamesAsTheyAre) {
    const auto odd = files("/run/a key's $(id) `id`; %h #1", "/run/hosts of %u & more");
    ASSERT_TRUE(check_names(odd));
    const auto read = as_ssh_reads_it(odd);
    // ssh -G shows the key's name before %% is read.
    EXPECT_THAT(read, HasSubstr("identityfile /run/a key's $(id) `id`; %%h #1\n"));
    EXPECT_THAT(read, HasSubstr("userknownhostsfile /run/hosts of %u & more\n"));
}

TEST(SshFileNames, AreAbsoluteAndHoldNothingThatSshExpands) {
    for (const auto* bad :
         {"", "key", "~/key", "/run/${HOME}/key", "/run/a\"b", "/run/a\\b", "/run/a\nb"}) {
        EXPECT_FALSE(check_names(files(bad))) << bad;
        const bool other = check_names(files("/run/key", bad)).has_value();
        EXPECT_EQ(other, std::string(bad).empty()) << bad;
    }
}

class SshFilesTest : public ::testing::Test {
  protected:
    SshFilesTest() {
        folder_.write("key", "a key");
        folder_.write("hosts", "git.arpa ssh-ed25519 AAAA\n");
        fs::permissions(key_, fs::perms::owner_read);
    }
    std::string fault() const {
        auto checked = check_files(files(key_, hosts_));
        return checked ? std::string() : checked.error().message();
    }

    wavegate::testing::TemporaryFolder folder_;
    std::string key_ = (folder_.path() / "key").string();
    std::string hosts_ = (folder_.path() / "hosts").string();
};

TEST_F(SshFilesTest, AreGoodWhenOnlyTheOwnerReadsTheKey) {
    EXPECT_EQ(fault(), "");
}

TEST_F(SshFilesTest, AreRefusedWhenOthersMayReadTheKey) {
    fs::permissions(key_, fs::perms::group_read, fs::perm_options::add);
    EXPECT_EQ(fault(), "the ssh key file " + key_ + " may be read by others: chmod 600 " + key_);
}

TEST_F(SshFilesTest, AreRefusedWhenOneIsNotThere) {
    fs::remove(hosts_);
    EXPECT_EQ(fault(), "the known hosts file " + hosts_ + " is no file that can be read");
    fs::remove(key_);
    fs::create_directory(key_);
    EXPECT_EQ(fault(), "the ssh key file " + key_ + " is no file that can be read");
}

TEST(SshError, SaysWhoIsNotTrustedAndWhereThatIsWritten) {
    const auto with = files("/run/key", "/run/hosts");
    const auto said = [&](const char* words) {
        const auto error = ssh_error(words, "git.arpa:2222", with);
        return error ? error->message() : std::string();
    };
    EXPECT_EQ(
        said("No ED25519 host key is known for [git.arpa]:2222 and you have requested strict "
             "checking.\r\nHost key verification failed.\r\n"),
        "the host key of git.arpa:2222 is not in /run/hosts");
    EXPECT_THAT(
        said("@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n"
             "Host key verification failed.\n"),
        HasSubstr("the host key of git.arpa:2222 is another than the one in /run/hosts"));
    EXPECT_EQ(
        said("git@git.arpa: Permission denied (publickey).\r\n"),
        "git.arpa:2222 does not let the ssh key /run/key in, or that key has a passphrase");
    EXPECT_THAT(
        said("Load key \"/run/key\": error in libcrypto\r\ngit@git.arpa: Permission denied "
             "(publickey).\r\n"),
        HasSubstr("holds no private key"));
    EXPECT_EQ(said("ssh: connect to host git.arpa port 2222: Connection refused\r\n"), "");
}

}  // namespace
}  // namespace wavegate::source
