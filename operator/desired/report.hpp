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

/// Collects what is wrong with a revision, up to 200 findings: who checks stops there. A hostile
/// revision must take neither memory nor time by what is wrong with it.
class Report {
  public:
    void add(Diagnostic diagnostic);
    /// The file itself is broken; line 0 when no line is meant.
    void file(const std::string& name, int line, int column, std::string message);
    /// At the place of `field` in the document, or of the deepest part of its path that is there.
    /// Silent when the structure of that very field is already reported as wrong.
    void field(const Document& document, const std::string& field, std::string message);

    /// `; did you mean "wave"?` and the like, as the function below; nothing once names enough were
    /// compared.
    std::string suggestion(std::string_view wrong, std::span<const std::string> known);

    [[nodiscard]] bool empty() const { return found_.empty(); }
    /// Nothing more is kept, so nothing more need be looked for.
    [[nodiscard]] bool full() const { return room() == 0; }
    [[nodiscard]] std::size_t room() const;
    /// By file, line and column; the last one says that checking stopped, where it did.
    std::vector<Diagnostic> take() &&;

  private:
    std::vector<Diagnostic> found_;
    std::size_t compared_ = 0;
};

/// `; did you mean "wave"?`, or `; known are a, b`, or nothing when there is nothing to offer.
std::string suggestion(std::string_view wrong, std::span<const std::string> known);

}  // namespace wavegate::desired
