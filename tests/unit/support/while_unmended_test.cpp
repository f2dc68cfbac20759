#include "tests/support/while_unmended.hpp"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace wavegate::testing {
namespace {

TEST(WhileUnmended, PassesAsLongAsOneAssertionFails) {
    while_unmended("the second of two", [] {
        EXPECT_EQ(1, 1);
        EXPECT_EQ(1, 2);
    });
    while_unmended("one that ends the rest", [] { ASSERT_TRUE(false); });
    EXPECT_FALSE(HasFailure());
}

TEST(WhileUnmended, FailsOnceEveryAssertionHolds) {
    EXPECT_NONFATAL_FAILURE(
        while_unmended("what holds", [] { EXPECT_EQ(1, 1); }),
        "\"what holds\" is mended: remove while_unmended");
    EXPECT_NONFATAL_FAILURE(while_unmended("what asserts nothing", [] {}), "is mended");
}

TEST(WhileUnmended, TakesNoExceptionForAProof) {
    const auto broken = [] {
        EXPECT_TRUE(false);
        throw std::logic_error("the setup is broken");
    };
    EXPECT_THROW(while_unmended("what throws", broken), std::logic_error);
    EXPECT_NONFATAL_FAILURE(EXPECT_TRUE(false), "false");  // failures are reported again
}

TEST(WhileUnmended, ExcusesNothingThatIsAssertedOutside) {
    EXPECT_NONFATAL_FAILURE(
        {
            EXPECT_TRUE(false) << "a setup that broke";
            while_unmended("what is asserted within", [] { EXPECT_TRUE(false); });
        },
        "a setup that broke");
    EXPECT_NONFATAL_FAILURE(
        {
            while_unmended("what was asserted within", [] { EXPECT_TRUE(false); });
            EXPECT_TRUE(false) << "something later";
        },
        "something later");
}

}  // namespace
}  // namespace wavegate::testing
