#pragma once

#include "operator/base/result.hpp"
#include "operator/model/step.hpp"
#include "operator/net/server.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace wavegate::serve {

/// A person's command out of POST /api/v1/rollouts/{rollout}/{verb} with the optional body
/// {"service", "client", "reason"}; or why it is none. Who says it, the request does not tell.
std::variant<Command, net::ServerResponse>
read_command(std::string_view rollout, std::string_view verb, const HttpRequest& request);

/// That a held revision be taken.
struct Acceptance {
    std::string revision;  ///< the one that the person looked at: another may be held by now
    std::string why;
};

/// By the body {"revision", "reason"}. Invalid: not such a body, or no revision in it.
Result<Acceptance> read_acceptance(const HttpRequest& request);

}  // namespace wavegate::serve
