#include "operator/access/credentials.hpp"

#include "tests/support/inline_blocking.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/support/simulation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::access {
namespace {

using ::testing::HasSubstr;

class AllowedCredentialsTest : public ::testing::Test {
  protected:
    void allow(std::vector<settings::ReferenceRule> rules) {
        credentials_ = std::make_unique<AllowedCredentials>(
            std::move(rules),
            [](const std::string& name) {
                return name == "TOKEN" ? std::optional<std::string>("s3cret") : std::nullopt;
            },
            blocking_,
            vault_references_);
    }
    Result<SecretValue> resolve(const std::string& reference, const std::string& host) {
        return sim_.run(credentials_->resolve(Reference{reference, {}}, host));
    }
    std::string text(const std::string& reference, const std::string& host) {
        const auto resolved = resolve(reference, host);
        if (!resolved) {
            return "error: " + resolved.error().message();
        }
        return (*resolved)->reveal([](std::string_view bytes) { return std::string(bytes); });
    }
    ErrorKind failure(const std::string& reference, const std::string& host) {
        const auto resolved = resolve(reference, host);
        return resolved ? ErrorKind::Internal : resolved.error().kind();
    }

    wavegate::testing::Simulation sim_;
    wavegate::testing::InlineBlocking blocking_;
    VaultReferences vault_references_{sim_.clock};
    testing::ScratchFolder folder_;
    std::unique_ptr<AllowedCredentials> credentials_;
};

TEST_F(AllowedCredentialsTest, ReadsAVariableThatIsAllowed) {
    allow({{"env:TOKEN", ""}});

    EXPECT_EQ(text("env:TOKEN", "a.arpa"), "s3cret");
}

TEST_F(AllowedCredentialsTest, ReadsAFileAnewWithoutItsLastLineBreak) {
    allow({{"file:" + folder_.path() + "/*", ""}});
    folder_.write("token", "one\n");
    EXPECT_EQ(text("file:" + folder_.path() + "/token", "a.arpa"), "one");

    folder_.write("token", "two");

    EXPECT_EQ(text("file:" + folder_.path() + "/token", "a.arpa"), "two");
}

TEST_F(AllowedCredentialsTest, RefusesWhatNoRuleNames) {
    allow({{"env:OTHER", ""}});

    EXPECT_EQ(failure("env:TOKEN", "a.arpa"), ErrorKind::Denied);
}

TEST_F(AllowedCredentialsTest, RefusesAPathThatClimbsOutOfItsPattern) {
    allow({{"file:" + folder_.path() + "/in/*", ""}});
    folder_.write("outside", "secret");

    EXPECT_EQ(failure("file:" + folder_.path() + "/in/../outside", "a.arpa"), ErrorKind::Denied);
}

TEST_F(AllowedCredentialsTest, SendsToTheHostOfTheRuleOnly) {
    allow({{"env:TOKEN", "good.arpa"}});

    EXPECT_EQ(text("env:TOKEN", "good.arpa"), "s3cret");
    EXPECT_EQ(failure("env:TOKEN", "evil.arpa"), ErrorKind::Denied);
}

TEST_F(AllowedCredentialsTest, BindsAPlainEntryToTheFirstHostAndSaysHowToMoveIt) {
    allow({{"env:TOKEN", ""}});
    EXPECT_EQ(text("env:TOKEN", "first.arpa"), "s3cret");

    EXPECT_THAT(
        text("env:TOKEN", "second.arpa"),
        AllOf(HasSubstr("error"), HasSubstr("first.arpa"), HasSubstr("operator.yaml")));
    EXPECT_EQ(text("env:TOKEN", "first.arpa"), "s3cret");
}

TEST_F(AllowedCredentialsTest, MayNameSeveralHostsForOneReference) {
    allow({{"env:TOKEN", "a.arpa"}, {"env:TOKEN", "b.arpa"}});

    EXPECT_EQ(text("env:TOKEN", "a.arpa"), "s3cret");
    EXPECT_EQ(text("env:TOKEN", "b.arpa"), "s3cret");
}

TEST_F(AllowedCredentialsTest, SaysWhatIsNotThere) {
    allow({{"*", ""}});

    EXPECT_EQ(failure("env:MISSING", "a.arpa"), ErrorKind::NotFound);
    EXPECT_EQ(failure("file:" + folder_.path() + "/missing", "a.arpa"), ErrorKind::NotFound);
}

}  // namespace
}  // namespace wavegate::access
