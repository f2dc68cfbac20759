#include "operator/access/credentials.hpp"

#include "tests/support/inline_blocking.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/support/simulation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace wavegate::access {
namespace {

using ::testing::HasSubstr;

/// Rules as WAVEGATE_REFERENCES writes them.
settings::AccessRules references(const std::string& list) {
    settings::AccessRules rules;
    rules.references = settings::parse_rules(list).value();
    return rules;
}

class AllowedCredentialsTest : public ::testing::Test {
  protected:
    void allow(settings::AccessRules rules) {
        gate_.emplace(std::move(rules));
        credentials_.emplace(
            *gate_,
            [](const std::string& name) {
                return name == "TOKEN" ? std::optional<std::string>("s3cret") : std::nullopt;
            },
            blocking_,
            vault_references_);
    }
    Result<SecretValue> resolve(const std::string& reference, const std::string& url) {
        return sim_.run(credentials_->resolve(Reference{reference, {}}, url));
    }
    std::string text(const std::string& reference, const std::string& url) {
        const auto resolved = resolve(reference, url);
        if (!resolved) {
            return "error: " + resolved.error().message();
        }
        return (*resolved)->reveal([](std::string_view bytes) { return std::string(bytes); });
    }
    ErrorKind failure(const std::string& reference, const std::string& url) {
        const auto resolved = resolve(reference, url);
        return resolved ? ErrorKind::Internal : resolved.error().kind();
    }

    wavegate::testing::Simulation sim_;
    wavegate::testing::InlineBlocking blocking_;
    VaultReferences vault_references_{sim_.clock};
    testing::ScratchFolder folder_;
    std::optional<Gate> gate_;
    std::optional<AllowedCredentials> credentials_;
};

TEST_F(AllowedCredentialsTest, ReadsAVariableForAnOriginThatIsNamed) {
    allow(references("env:TOKEN@http://a.arpa"));

    EXPECT_EQ(text("env:TOKEN", "http://a.arpa/api"), "s3cret");
    EXPECT_EQ(failure("env:TOKEN", "http://evil.arpa/api"), ErrorKind::Denied);
}

TEST_F(AllowedCredentialsTest, ReadsAFileAnewWithoutItsLastLineBreak) {
    allow(references("file:" + folder_.path() + "/*@http://a.arpa"));
    folder_.write("token", "one\n");
    EXPECT_EQ(text("file:" + folder_.path() + "/token", "http://a.arpa"), "one");

    folder_.write("token", "two");

    EXPECT_EQ(text("file:" + folder_.path() + "/token", "http://a.arpa"), "two");
}

TEST_F(AllowedCredentialsTest, ReadsNothingThatIsNotNamed) {
    allow(references("env:OTHER@http://a.arpa"));

    EXPECT_EQ(failure("env:TOKEN", "http://a.arpa"), ErrorKind::Denied);
}

TEST_F(AllowedCredentialsTest, SaysWhatIsNotThere) {
    allow(references("env:*@http://a.arpa,file:/*@http://a.arpa"));

    EXPECT_EQ(failure("env:MISSING", "http://a.arpa"), ErrorKind::NotFound);
    EXPECT_EQ(failure("file:" + folder_.path() + "/missing", "http://a.arpa"), ErrorKind::NotFound);
}

TEST_F(AllowedCredentialsTest, KeepsTheOperatorsOwnForTheOperator) {
    auto rules = references("env:*@http://a.arpa");
    rules.own = {"env:TOKEN"};
    allow(std::move(rules));

    EXPECT_THAT(
        text("env:TOKEN", "http://a.arpa"), AllOf(HasSubstr("error"), HasSubstr("operator's own")));
    OwnCredentials own(*credentials_);
    EXPECT_TRUE(sim_.run(own.resolve(Reference{"env:TOKEN", {}}, "http://git.arpa/fleet.git")));
}

}  // namespace
}  // namespace wavegate::access
