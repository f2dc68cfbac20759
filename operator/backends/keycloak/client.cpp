#include "operator/backends/keycloak/client.hpp"

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "operator/model/client_rules.hpp"

#include <utility>

namespace wavegate::keycloak {
namespace {

/// A read changes nothing, whatever became of it.
Error of_read(Error error, std::string_view context) {
    return std::move(error).with_effect(Effect::None).in(context);
}

/// Basic, with both halves form-encoded first: a raw "%" would be refused.
SecretValue basic_header(const std::string& client_id, const Secret& secret) {
    auto encoded = secret.reveal([](std::string_view text) { return percent_encode(text); });
    auto pair = percent_encode(client_id) + ":" + encoded;
    auto header = "Basic " + base64_encode(pair);
    wipe(encoded);
    wipe(pair);
    return make_secret(std::move(header));
}

SecretValue bearer_header(const Secret& token) {
    return make_secret(
        token.reveal([](std::string_view text) { return "Bearer " + std::string(text); }));
}

}  // namespace

Client::Client(
    Transport& transport,
    Credentials& credentials,
    const Clock& clock,
    KeycloakSpec spec)
    : transport_(transport),
      credentials_(credentials),
      clock_(clock),
      spec_(std::move(spec)),
      base_(spec_.url) {
    while (base_.ends_with('/')) {
        base_.pop_back();
    }
}

Credential Client::own_credential() const {
    return Credential::given(spec_.client_secret.text);
}

std::string Client::clients_url() const {
    return base_ + "/admin/realms/" + percent_encode(spec_.realm) + "/clients";
}

Task<Token> Client::mint(std::string client_id, SecretValue secret) {
    if (!secret) {
        co_return Error(ErrorKind::Invalid, "keycloak: mint: there is no secret");
    }
    HttpRequest request(
        "POST",
        base_ + "/realms/" + percent_encode(spec_.realm) + "/protocol/openid-connect/token");
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    // What Keycloak knows already, whichever client's it is, and goes where our own may.
    request.add_secret("Authorization", basic_header(client_id, *secret), own_credential());
    request.body = "grant_type=client_credentials";
    auto response = co_await transport_.send(std::move(request));
    if (!response) {
        co_return of_read(response.take_error(), "keycloak: mint");
    }
    if (response->status != 200) {
        co_return mint_refusal(*response).in("keycloak: mint");
    }
    auto token = parse_token(response->body);
    wipe(response->body);
    if (!token) {
        co_return token.take_error().in("keycloak: mint");
    }
    co_return token;
}

Task<SecretValue> Client::admin_token() {
    if (admin_ && clock_.now().mono < admin_->renew_at) {
        co_return admin_->header;
    }
    auto secret = co_await credentials_.resolve(spec_.client_secret, base_);
    if (!secret) {
        co_return secret.take_error();
    }
    const Mono asked = clock_.now().mono;
    auto token = co_await mint(spec_.client_id, std::move(*secret));
    if (!token) {
        co_return token.take_error();
    }
    AdminToken fresh;
    fresh.header = bearer_header(*token->value);
    fresh.renew_at = asked + std::chrono::duration_cast<Duration>(token->expires_in) * 4 / 5;
    admin_ = fresh;
    co_return fresh.header;
}

Task<HttpResponse> Client::admin(HttpRequest request) {
    auto token = co_await admin_token();
    if (!token) {
        co_return token.take_error();
    }
    HttpRequest again = request;
    request.add_secret("Authorization", *token, own_credential());
    auto response = co_await transport_.send(std::move(request));
    if (!response || response->status != 401) {
        co_return response;
    }
    // Refused before anything was done, so a write may be sent again too: the keys were rotated,
    // the session ended, or the clock jumped.
    if (admin_ && admin_->header == *token) {
        admin_.reset();
    }
    token = co_await admin_token();
    if (!token) {
        co_return token.take_error();
    }
    again.add_secret("Authorization", *token, own_credential());
    co_return co_await transport_.send(std::move(again));
}

Task<std::optional<ClientView>> Client::client(std::string client_id) {
    HttpRequest request("GET", clients_url() + "?clientId=" + percent_encode(client_id));
    auto response = co_await admin(std::move(request));
    if (!response) {
        co_return of_read(response.take_error(), "keycloak: find client");
    }
    if (response->status != 200) {
        co_return refusal(*response, false).in("keycloak: find client");
    }
    auto found = parse_clients(response->body);
    wipe(response->body);
    if (!found) {
        co_return found.take_error().in("keycloak: find client");
    }
    if (found->empty()) {
        co_return std::optional<ClientView>();
    }
    if (found->size() != 1 || found->front().client_id != client_id) {
        co_return Error(ErrorKind::Protocol, "keycloak: find client: answered other clients");
    }
    co_return std::optional<ClientView>(std::move(found->front()));
}

Task<bool> Client::administers(SecretValue token) {
    // Answered to whoever has a role of the administration, for another realm too.
    HttpRequest request("GET", base_ + "/admin/realms/" + percent_encode(spec_.realm));
    request.add_secret("Authorization", bearer_header(*token), own_credential());
    auto response = co_await transport_.send(std::move(request));
    if (!response) {
        co_return of_read(response.take_error(), "keycloak: what a token opens");
    }
    if (response->status == 401 || response->status == 403) {
        co_return false;
    }
    if (response->status != 200) {
        co_return refusal(*response, false).in("keycloak: what a token opens");
    }
    co_return true;
}

Task<std::string> Client::jwks(std::string uri) {
    HttpRequest request("GET", std::move(uri));
    auto response = co_await transport_.send(std::move(request));
    if (!response) {
        co_return of_read(response.take_error(), "keycloak: jwks");
    }
    if (response->status != 200) {
        co_return refusal(*response, false).in("keycloak: jwks");
    }
    if (!is_jwks(response->body)) {
        co_return Error(ErrorKind::Protocol, "keycloak: jwks: not a key set");
    }
    co_return std::move(response->body);
}

Task<Receipt> Client::apply(Permit permit) {
    const auto* client = permit.as<ClientWrite>();
    if (client == nullptr) {
        co_return Error(ErrorKind::Internal, "keycloak: not a client's write");
    }
    std::string sent;
    if (client->uuid.empty()) {
        auto created = co_await create(*client, permit.good_until());
        if (!created) {
            co_return created.take_error().in("keycloak: create client");
        }
        sent = std::move(*created);
    } else {
        auto updated = co_await update(*client, permit.good_until());
        if (!updated) {
            co_return updated.take_error().in("keycloak: update client");
        }
        sent = std::move(*updated);
    }
    Receipt receipt;
    receipt.edit = permit.edit();
    receipt.digest_after = sha256_hex(sent);
    receipt.at = clock_.now();
    co_return receipt;
}

Task<void> Client::write(HttpRequest request, std::string body, int expected) {
    request.headers.add("Content-Type", "application/json");
    request.body = std::move(body);
    auto response = co_await admin(std::move(request));
    if (!response) {
        co_return response.take_error();
    }
    if (response->status != expected) {
        co_return refusal(*response, true);
    }
    co_return Result<void>();
}

Task<std::string> Client::create(const ClientWrite& client, std::optional<Mono> until) {
    auto body = create_body(client);
    HttpRequest request("POST", clients_url());
    request.good_until = until;
    auto done = co_await write(std::move(request), body, 201);
    if (!done) {
        co_return done.take_error();
    }
    co_return body;
}

/// Keycloak has no check-and-set: the last look before a write is all that stands between it and
/// a client that became somebody else's meanwhile.
Task<void> Client::is_as_judged(const ClientWrite& client) {
    HttpRequest request("GET", clients_url() + "/" + percent_encode(client.uuid));
    auto response = co_await admin(std::move(request));
    if (!response) {
        co_return of_read(response.take_error(), "read it anew");
    }
    if (response->status != 200) {
        co_return refusal(*response, false).in("read it anew");
    }
    auto stored = parse_client(response->body);
    wipe(response->body);
    if (!stored) {
        co_return stored.take_error();
    }
    const bool may_be = client.met.empty() || client.met == client.owner;
    if (stored->client_id != client.client_id || mark_of(*stored) != client.met || !may_be) {
        co_return Error(ErrorKind::Conflict, "another client by now, or one with another mark");
    }
    if (client.body && client.body->authorization_services != stored->authorization_services) {
        co_return Error(ErrorKind::Conflict, "its authorization services were changed meanwhile");
    }
    co_return Result<void>();
}

Task<std::string> Client::update(const ClientWrite& client, std::optional<Mono> until) {
    auto judged = co_await is_as_judged(client);
    if (!judged) {
        co_return judged.take_error();
    }
    std::string sent;
    if (client.body) {
        sent = update_body(*client.body);
        HttpRequest request("PUT", clients_url() + "/" + percent_encode(client.uuid));
        request.good_until = until;
        auto done = co_await write(std::move(request), sent, 204);
        if (!done) {
            co_return done.take_error();
        }
    }
    auto mappers = co_await put_mappers(client, until);
    if (!mappers) {
        auto error = mappers.take_error();
        if (!sent.empty()) {
            error = std::move(error).with_effect(Effect::Maybe);
        }
        co_return error;
    }
    co_return sent + *mappers;
}

Task<std::string> Client::put_mappers(const ClientWrite& client, std::optional<Mono> until) {
    const auto models =
        clients_url() + "/" + percent_encode(client.uuid) + "/protocol-mappers/models";
    std::string sent;
    for (const auto& mapper : client.mappers) {
        HttpRequest request("POST", models);
        request.good_until = until;
        int expected = 201;
        if (!mapper.id.empty()) {
            request.method = "PUT";
            request.url += "/" + percent_encode(mapper.id);
            expected = 204;
        }
        auto body = mapper_body(mapper);
        auto done = co_await write(std::move(request), body, expected);
        if (!done) {
            auto error = done.take_error();
            if (!sent.empty()) {
                error = std::move(error).with_effect(Effect::Maybe);
            }
            co_return std::move(error).in("audience mapper");
        }
        sent += body;
    }
    co_return sent;
}

}  // namespace wavegate::keycloak
