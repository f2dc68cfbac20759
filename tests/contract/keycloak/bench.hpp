#pragma once

#include "operator/backends/keycloak/client.hpp"
#include "operator/sandbox/keycloak/keycloak.hpp"
#include "reconcilers/clients/write.hpp"
#include "tests/support/fixed_credentials.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/permits.hpp"
#include "tests/support/simulation.hpp"
#include "tests/support/site_transport.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace wavegate {

inline const std::string kRecorded = testing::source_path("tests/recorded/keycloak");
inline constexpr const char* kBase = "http://keycloak.test:8080";
inline constexpr const char* kOperatorSecret = "the-operator's-secret%&=+";

/// A permit for the client's write, as its room makes it. `live`: the client as it was read again;
/// one that was not seen is taken for a bare one of ours.
inline Permit client_permit(ClientEdit edit, Live live = {}) {
    if (!edit.create && !live.client) {
        live.client.emplace();
        live.client->attributes["wavegate.owner"] = edit.owner;
    }
    Edit whole;
    whole.body = std::move(edit);
    return testing::permit(clients::write_of(whole, live).value());
}

/// The client and the double, joined within the process.
struct KeycloakBench {
    explicit KeycloakBench(
        sandbox::KeycloakSettings settings = {"fleet", "", std::chrono::seconds(300)})
        : site(sim.clock, std::move(settings)) {
        transport.at("keycloak.test:8080", site);
        credentials.set("env:KC_SECRET", kOperatorSecret);
        add_operator("operator");
        site.grant("operator", sandbox::AdminRole::ManageClients);
    }

    void add_operator(const std::string& client_id) {
        site.add_client(
            {{"clientId", client_id},
             {"publicClient", false},
             {"serviceAccountsEnabled", true},
             {"secret", kOperatorSecret}});
    }

    /// Another client object than `client` has tokens of its own.
    [[nodiscard]] KeycloakSpec spec(std::string client_id = "operator") const {
        return {kBase, "fleet", std::move(client_id), Reference{"env:KC_SECRET", {}}};
    }
    Result<std::optional<ClientView>> see(const std::string& client_id) {
        return sim.run(client.client(client_id));
    }
    Result<Receipt> apply(ClientEdit edit) {
        Live live;
        if (!edit.create) {
            auto seen = see(edit.client_id);
            live.client = seen ? std::move(*seen) : std::nullopt;
        }
        return sim.run(client.apply(client_permit(std::move(edit), std::move(live))));
    }
    Result<Token> mint(const std::string& client_id, const std::string& secret) {
        return sim.run(client.mint(client_id, make_secret(std::string(secret))));
    }

    testing::Simulation sim;
    sandbox::Keycloak site;
    testing::SiteTransport transport;
    testing::FixedCredentials credentials;
    keycloak::Client client{transport, credentials, sim.clock, spec()};
};

inline ClientEdit wanted_client() {
    ClientEdit edit;
    edit.create = true;
    edit.client_id = "mcp-multiplexer";
    edit.owner = "homelab";
    edit.audiences = {"agent-services"};
    edit.token_lifespan = std::chrono::minutes(5);
    return edit;
}

}  // namespace wavegate
