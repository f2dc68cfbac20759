#include "operator/program/road.hpp"

#include "tests/support/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>

namespace wavegate::program {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

namespace fs = std::filesystem;

class RoadTest : public ::testing::Test {
  protected:
    RoadTest() {
        folder_.write("ca.pem", "an authority");
        folder_.write("client.pem", "no certificate: s3cret");
        folder_.write("client.key", "no key: s3cret");
        fs::permissions(at("client.key"), fs::perms::owner_read);
    }
    [[nodiscard]] std::string at(const std::string& name) const {
        return folder_.path() + "/" + name;
    }
    Result<Road> open() {
        const settings::Environment environment = [this](const std::string& name) {
            return name == "PROXY_PASSWORD" ? password_ : std::nullopt;
        };
        return open_road(config_, environment, Wall{});
    }
    std::string fault() {
        auto road = open();
        return road ? std::string() : road.error().message();
    }

    testing::ScratchFolder folder_;
    settings::Config config_;
    std::optional<std::string> password_;
};

TEST_F(RoadTest, IsPlainWithoutSettings) {
    const auto road = open();
    ASSERT_TRUE(road);
    EXPECT_EQ(road->ca_file, "");
    EXPECT_EQ(road->proxy.url, "");
    EXPECT_FALSE(road->proxy.password);
}

TEST_F(RoadTest, NamesItsFilesByAbsolutePathsSinceGitRunsElsewhere) {
    config_.ca_file = fs::relative(at("ca.pem")).string();
    EXPECT_EQ(open()->ca_file, fs::absolute(at("ca.pem")).lexically_normal().string());
}

TEST_F(RoadTest, ToEtcdIsTheGeneralOneButForItsOwnAuthorityAndCertificate) {
    folder_.write("etcd-ca.pem", "another authority");
    config_.ca_file = at("ca.pem");
    config_.proxy.url = "http://proxy.example:3128";
    const auto general = open();
    ASSERT_TRUE(general);
    EXPECT_EQ(open_etcd_road(config_, *general, Wall{})->ca_file, at("ca.pem"));
    config_.etcd.ca_file = at("etcd-ca.pem");
    const auto own = open_etcd_road(config_, *general, Wall{});
    ASSERT_TRUE(own);
    EXPECT_EQ(own->ca_file, at("etcd-ca.pem"));
    EXPECT_EQ(own->proxy.url, "http://proxy.example:3128");
    config_.etcd.client_certificate_file = at("client.pem");
    config_.etcd.client_key_file = at("client.key");
    const auto refused = open_etcd_road(config_, *general, Wall{});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(), HasSubstr("store.etcd: clientCertificateFile: "));
    EXPECT_THAT(refused.error().message(), Not(HasSubstr("s3cret")));
}

TEST_F(RoadTest, IsRefusedWithAFileThatCannotBeRead) {
    config_.ca_file = at("gone");
    EXPECT_EQ(fault(), "caFile: " + at("gone") + ": can't be read: No such file or directory");
    config_.ca_file.clear();
    config_.client_certificate_file = at("gone");
    config_.client_key_file = at("client.key");
    EXPECT_EQ(
        fault(),
        "clientCertificateFile: " + at("gone") + ": can't be read: No such file or directory");
    config_.client_certificate_file = at("client.pem");
    config_.client_key_file = at("gone");
    EXPECT_THAT(fault(), HasSubstr("clientKeyFile: the client key file " + at("gone")));
}

TEST_F(RoadTest, IsRefusedWithAKeyThatOthersMayRead) {
    config_.client_certificate_file = at("client.pem");
    config_.client_key_file = at("client.key");
    fs::permissions(at("client.key"), fs::perms::others_read, fs::perm_options::add);
    EXPECT_THAT(fault(), HasSubstr("may be read by others: chmod 600"));
}

TEST_F(RoadTest, IsRefusedWithACertificateThatIsNoneWithoutQuotingIt) {
    config_.client_certificate_file = at("client.pem");
    config_.client_key_file = at("client.key");
    EXPECT_THAT(fault(), HasSubstr("clientCertificateFile: the client certificate's file holds"));
    EXPECT_THAT(fault(), Not(HasSubstr("s3cret")));
}

TEST_F(RoadTest, KnowsTheProxysPasswordByReferenceAlone) {
    config_.proxy = {"http://proxy.arpa:3128", ".arpa", "bot", Reference{"env:PROXY_PASSWORD", {}}};
    EXPECT_EQ(fault(), "proxy.passwordRef: env:PROXY_PASSWORD is not set");
    password_ = "s3cret";
    const auto road = open();
    ASSERT_TRUE(road);
    EXPECT_EQ(*road->proxy.password, Secret::copy_of("s3cret"));
    EXPECT_EQ(road->proxy.no_proxy, ".arpa");
}

}  // namespace
}  // namespace wavegate::program
