#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wavegate::sandbox {

/// A YAML value as a plain tree.
struct ComposeNode {
    enum class Kind { Missing, Null, Scalar, List, Map };
    struct Child;

    Kind kind = Kind::Missing;
    std::string scalar;
    bool plain = false;  ///< a scalar without quotes, not a block
    std::vector<Child> children;

    explicit operator bool() const { return kind != Kind::Missing; }
    [[nodiscard]] bool is(Kind wanted) const { return kind == wanted; }
    /// The child of that key; a missing node when there is none.
    const ComposeNode& operator[](std::string_view key) const;
    [[nodiscard]] std::vector<Child>::const_iterator begin() const;
    [[nodiscard]] std::vector<Child>::const_iterator end() const;
};

struct ComposeNode::Child {
    std::string key;  ///< empty in a list
    ComposeNode value;
};

inline std::vector<ComposeNode::Child>::const_iterator ComposeNode::begin() const {
    return children.begin();
}
inline std::vector<ComposeNode::Child>::const_iterator ComposeNode::end() const {
    return children.end();
}

/// Merge keys are resolved. Throws ComposeError in the words of the CLI's parser.
ComposeNode parse_compose_text(std::string_view text);

}  // namespace wavegate::sandbox
