#pragma once

#include "operator/model/write.hpp"
#include "operator/ports/http.hpp"
#include "operator/ports/identity.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Keycloak's JSON (keycloak.md): values in, text out, and back.
namespace wavegate::keycloak {

/// Body of POST clients, with its mappers.
std::string create_body(const ClientWrite& write);
/// Body of PUT clients/{uuid}: managed settings only, always `attributes`, never a secret or the
/// mappers (an array would replace the whole set).
std::string update_body(const ClientBody& body);
/// Body of POST protocol-mappers/models; with the `id` that PUT wants when it is not empty.
std::string mapper_body(const MapperView& mapper);

/// Protocol: not what the server answers. Unknown fields are passed over.
Result<ClientView> parse_client(std::string_view body);
Result<std::vector<ClientView>> parse_clients(std::string_view body);
Result<Token> parse_token(std::string_view body);
/// Is this a JWKS document?
bool is_jwks(std::string_view body);

/// An answer of the admin API that is no success. `write`: a 5xx may have changed something.
Error refusal(const HttpResponse& response, bool write);
/// An answer of the token endpoint that is no success; names which of the known reasons it is.
Error mint_refusal(const HttpResponse& response);

}  // namespace wavegate::keycloak
