#include "operator/sandbox/portainer/compose_node.hpp"

#include "operator/sandbox/portainer/compose.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <utility>

namespace wavegate::sandbox {
namespace {

constexpr auto* kPlain = "?";  // yaml-cpp's tag of a scalar without quotes

ComposeNode tree_of(const YAML::Node& node);

/// Own keys win, then the first map that is merged.
void merge_map(ComposeNode& tree, const YAML::Node& source) {
    if (!source.IsMap()) {
        throw ComposeError{"yaml: map merge requires map or sequence of maps as the value"};
    }
    auto merged = tree_of(source);
    for (auto& child : merged.children) {
        if (!tree[child.key]) {
            tree.children.push_back(std::move(child));
        }
    }
}

void merge(ComposeNode& tree, const YAML::Node& source) {
    if (!source.IsSequence()) {
        merge_map(tree, source);
        return;
    }
    for (const auto& item : source) {
        merge_map(tree, item);
    }
}

void read_map(ComposeNode& tree, const YAML::Node& node) {
    std::vector<YAML::Node> merges;
    for (const auto& entry : node) {
        if (entry.first.Scalar() == "<<" && entry.first.Tag() == kPlain) {
            merges.push_back(entry.second);
        } else {
            tree.children.push_back({entry.first.Scalar(), tree_of(entry.second)});
        }
    }
    for (const auto& source : merges) {
        merge(tree, source);
    }
}

ComposeNode tree_of(const YAML::Node& node) {
    ComposeNode tree;
    tree.kind = ComposeNode::Kind::Null;
    if (node.IsScalar()) {
        tree.kind = ComposeNode::Kind::Scalar;
        tree.scalar = node.Scalar();
        tree.plain = node.Tag() == kPlain;
    } else if (node.IsSequence()) {
        tree.kind = ComposeNode::Kind::List;
        for (const auto& item : node) {
            tree.children.push_back({std::string(), tree_of(item)});
        }
    } else if (node.IsMap()) {
        tree.kind = ComposeNode::Kind::Map;
        read_map(tree, node);
    }
    return tree;
}

/// yaml-cpp's complaint in the words of the CLI's parser, which counts lines its own way.
ComposeError broken(std::string_view text, int line) {
    const auto open = std::min(text.rfind('['), text.size());
    if (open == text.size()) {
        return {fmt::format("yaml: line {}: could not find expected ':'", line + 1)};
    }
    const auto lines =
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(open), '\n');
    return {fmt::format(
        "yaml: line {}: did not find expected ',' or ']'", std::max<std::ptrdiff_t>(1, lines))};
}

}  // namespace

const ComposeNode& ComposeNode::operator[](std::string_view key) const {
    static const ComposeNode missing;
    const auto at = std::find_if(children.begin(), children.end(), [&](const Child& child) {
        return is(Kind::Map) && child.key == key;
    });
    return at == children.end() ? missing : at->value;
}

ComposeNode parse_compose_text(std::string_view text) {
    try {
        return tree_of(YAML::Load(std::string(text)));
    } catch (const YAML::Exception& problem) {
        throw broken(text, problem.mark.line);
    }
}

}  // namespace wavegate::sandbox
