#pragma once

#include "operator/base/result.hpp"
#include "operator/model/step.hpp"
#include "operator/net/server.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace wavegate::serve {

/// A person's command out of POST /api/v1/rollouts/{rollout}/{verb} with the optional body
/// {"service", "who"}; or why it is none.
std::variant<Command, net::ServerResponse>
read_command(std::string_view rollout, std::string_view verb, const HttpRequest& request);

/// Who asks, by the optional body {"who"}: for the audit, as claimed. Invalid: not such a body.
Result<std::string> read_who(const HttpRequest& request);

}  // namespace wavegate::serve
