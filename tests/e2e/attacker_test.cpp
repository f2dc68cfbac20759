// What the attack scripts rely on: whoever is sent something knows it.
#include "tests/e2e/attacker.hpp"

#include "operator/base/digest.hpp"
#include "tests/e2e/http.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(AttackerItself, KeepsHeadAndBodyOfWhatIsSentToIt) {
    const Attacker attacker([](const std::string&) { return R"({"a":1})"; });
    const auto answer = ask("POST", attacker.url() + "/x", {"X-Key: k"}, "the body");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, R"({"a":1})");
    EXPECT_THAT(
        attacker.heard(),
        ElementsAre(AllOf(HasSubstr("POST /x"), HasSubstr("X-Key: k"), HasSubstr("the body"))));
}

TEST(AttackerItself, FindsASecretInWhateverDress) {
    const std::string secret = "s3cret/with+signs";
    for (const auto& dressed :
         {secret,
          std::string("s3cret%2Fwith%2Bsigns"),
          base64_encode(secret),
          base64_encode("wavegate:" + secret),
          base64_encode("x:" + secret + "\n")}) {
        const Attacker attacker;
        EXPECT_FALSE(attacker.heard(secret));
        ask("POST", attacker.url(), {}, "token=" + dressed);
        EXPECT_TRUE(attacker.heard(secret)) << dressed;
        EXPECT_FALSE(attacker.heard("another/secret+here"));
    }
}

}  // namespace
}  // namespace wavegate::testing
