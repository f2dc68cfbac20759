#include "operator/source/child.hpp"
#include "tests/real/roads/nginx_way.hpp"
#include "tests/real/roads/repository.hpp"
#include "tests/real/support/sshd_server.hpp"
#include "tests/real/support/tinyproxy_server.hpp"
#include "tests/support/paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <regex>
#include <string>

// The program itself, by what stands in operator.yaml.
namespace wavegate::roads {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

namespace fs = std::filesystem;

class Program : public ::testing::Test {
  protected:
    void configure(const std::string& text) const { std::ofstream(config_) << text; }
    /// What `wavegate plan` says, and that it is no plan. It runs in the configuration's folder.
    [[nodiscard]] std::string complaint() const {
        source::Command command;
        command.program = "/bin/sh";
        command.arguments = {
            "-c",
            "cd \"$1\" && exec \"$2\" --config operator.yaml plan",
            "sh",
            folder_.path(),
            testing::program_path()};
        command.environment = {
            "PATH=/usr/bin:/bin",
            "https_proxy=http://127.0.0.1:1",
            "SECRET=t0ken-of-the-bot",
            "PROXY=pr0xy-password"};
        const auto done = source::run_child(command);
        if (!done) {
            return done.error().message();
        }
        EXPECT_EQ(done->status, 1) << done->output;
        return done->complaint;
    }
    /// A file of the configuration's own, named by it without a folder.
    void copy(const std::string& file, const std::string& name) const {
        fs::copy_file(file, folder_.path() + "/" + name);
    }

    testing::TempFolder folder_{"wavegate-roads"};
    std::string config_ = folder_.path() + "/operator.yaml";
    Repository repository_;
};

TEST_F(Program, ReadsTheDesiredStateOverSsh) {
    const auto sshd = testing::SshdServer::start();
    if (!sshd) {
        GTEST_SKIP() << "skipped: roads not installable here";
    }
    const auto key = sshd->make_key("key");
    sshd->let_in(key);
    copy(key, "key");
    copy(sshd->known_hosts(), "hosts");
    const auto url = sshd->url(repository_.root()) + "/fleet.git";
    configure(
        "source: { git: { url: \"" + url + "\", sshKeyFile: key } }\nknownHostsFile: hosts\n");
    // The repository's fleet is none, which only who has read it can say.
    EXPECT_THAT(complaint(), HasSubstr("fleet.yaml:1:"));
    fs::permissions(folder_.path() + "/key", fs::perms::others_read, fs::perm_options::add);
    EXPECT_THAT(complaint(), HasSubstr("may be read by others"));
}

class ProgramByNginx : public Program {
  protected:
    void SetUp() override {
        if (!nginx_) {
            GTEST_SKIP() << "skipped: roads not installable here";
        }
        const auto leaf = nginx_->authority().issue("client");
        copy(nginx_->authority().ca_file(), "ca.pem");
        copy(leaf.certificate_file, "client.pem");
        copy(leaf.key_file, "client.key");
    }
    static constexpr auto* kCertificate =
        "caFile: ca.pem\nclientCertificateFile: client.pem\nclientKeyFile: client.key\n";

    std::unique_ptr<NginxWay> nginx_ = NginxWay::start(repository_.root());
};

TEST_F(ProgramByNginx, ReadsTheDesiredStateThroughAProxyWithAClientCertificate) {
    const auto proxy = testing::TinyproxyServer::start("BasicAuth bot pr0xy-password\n");
    const auto url = nginx_->certified_way().remote.url + "/fleet.git";
    configure(
        "source: { git: { url: \"" + url + "\", username: bot, tokenRef: \"env:SECRET\" } }\n" +
        "proxy: { url: \"" + proxy->url() + "\", username: bot, passwordRef: \"env:PROXY\" }\n" +
        kCertificate);
    const auto said = complaint();
    EXPECT_THAT(said, HasSubstr("fleet.yaml:1:"));
    EXPECT_THAT(said, Not(HasSubstr("pr0xy-password")));
    EXPECT_THAT(proxy->log(), HasSubstr("CONNECT 127.0.0.1:"));
}

TEST_F(ProgramByNginx, ReachesEverySystemWithTheClientCertificate) {
    const auto desired = folder_.path() + "/desired";
    fs::copy(testing::source_path("deploy/examples/homelab"), desired, fs::copy_options::recursive);
    std::ifstream in(desired + "/fleet.yaml");
    std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto page = nginx_->certified_page();
    const auto base = page.substr(0, page.rfind('/'));
    text = std::regex_replace(
        text, std::regex("url: https?://[a-z]+\\.arpa(, [a-zA-Z]+:)"), "url: " + base + "$1");
    text = std::regex_replace(text, std::regex("Ref: (file|env):[A-Za-z_/]+"), "Ref: env:SECRET");
    std::ofstream(desired + "/fleet.yaml") << text;
    const std::string source =
        "source: { folder: desired }\nreferences: [ { ref: \"env:SECRET\", to: [ \"" +
        base.substr(0, base.find('/', base.find("//") + 2)) +
        "\", \"https://keycloak.arpa\", \"http://eunomia.arpa\" ] } ]\n"
        "probes: [ \"http://*.arpa\" ]\n"
        "clients: { mcp-multiplexer: { stacks: [ mcp-multiplexer ],"
        " paths: [ mcp-multiplexer/oidc ] } }\n";

    configure(source + "caFile: ca.pem\n");
    const auto without = complaint();
    configure(source + kCertificate);
    const auto with = complaint();
    constexpr auto* asked = "the server asks for a client certificate";
    for (const auto* system : {"portainer", "keycloak", "openbao", "eunomia", "grafana"}) {
        EXPECT_TRUE(
            std::regex_search(without, std::regex(std::string(system) + ": [^\n]*" + asked)))
            << system << " in:\n"
            << without;
    }
    EXPECT_THAT(with, Not(HasSubstr(asked)));
    EXPECT_THAT(with, HasSubstr("portainer: "));
}

}  // namespace
}  // namespace wavegate::roads
