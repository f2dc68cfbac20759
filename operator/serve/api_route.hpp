#pragma once

#include "operator/serve/api.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::serve {

struct Api::Call {
    HttpRequest request;
    std::string method;                ///< GET for HEAD
    std::vector<std::string> path;     ///< decoded segments
    std::vector<std::string> names;    ///< those that stand for a route's {}
    const Person* who = nullptr;       ///< whose token its sender has shown
    bool known = false;                ///< that, or the hooks' secret
    std::unique_ptr<HookProof> proof;  ///< of a hook
    std::string allowed;               ///< methods, where another is asked for
};

struct Api::Route {
    std::string_view method;
    std::vector<std::string> path;
    Access access;
    Plain plain = nullptr;
    Async async = nullptr;
    std::vector<std::string_view> parameters = {};  ///< of its query

    /// The segments that stand for `{}`, when it fits.
    [[nodiscard]] std::optional<std::vector<std::string>> match(
        const std::vector<std::string>& segments) const {
        if (segments.size() != path.size()) {
            return std::nullopt;
        }
        std::vector<std::string> names;
        for (std::size_t i = 0; i < path.size(); ++i) {
            if (path[i] == "{}" && !segments[i].empty()) {
                names.push_back(segments[i]);
            } else if (path[i] != segments[i]) {
                return std::nullopt;
            }
        }
        return names;
    }
};

}  // namespace wavegate::serve
