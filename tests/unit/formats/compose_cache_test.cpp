#include "operator/formats/compose_cache.hpp"

#include <gtest/gtest.h>

namespace wavegate::formats {
namespace {

ComposeCache::Text text_of(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
}

const char* const kFile = "services:\n  a-mcp:\n    image: x\n    environment:\n      - A=1\n";

TEST(ComposeCache, ReadsTheSameTextOnce) {
    ComposeCache cache;
    const auto text = text_of(kFile);

    const auto first = cache.read(text);

    EXPECT_EQ(cache.read(text).value(), first.value());
    EXPECT_NE(cache.read(text_of(kFile)).value(), first.value()) << "another place, read anew";
}

TEST(ComposeCache, SaysWhatReadingSays) {
    ComposeCache cache;
    const auto text = text_of("- no compose file\n");

    EXPECT_EQ(
        cache.read(text).error().message(), read_compose("- no compose file\n").error().message());
    EXPECT_FALSE(cache.read(text));
}

TEST(ComposeCache, TellsEditsOfOneTextApart) {
    ComposeCache cache;
    const auto text = text_of(kFile);
    const auto edited = [&](std::optional<std::string> value, bool raw) {
        const std::vector<ComposeChange> changes{{"A", std::move(value), raw}};
        const auto expected = edit_compose(*text, "a-mcp", changes);
        EXPECT_EQ(cache.edit(text, "a-mcp", changes).value(), expected.value());
        return cache.edit(text, "a-mcp", changes).value();
    };

    EXPECT_NE(edited("$2", false), edited("$2", true));
    EXPECT_NE(edited("2", false), edited(std::nullopt, false));
    EXPECT_FALSE(cache.edit(text, "b-mcp", {{"A", "2", false}}));
}

TEST(ComposeCache, ForgetsTextsThatNobodyHolds) {
    ComposeCache cache;
    auto text = text_of(kFile);
    const std::weak_ptr<const std::string> dropped = text;
    ASSERT_TRUE(cache.read(text));
    text.reset();
    for (int i = 0; i < 200; ++i) {
        ASSERT_TRUE(cache.read(text_of(kFile)));
    }

    EXPECT_TRUE(dropped.expired());
}

}  // namespace
}  // namespace wavegate::formats
