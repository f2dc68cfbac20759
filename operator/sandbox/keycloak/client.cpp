#include "operator/sandbox/keycloak/fields.hpp"
#include "operator/sandbox/keycloak/realm.hpp"

#include <algorithm>

namespace wavegate::sandbox {
namespace json = boost::json;

std::string_view to_string(AdminRole role) {
    switch (role) {
        case AdminRole::ManageClients:
            return "manage-clients";
        case AdminRole::ViewClients:
            return "view-clients";
        case AdminRole::QueryClients:
            return "query-clients";
    }
    return "";
}

std::string KeycloakClient::text(std::string_view name) const {
    return text_or(shown, name, "");
}

bool KeycloakClient::flag(std::string_view name) const {
    const auto* value = shown.if_contains(name);
    return value != nullptr && value->is_bool() && value->get_bool();
}

std::optional<std::string> KeycloakClient::attribute(std::string_view name) const {
    const auto* attributes = map_at(shown, "attributes");
    if (attributes == nullptr || !attributes->contains(name)) {
        return std::nullopt;
    }
    return text_or(*attributes, name, "");
}

json::array KeycloakClient::mappers() const {
    const auto* mappers = list_at(shown, "protocolMappers");
    return mappers == nullptr ? json::array() : *mappers;
}

bool KeycloakClient::has_scope(std::string_view list, std::string_view name) const {
    const auto* scopes = list_at(shown, list);
    return scopes != nullptr && std::any_of(scopes->begin(), scopes->end(), [&](const auto& item) {
               return item.is_string() && std::string_view(item.get_string()) == name;
           });
}

}  // namespace wavegate::sandbox
