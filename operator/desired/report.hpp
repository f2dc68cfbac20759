#pragma once

#include "operator/model/desired.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::desired {

/// A document of the desired state, checked against its schema.
struct Document;

/// Collects what is wrong with a revision. Keeps at most 500 findings and counts the rest: a
/// hostile file must not fill memory with messages.
class Report {
  public:
    void add(Diagnostic diagnostic);
    /// The file itself is broken; line 0 when no line is meant.
    void file(const std::string& name, int line, int column, std::string message);
    /// At the place of `field` in the document, or of the deepest part of its path that is there.
    /// Silent when the structure of that very field is already reported as wrong.
    void field(const Document& document, const std::string& field, std::string message);

    [[nodiscard]] bool empty() const { return found_.empty(); }
    [[nodiscard]] bool full() const;
    /// By file, line and column.
    std::vector<Diagnostic> take() &&;

  private:
    std::vector<Diagnostic> found_;
    std::size_t dropped_ = 0;
};

/// `; did you mean "wave"?`, or `; known are a, b`, or nothing when there is nothing to offer.
std::string suggestion(std::string_view wrong, std::span<const std::string> known);

}  // namespace wavegate::desired
