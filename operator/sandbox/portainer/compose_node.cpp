#include "operator/sandbox/portainer/compose_node.hpp"

#include "operator/sandbox/portainer/compose.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>

namespace wavegate::sandbox {
namespace {

ComposeNode tree_of(const YAML::Node& node) {
    ComposeNode tree;
    tree.kind = ComposeNode::Kind::Null;
    if (node.IsScalar()) {
        tree.kind = ComposeNode::Kind::Scalar;
        tree.scalar = node.Scalar();
    } else if (node.IsSequence()) {
        tree.kind = ComposeNode::Kind::List;
        for (const auto& item : node) {
            tree.children.push_back({std::string(), tree_of(item)});
        }
    } else if (node.IsMap()) {
        tree.kind = ComposeNode::Kind::Map;
        for (const auto& entry : node) {
            tree.children.push_back({entry.first.Scalar(), tree_of(entry.second)});
        }
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
