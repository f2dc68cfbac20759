#pragma once

#include "operator/ports/http.hpp"
#include "operator/sandbox/keycloak/realm.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace wavegate::sandbox {

/// Answers with the headers that Keycloak gives them (recorded exchanges).
HttpResponse admin_answer(const boost::json::value& body);  ///< 200
HttpResponse admin_created(std::string location);           ///< 201 without body
HttpResponse admin_refusal(const KeycloakRefusal& refusal);
HttpResponse admin_error(int status, std::string_view error);  ///< {"error": …}
HttpResponse token_answer(const boost::json::value& body);     ///< 200
HttpResponse token_error(int status, std::string_view error, std::string_view description);

}  // namespace wavegate::sandbox
