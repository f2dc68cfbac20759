#pragma once

#include "operator/base/secret.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace wavegate::formats {

/// Puts variables into one value of a `.env` file.
class DotenvExpansion {
  public:
    /// The value of a name; null when it is not set.
    using Lookup = std::function<SecretValue(const std::string& name)>;

    /// `escapes`: \n \r \t \" \\ \$ mean what they do in a shell.
    DotenvExpansion(Lookup lookup, bool escapes, std::size_t limit)
        : lookup_(std::move(lookup)), escapes_(escapes), limit_(limit) {}

    /// Returns what is wrong with the text, or nothing; then `value()` holds the result.
    const char* run(std::string_view text);
    [[nodiscard]] std::string& value() { return value_; }
    /// Was a variable read as empty because it is not set?
    [[nodiscard]] bool missed() const { return missed_; }

  private:
    const char* expand(std::string_view text, int depth);
    const char* put(std::string_view inside, int depth);
    const char* put_rest(std::string_view rule, const SecretValue& found, int depth);
    void take_escape(std::string_view text, std::size_t& at);

    Lookup lookup_;
    bool escapes_;
    std::size_t limit_;
    std::string value_;
    bool missed_ = false;
};

}  // namespace wavegate::formats
