#pragma once

#include "operator/status/view.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string_view>

namespace wavegate::status {

/// Pure projections of a View, linear in its size. None reads a value of a stack's Env, of a
/// container's environment or of a vault entry.

/// The answer to GET /status (design §10).
boost::json::object status_document(const View& view);
/// What differs (`edits`), what of it is written now (`release`), which checks are asked, what
/// stands in the way, and what waits for what.
boost::json::object plan_document(const View& view);

/// {"items": [...]}
boost::json::object services_list(const View& view);
boost::json::object waves_list(const View& view);
boost::json::object rollouts_list(const View& view);
boost::json::object events_list(const View& view);
/// nullopt: no service of that name is desired.
std::optional<boost::json::object> one_service(const View& view, std::string_view name);

}  // namespace wavegate::status
