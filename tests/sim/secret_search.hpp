#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace wavegate::testing {

/// Looks for secrets in what left the operator: as they are, and as base64, percent-encoded or
/// JSON-escaped. Values of fewer than eight bytes are too common to tell anything.
class SecretSearch {
  public:
    /// `name` says what it is in a report that must not show it.
    void add(const std::string& name, const std::string& value);
    /// What is printed on every wall is no secret, even where it stands in an Env.
    void add_public(const std::string& value) { public_.insert(value); }
    void hear(const std::string& channel, std::string_view bytes);
    /// "the client's secret in a log line", once each.
    [[nodiscard]] std::set<std::string> found() const;

  private:
    struct Form {
        std::string text;
        std::string name;
    };
    using Forms = std::unordered_map<std::uint64_t, std::vector<Form>>;  ///< by their first bytes

    [[nodiscard]] Forms forms() const;
    static std::set<std::string> names_in(const std::string& text, const Forms& forms);

    std::map<std::string, std::string> values_;  ///< value → name
    std::set<std::string> public_;
    std::map<std::string, std::set<std::string>> heard_;  ///< by channel
};

}  // namespace wavegate::testing
