#include "operator/access/vault_references.hpp"

#include "operator/access/credentials.hpp"
#include "tests/support/inline_blocking.hpp"
#include "tests/support/simulation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <utility>

namespace wavegate::access {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// One entry, `mcp/portainer`, and a count of who asked.
class OneEntry final : public Vault {
  public:
    Task<std::optional<VaultEntry>> read(std::string path) override {
        ++asked;
        if (auto happens = std::exchange(meanwhile, {})) {
            happens();
        }
        if (down) {
            co_return Error(ErrorKind::Unavailable, "sealed");
        }
        if (path != "mcp/portainer" || gone) {
            co_return std::optional<VaultEntry>();
        }
        VaultEntry entry;
        entry.data["token"] = make_secret(std::string(value));
        co_return std::optional<VaultEntry>(std::move(entry));
    }
    Task<Receipt> apply(Permit /*permit*/) override {
        co_return Error(ErrorKind::Internal, "never written");
    }

    std::string value = "one";
    int asked = 0;
    bool down = false;
    bool gone = false;
    std::function<void()> meanwhile;  ///< once, while a read is under way
};

class VaultReferencesTest : public ::testing::Test {
  protected:
    VaultReferencesTest() { references_.use(vault_, {"kv", ""}); }

    std::string text(const std::string& reference = "openbao:kv/mcp/portainer#token") {
        const auto secret = sim_.run(references_.read(reference));
        if (!secret) {
            return "error: " + secret.error().message();
        }
        return (*secret)->reveal([](std::string_view bytes) { return std::string(bytes); });
    }

    wavegate::testing::Simulation sim_;
    std::shared_ptr<OneEntry> vault_ = std::make_shared<OneEntry>();
    VaultReferences references_{sim_.clock};
};

TEST_F(VaultReferencesTest, ReadsAKeyOfAnEntryBelowTheMount) {
    EXPECT_EQ(text(), "one");
}

TEST_F(VaultReferencesTest, AsksAgainAfterAMinuteSoThatARotatedSecretCounts) {
    EXPECT_EQ(text(), "one");
    vault_->value = "two";
    EXPECT_EQ(text(), "one");
    EXPECT_EQ(vault_->asked, 1);

    sim_.advance(61s);

    EXPECT_EQ(text(), "two");
}

TEST_F(VaultReferencesTest, KeepsTheLastSecretWhileTheVaultDoesNotAnswer) {
    EXPECT_EQ(text(), "one");
    vault_->down = true;
    sim_.advance(61s);

    EXPECT_EQ(text(), "one");
}

TEST_F(VaultReferencesTest, ForgetsASecretThatWasTakenAway) {
    EXPECT_EQ(text(), "one");
    vault_->gone = true;
    sim_.advance(61s);

    EXPECT_THAT(text(), HasSubstr("no such entry"));
    vault_->down = true;
    EXPECT_THAT(text(), HasSubstr("sealed"));
}

TEST_F(VaultReferencesTest, ForgetsWhatAnotherNamespaceHeld) {
    EXPECT_EQ(text(), "one");
    vault_->value = "of ns1";
    references_.use(vault_, {"kv", "ns1"});
    EXPECT_EQ(text(), "of ns1") << "the same text is another entry there";

    vault_->down = true;
    references_.use(vault_, {"kv", "ns1"});
    EXPECT_EQ(text(), "of ns1") << "nothing moved";
    references_.use(vault_, {"kv", "ns2"});
    EXPECT_THAT(text(), HasSubstr("sealed")) << "none of another namespace stands in for it";
}

TEST_F(VaultReferencesTest, KeepsNothingThatWasAskedForBeforeTheNamespaceMoved) {
    vault_->meanwhile = [this] { references_.use(vault_, {"kv", "ns1"}); };
    EXPECT_EQ(text(), "one") << "for who asked then";
    vault_->value = "of ns1";
    EXPECT_EQ(text(), "of ns1");
}

TEST_F(VaultReferencesTest, SaysWhatIsNotThere) {
    EXPECT_THAT(text("openbao:kv/mcp/other#token"), HasSubstr("no such entry"));
    EXPECT_THAT(text("openbao:kv/mcp/portainer#key"), HasSubstr("no such key"));
    EXPECT_THAT(text("openbao:kv/mcp/portainer"), HasSubstr("names no key"));
    EXPECT_THAT(text("openbao:kv2/mcp/portainer#token"), HasSubstr("does not stand below kv"));
    references_.use(vault_, {"kv", "ns1"});
    EXPECT_THAT(
        text("openbao:kv/mcp/other#token"), HasSubstr("no such entry in the namespace ns1"));
}

TEST_F(VaultReferencesTest, WaitsForADesiredStateThatNamesTheVault) {
    vault_.reset();

    EXPECT_THAT(text(), HasSubstr("no desired state names a vault yet"));
}

TEST_F(VaultReferencesTest, GoToTheOriginsOfTheirRuleAlone) {
    wavegate::testing::InlineBlocking blocking;
    settings::AccessRules rules;
    rules.references = settings::parse_rules("openbao:kv/mcp/*@https://portainer.arpa").value();
    const Gate gate(std::move(rules));
    AllowedCredentials credentials(
        gate, [](const std::string& /*name*/) { return std::nullopt; }, blocking, references_);
    const Reference reference{"openbao:kv/mcp/portainer#token", {}};

    const auto there = sim_.run(credentials.resolve(reference, "https://portainer.arpa"));
    const auto elsewhere = sim_.run(credentials.resolve(reference, "https://evil.arpa"));

    EXPECT_TRUE(there);
    ASSERT_FALSE(elsewhere);
    EXPECT_EQ(elsewhere.error().kind(), ErrorKind::Denied);
}

}  // namespace
}  // namespace wavegate::access
