#include "operator/backends/eunomia/client.hpp"
#include "operator/sandbox/eunomia/eunomia.hpp"
#include "tests/contract/eunomia/backend.hpp"
#include "tests/support/fixed_credentials.hpp"
#include "tests/support/permits.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/simulation.hpp"
#include "tests/support/site_transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

// The double under the suite, and its switches, which no real server has.
namespace wavegate::contract {
namespace {

using ::testing::ElementsAre;

class EunomiaInMemory final : public EunomiaBackend {
  public:
    EunomiaInMemory() { transport_.at("eunomia.test:8421", server_); }
    testing::Driver& driver() override { return *driver_; }
    Transport& transport() override { return transport_; }
    [[nodiscard]] std::string url() const override { return "http://eunomia.test:8421"; }

  private:
    std::unique_ptr<testing::Driver> driver_ = testing::simulated_driver();
    sandbox::Eunomia server_{driver_->clock(), kEunomiaKey};
    testing::SiteTransport transport_;
};

INSTANTIATE_TEST_SUITE_P(
    Double,
    EunomiaContract,
    ::testing::Values(EunomiaKind{"double", [] { return std::make_unique<EunomiaInMemory>(); }}),
    ::testing::PrintToStringParamName());

class EunomiaDouble : public ::testing::Test {
  protected:
    EunomiaDouble() {
        transport_.at("eunomia.test:8421", server_);
        credentials_.set("env:KEY", kEunomiaKey);
        credentials_.set("env:WRONG", "not-the-key");
    }

    Result<Receipt> create(const Policy& policy) { return apply(PolicyEdit::Verb::Create, policy); }
    Result<Receipt> remove(const Policy& policy) { return apply(PolicyEdit::Verb::Delete, policy); }
    std::vector<Policy> list() {
        auto policies = sim_.run(client_.list());
        EXPECT_TRUE(policies);
        return std::move(*policies);
    }
    eunomia::Client client_with(std::string reference) {
        return {
            transport_,
            credentials_,
            sim_.clock,
            EunomiaSpec{"http://eunomia.test:8421/", Reference{std::move(reference), {}}}};
    }

    testing::Simulation sim_;
    sandbox::Eunomia server_{sim_.clock, kEunomiaKey};
    testing::SiteTransport transport_;
    testing::FixedCredentials credentials_;
    eunomia::Client client_ = client_with("env:KEY");

  private:
    Result<Receipt> apply(PolicyEdit::Verb verb, const Policy& policy) {
        PolicyWrite write = PolicyDelete{policy.name};
        if (verb == PolicyEdit::Verb::Create) {
            write = PolicyCreate{policy};
        }
        return sim_.run(client_.apply(testing::permit(std::move(write))));
    }
};

TEST_F(EunomiaDouble, TheKeyIsResolvedForTheServersHostAtEachCall) {
    list();
    list();
    EXPECT_THAT(
        credentials_.asked(),
        ElementsAre(
            "env:KEY for http://eunomia.test:8421", "env:KEY for http://eunomia.test:8421"));
}

TEST_F(EunomiaDouble, AWrongKeyIsDeniedUntilTheServerNeedsNone) {
    auto stranger = client_with("env:WRONG");
    const auto refused = sim_.run(stranger.list());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::Denied);
    server_.require_key(false);
    EXPECT_TRUE(sim_.run(stranger.list()));
}

TEST_F(EunomiaDouble, WithoutADeclaredKeyNoneIsSent) {
    server_.require_key(false);
    auto open = client_with("");
    EXPECT_TRUE(sim_.run(open.list()));
    EXPECT_TRUE(credentials_.asked().empty());
}

TEST_F(EunomiaDouble, AServerThatIsGoneIsUnavailable) {
    transport_.remove("eunomia.test:8421");
    const auto policies = sim_.run(client_.list());
    ASSERT_FALSE(policies);
    EXPECT_EQ(policies.error().kind(), ErrorKind::Unavailable);
    const auto answers = sim_.run(client_.ask(both_actions("agent:x")));
    ASSERT_FALSE(answers);
    EXPECT_EQ(answers.error().kind(), ErrorKind::Unavailable);
}

TEST_F(EunomiaDouble, ARestartMayChangeTheOrderButNothingElse) {
    std::vector<std::string> names;
    for (int i = 0; i < 8; ++i) {
        auto policy = baseline();
        policy.name = "p" + std::to_string(i);
        names.push_back(policy.name);
        ASSERT_TRUE(create(policy));
    }
    testing::SeededRandom random(7);
    server_.restart_shuffled(random);
    std::vector<std::string> after;
    for (const auto& policy : list()) {
        after.push_back(policy.name);
    }
    EXPECT_NE(after, names);
    EXPECT_THAT(after, ::testing::UnorderedElementsAreArray(names));
}

TEST_F(EunomiaDouble, AnEditOfAnotherKindIsABug) {
    const auto receipt = sim_.run(client_.apply(testing::permit(ClientWrite())));
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().kind(), ErrorKind::Internal);
}

TEST_F(EunomiaDouble, KeepsABookOfChangesThatCameOverHttp) {
    ASSERT_TRUE(create(baseline()));
    ASSERT_TRUE(create(baseline()));
    ASSERT_TRUE(remove(baseline()));
    ASSERT_TRUE(remove(baseline()));
    server_.add_allow_all();  // another hand's
    ASSERT_EQ(server_.writes().size(), 2U);
    EXPECT_EQ(server_.writes()[0].verb, sandbox::EunomiaWrite::Verb::Create);
    EXPECT_EQ(server_.writes()[1].verb, sandbox::EunomiaWrite::Verb::Delete);
    EXPECT_EQ(server_.writes()[1].policy, baseline().name);
}

}  // namespace
}  // namespace wavegate::contract
