#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wavegate::sandbox {

/// A YAML value as a plain tree.
struct ComposeNode {
    enum class Kind { Missing, Null, Scalar, List, Map };
    using Child = std::pair<std::string, ComposeNode>;  ///< a list's keys are empty

    Kind kind = Kind::Missing;
    std::string scalar;
    std::vector<Child> children;

    explicit operator bool() const { return kind != Kind::Missing; }
    [[nodiscard]] bool is(Kind wanted) const { return kind == wanted; }
    /// The child of that key; a missing node when there is none.
    const ComposeNode& operator[](std::string_view key) const;
    [[nodiscard]] auto begin() const { return children.begin(); }
    [[nodiscard]] auto end() const { return children.end(); }
};

/// Throws ComposeError in the words of the CLI's parser.
ComposeNode parse_compose_text(std::string_view text);

}  // namespace wavegate::sandbox
