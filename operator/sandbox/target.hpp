#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::sandbox {

/// Fields of a query string or of an application/x-www-form-urlencoded body.
struct Form {
    std::map<std::string, std::string> fields;  ///< the first of each name
    bool repeated = false;                      ///< some name came twice

    /// Empty when there is none.
    [[nodiscard]] std::string get(const std::string& name) const;
};
Form parse_form(std::string_view text);

/// A request's path, cut at its slashes and decoded, and its query.
struct Target {
    std::string path;  ///< as sent, without the query
    std::vector<std::string> segments;
    Form query;
};
Target parse_target(std::string_view url);

}  // namespace wavegate::sandbox
