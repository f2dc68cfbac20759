// What the Markdown files show is what the program takes: every block of YAML in them.
#include "operator/desired/parse.hpp"
#include "operator/settings/config.hpp"
#include "tests/support/paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace wavegate {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string read(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

struct Block {
    std::string where;  ///< file:line
    std::string kind;   ///< "", "operator.yaml", "fleet.spec"
    std::string text;
};

void add_blocks(const fs::path& path, std::vector<Block>& blocks) {
    std::istringstream lines(read(path));
    constexpr std::string_view fence = "```yaml";
    bool inside = false;
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        if (inside && line.starts_with("```")) {
            inside = false;
        } else if (inside) {
            blocks.back().text += line + "\n";
        } else if (line.starts_with(fence)) {
            inside = true;
            auto kind = line.size() > fence.size() ? line.substr(fence.size() + 1) : std::string();
            blocks.push_back(
                {path.filename().string() + ":" + std::to_string(number), std::move(kind), ""});
        }
    }
}

std::vector<Block> blocks_of(const std::string& kind) {
    std::vector<Block> all;
    const fs::path root = testing::source_path("");
    add_blocks(root / "README.md", all);
    for (const auto* folder : {"operator", "reconcilers", "crd-schemas", "deploy"}) {
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            if (entry.path().extension() == ".md") {
                add_blocks(entry.path(), all);
            }
        }
    }
    std::erase_if(all, [&](const Block& block) { return block.kind != kind; });
    return all;
}

std::vector<std::string> errors_of(const std::vector<Diagnostic>& found) {
    std::vector<std::string> errors;
    for (const auto& one : found) {
        if (one.severity == Severity::Error) {
            errors.push_back(to_text(one));
        }
    }
    return errors;
}

std::vector<std::string> errors_of_state(const std::string& text) {
    Revision revision;
    revision.id = "papers";
    revision.files["fleet.yaml"] = text;
    constexpr const char* registry = "mcp-fleet.registry.yml";
    revision.files[registry] =
        read(testing::source_path(std::string("deploy/examples/homelab/") + registry));
    return errors_of(desired::parse(revision, desired::Schemas::embedded()).found);
}

/// The README's fleet, whose spec gets these lines too.
std::string with_spec(const std::string& lines) {
    auto text = blocks_of("").front().text;
    const std::string spec = "\nspec:\n";
    const auto at = text.find(spec) + spec.size();
    return text.insert(at, lines);
}

TEST(Papers, ShowDesiredStatesThatAreValid) {
    const auto blocks = blocks_of("");
    ASSERT_THAT(blocks, ::testing::Not(IsEmpty()));
    for (const auto& block : blocks) {
        EXPECT_THAT(errors_of_state(block.text), IsEmpty()) << block.where;
    }
}

TEST(Papers, ShowPartsOfAFleetThatAreValidInOne) {
    const auto blocks = blocks_of("fleet.spec");
    ASSERT_THAT(blocks, ::testing::Not(IsEmpty()));
    for (const auto& block : blocks) {
        EXPECT_THAT(errors_of_state(with_spec(block.text)), IsEmpty()) << block.where;
    }
    EXPECT_THAT(errors_of_state(with_spec("  stackRepos: {}\n")), SizeIs(1));
}

std::vector<std::string> errors_of_settings(std::string text) {
    if (!text.starts_with("source:")) {
        text = "source: { folder: desired }\n" + text;
    }
    const auto parsed = settings::parse_config(
        "operator.yaml", text, [](const std::string&) -> std::optional<std::string> {
            return std::nullopt;
        });
    return errors_of(parsed.found);
}

TEST(Papers, ShowOperatorSettingsThatAreValid) {
    const auto blocks = blocks_of("operator.yaml");
    ASSERT_THAT(blocks, ::testing::Not(IsEmpty()));
    for (const auto& block : blocks) {
        EXPECT_THAT(errors_of_settings(block.text), IsEmpty()) << block.where;
    }
    EXPECT_THAT(errors_of_settings("listens: 127.0.0.1:1\n"), SizeIs(1));
}

}  // namespace
}  // namespace wavegate
