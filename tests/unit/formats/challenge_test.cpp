#include "operator/formats/challenge.hpp"

#include <gtest/gtest.h>

namespace wavegate::formats {
namespace {

bool bearer_in(std::string_view field) {
    return has_challenge(field, "bearer");
}

TEST(Challenge, IsFoundWhereverItStandsInTheField) {
    EXPECT_TRUE(bearer_in("Bearer"));
    EXPECT_TRUE(bearer_in("bearer realm=\"x\", error=\"invalid_token\""));
    EXPECT_TRUE(bearer_in("Basic realm=\"x\", Bearer error=\"invalid_token\""));
    EXPECT_TRUE(bearer_in("Negotiate, Bearer"));
    EXPECT_TRUE(bearer_in("Negotiate YWJj==, Bearer realm=x"));
    EXPECT_TRUE(bearer_in("Digest realm=\"a, b\", nonce=\"c\\\"d\" ,\tBearer\trealm=\"e\""));
    EXPECT_TRUE(bearer_in(", ,Bearer"));
}

TEST(Challenge, IsNotWhatAnotherChallengeSays) {
    EXPECT_FALSE(bearer_in(""));
    EXPECT_FALSE(bearer_in("Basic realm=\"x\""));
    EXPECT_FALSE(bearer_in("Basic realm=\"say, Bearer please\""));
    EXPECT_FALSE(bearer_in("Basic realm=\"a\\\", Bearer\""));
    EXPECT_FALSE(bearer_in("Basic realm=\"x\", bearer=\"y\""));
    EXPECT_FALSE(bearer_in("Basic realm=\"x\", bearer = \"y\""));
    EXPECT_FALSE(bearer_in("BearerToken"));
    EXPECT_FALSE(bearer_in("Basic Bearer"));
    EXPECT_FALSE(bearer_in("Basic realm=\"never closed, Bearer"));
}

}  // namespace
}  // namespace wavegate::formats
