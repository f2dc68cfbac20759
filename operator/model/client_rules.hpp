#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/observed.hpp"

#include <array>
#include <string>
#include <string_view>

namespace wavegate {

/// The attribute that marks a client as a fleet's own; its value is the fleet's name.
inline constexpr const char* kOwnerAttribute = "wavegate.owner";
/// The custom_metadata key that marks a vault entry likewise.
inline constexpr const char* kOwnerMetadata = "wavegate_owner";

/// The fleet's name that a client is marked with; empty: none.
std::string mark_of(const ClientView& client);
/// Whose an object is, by the value of its mark. What no mark claims is foreign: nobody's to
/// change, and no secret is copied out of it.
enum class Ownership { Ours, Unmarked, AnotherFleets };
Ownership ownership(const ClientView& client, const std::string& fleet);

/// One switch of a client: Keycloak's name, where it is seen, and what a client of ours has.
struct ClientSwitch {
    const char* field;
    bool ClientView::*seen;
    bool wanted;
};
/// A client of ours is confidential, mints for itself alone, and nobody logs in through it.
inline constexpr std::array<ClientSwitch, 9> kClientSwitches{{
    {"enabled", &ClientView::enabled, true},
    {"publicClient", &ClientView::public_client, false},
    {"bearerOnly", &ClientView::bearer_only, false},
    {"consentRequired", &ClientView::consent_required, false},
    {"serviceAccountsEnabled", &ClientView::service_accounts, true},
    {"standardFlowEnabled", &ClientView::standard_flow, false},
    {"implicitFlowEnabled", &ClientView::implicit_flow, false},
    {"directAccessGrantsEnabled", &ClientView::direct_access, false},
    {"fullScopeAllowed", &ClientView::full_scope, false},
}};
/// Switches that Keycloak keeps among the attributes; absent is off, as a client of ours has them.
inline constexpr std::array<const char*, 4> kClosedAttributes{
    "oauth2.device.authorization.grant.enabled",
    "oidc.ciba.grant.enabled",
    "standard.token.exchange.enabled",
    "client_credentials.use_refresh_token"};
/// How a client of ours proves that it is the one.
inline constexpr const char* kClientAuthenticator = "client-secret";
/// The attribute of how long its tokens live, in seconds.
inline constexpr const char* kLifespanAttribute = "access.token.lifespan";

/// The mapper that puts an audience into a client's access tokens, as we make it.
MapperView audience_mapper(const std::string& audience);
/// Does this mapper put the audience into access tokens, and only this one?
bool maps_audience(const MapperView& mapper, const std::string& audience);

/// Why no document may have a client of this id, in words after its name: it is the operator's own
/// or one that Keycloak makes for itself. Empty: it may. Letter case is passed over, since some
/// databases do so too.
std::string why_reserved(const KeycloakSpec& keycloak, std::string_view client_id);

/// The document's client as it was seen, if it bears this fleet's mark: the only one whose secret
/// may be used or copied. Null: not seen, missing, or not ours.
const ClientView*
own_client(const DesiredState& desired, const Observed& observed, const OidcClientSpec& spec);

}  // namespace wavegate
