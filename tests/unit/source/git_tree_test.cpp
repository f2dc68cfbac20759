#include "operator/source/git_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wavegate::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

const std::string kId(40, 'a');
const std::string kOther(40, 'b');

std::string entry(const std::string& mode, const std::string& size, const std::string& path) {
    const auto* type = mode == "160000" ? " commit " : " blob ";
    return mode + type + kId + " " + size + "\t" + path + std::string(1, '\0');
}

std::vector<std::string> paths(const Result<std::vector<Blob>>& blobs) {
    std::vector<std::string> out;
    for (const auto& blob : blobs.value()) {
        out.push_back(blob.path);
    }
    return out;
}

TEST(GitTree, TakesYamlFilesAndPassesOverOthers) {
    const auto blobs = parse_tree(
        entry("100644", "      3", "fleet.yaml") + entry("100755", "     12", "a/b c.yml") +
            entry("100644", "9999999", "movie.mp4") + entry("100644", "      1", "README"),
        {});
    EXPECT_THAT(paths(blobs), ElementsAre("fleet.yaml", "a/b c.yml"));
    EXPECT_EQ(blobs->at(1).bytes, 12U);
    EXPECT_EQ(blobs->at(1).object, kId);
}

TEST(GitTree, PassesOverHiddenFilesWhateverTheyAre) {
    const auto blobs = parse_tree(
        entry("100644", "3", ".gitlab-ci.yml") + entry("100644", "3", ".github/workflows/a.yml") +
            entry("120000", "3", ".agent") + entry("100644", "3", "a/.hidden/b.yaml") +
            entry("100644", "3", "a.yaml"),
        {});
    EXPECT_THAT(paths(blobs), ElementsAre("a.yaml"));
}

TEST(GitTree, RefusesSymbolicLinksAndSubmodulesInTheirPlace) {
    for (const auto* mode : {"120000", "160000"}) {
        const auto blobs = parse_tree(entry(mode, mode[1] == '2' ? "3" : "-", "inner.yaml"), {});
        ASSERT_FALSE(blobs) << mode;
        EXPECT_EQ(blobs.error().kind(), ErrorKind::Invalid);
        EXPECT_THAT(blobs.error().message(), HasSubstr("inner.yaml"));
    }
}

TEST(GitTree, PassesOverLinksAndSubmodulesThatAreNeverRead) {
    const auto blobs = parse_tree(
        entry("120000", "9", "CLAUDE.md") + entry("160000", "-", "vendor/lib") +
            entry("100644", "3", "a.yaml"),
        {});
    EXPECT_THAT(paths(blobs), ElementsAre("a.yaml"));
}

TEST(GitTree, TakesTheEndingInCapitalsToo) {
    const auto blobs =
        parse_tree(entry("100644", "3", "services.YAML") + entry("100644", "3", "extra.Yml"), {});
    EXPECT_THAT(paths(blobs), ElementsAre("services.YAML", "extra.Yml"));
}

TEST(GitTree, RefusesNamesThatAreLongerThanAnybodyReads) {
    const auto blobs = parse_tree(entry("100644", "3", std::string(300, 'a') + ".yaml"), {});
    ASSERT_FALSE(blobs);
    EXPECT_THAT(blobs.error().message(), HasSubstr("longer than 255 bytes"));
}

TEST(GitTree, RefusesWhatGoesOverALimitAndNamesIt) {
    const auto two = entry("100644", "6", "a.yaml") + entry("100644", "6", "b.yaml");
    EXPECT_TRUE(parse_tree(two, {.files = 2, .file_bytes = 6, .total_bytes = 12}));
    for (const Limits limits :
         {Limits{.files = 1, .file_bytes = 6, .total_bytes = 12},
          Limits{.files = 2, .file_bytes = 5, .total_bytes = 12},
          Limits{.files = 2, .file_bytes = 6, .total_bytes = 11}}) {
        const auto blobs = parse_tree(two, limits);
        ASSERT_FALSE(blobs);
        EXPECT_EQ(blobs.error().kind(), ErrorKind::Invalid);
        EXPECT_THAT(blobs.error().message(), HasSubstr(".yaml: "));
    }
}

TEST(GitTree, RefusesNamesThatAreNotUtf8WithoutRepeatingThem) {
    for (const auto* mode : {"100644", "120000"}) {
        const auto blobs = parse_tree(entry(mode, "3", "a\xff.yaml"), {});
        ASSERT_FALSE(blobs);
        EXPECT_EQ(blobs.error().message().find('\xff'), std::string::npos);
    }
}

TEST(GitTree, RefusesAListingThatIsNone) {
    for (const auto* listing : {"100644 blob x y\ta.yaml", "100644 blob x\ta.yaml"}) {
        const auto blobs = parse_tree(listing, {});
        ASSERT_FALSE(blobs) << listing;
        EXPECT_EQ(blobs.error().kind(), ErrorKind::Protocol);
    }
}

TEST(GitTree, GivesEachFileItsOwnBytes) {
    const std::vector<Blob> blobs{{"a.yaml", kId, 4}, {"b.yaml", kOther, 0}};
    const auto output =
        kId + " blob 4\na\n\n" + std::string(1, '\0') + "\n" + kOther + " blob 0\n\n";
    const auto files = parse_contents(blobs, output);
    ASSERT_TRUE(files);
    EXPECT_THAT(
        *files,
        ElementsAre(Pair("a.yaml", std::string("a\n\n\0", 4)), Pair("b.yaml", std::string())));
}

TEST(GitTree, RefusesContentsThatWereNotAskedForOrAreCutOff) {
    const std::vector<Blob> blobs{{"a.yaml", kId, 4}};
    for (const auto& output :
         {kOther + " blob 4\nabcd\n", kId + " missing\n", kId + " blob 4\nabc", std::string()}) {
        const auto files = parse_contents(blobs, output);
        ASSERT_FALSE(files) << output;
        EXPECT_EQ(files.error().kind(), ErrorKind::Protocol);
    }
}

}  // namespace
}  // namespace wavegate::source
