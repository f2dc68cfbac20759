#pragma once

#include "operator/formats/compose.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace wavegate::formats {

/// Compose files as they were read and edited before: parsing is slow, and the same text says the
/// same at every look. Texts are told apart by where they are, so whoever reads a file again and
/// finds it unchanged should pass the same one.
class ComposeCache {
  public:
    using Text = std::shared_ptr<const std::string>;

    /// As `read_compose`.
    Result<std::shared_ptr<const Compose>> read(const Text& text);
    /// As `edit_compose`.
    Result<std::string>
    edit(const Text& text, const std::string& service, const std::vector<ComposeChange>& changes);

    /// What was found out of a text before, with all else that it depends on as the key.
    Result<void>
    verdict(const Text& text, const std::string& key, const std::function<Result<void>()>& find);

  private:
    struct Known {
        Text text;  ///< kept, so that no other text takes its place
        std::optional<Result<std::shared_ptr<const Compose>>> compose;
        std::map<std::string, Result<std::string>> edits;  ///< by service and changes
        std::map<std::string, Result<void>> verdicts;
    };
    Known& know(const Text& text);

    std::unordered_map<const std::string*, Known> known_;
    std::size_t most_ = 64;
};

}  // namespace wavegate::formats
