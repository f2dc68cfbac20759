#include "operator/sandbox/keycloak/keys.hpp"

#include "operator/formats/jwt.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace wavegate::sandbox {
namespace {

namespace json = boost::json;

TEST(SigningKeys, AreTwoAndSignTheSameTokenEachTime) {
    auto first = formats::RsaKey::from_pem(signing_key_pem(0));
    auto second = formats::RsaKey::from_pem(signing_key_pem(1));
    ASSERT_TRUE(first);
    ASSERT_TRUE(second);
    const json::object claims{{"azp", "mux"}};
    const json::array keys{first->jwk("a"), second->jwk("b")};
    const std::string jwks = json::serialize(json::object{{"keys", keys}});

    EXPECT_TRUE(formats::verify_jwt(first->sign(claims, "a"), jwks));
    EXPECT_TRUE(formats::verify_jwt(second->sign(claims, "b"), jwks));
    EXPECT_FALSE(formats::verify_jwt(first->sign(claims, "b"), jwks));
    EXPECT_EQ(first->sign(claims, "a"), first->sign(claims, "a"));
}

}  // namespace
}  // namespace wavegate::sandbox
