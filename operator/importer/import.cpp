#include "operator/importer/import.hpp"

#include "operator/base/text.hpp"
#include "operator/desired/parse.hpp"
#include "operator/desired/registry.hpp"
#include "operator/formats/compose.hpp"
#include "operator/importer/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <variant>

namespace wavegate::importer {
namespace {

constexpr const char* kGeneral = "general";
constexpr const char* kSensitive = "sensitive";
/// Parts of names of what holds others' keys, or steers others.
constexpr std::array<std::string_view, 16> kSensitiveNames{
    "portainer",
    "openbao",
    "vault",
    "keycloak",
    "container",
    "docker",
    "github",
    "gitlab",
    "technitium",
    "dns",
    "caddy",
    "systems",
    "ansible",
    "tunnel",
    "mail",
    "bank"};

bool is_sensitive(const Member& member) {
    const auto image = desired::image_repository(member.service->image);
    const auto name = to_lower(member.name + " " + image.substr(image.rfind('/') + 1));
    return std::any_of(kSensitiveNames.begin(), kSensitiveNames.end(), [&](std::string_view part) {
        return name.find(part) != std::string::npos;
    });
}

/// The soak outlasts a token, and a minute more.
std::vector<ProposedWave> propose_waves(const std::optional<ImportedClient>& client) {
    const Duration least = std::chrono::minutes(6);
    const Duration lifespan = client ? client->spec.token_lifespan : Duration(0);
    WaveSpec wave;
    wave.name = kGeneral;
    wave.max_in_flight = 2;
    wave.soak = std::max<Duration>(least, lifespan + std::chrono::minutes(1));
    wave.deadline = std::chrono::minutes(10);
    auto last = wave;
    last.name = kSensitive;
    last.max_in_flight = 1;
    return {
        {wave, "what only serves its own users"},
        {last, "what holds others' keys or steers them, portainer-mcp among them"}};
}

class Drafter {
  public:
    Drafter(const LiveFleet& live, const LeftOut& left_out, Survey found)
        : live_(live),
          left_out_(left_out),
          survey_(std::move(found)),
          auth_(fleet_auth(survey_, live.systems)) {}

    Imported draft() && {
        imported_.leftovers = survey_.others;
        for (const auto& one : live_.addresses) {
            leave(one.object, one.why);
        }
        if (!survey_.multiplexer) {
            leave("multiplexer", "none was seen");
        }
        take_policies();
        take_client();
        take_services();
        write();
        auto& all = imported_.leftovers;
        std::sort(all.begin(), all.end());
        return std::move(imported_);
    }

  private:
    void leave(std::string object, std::string why) {
        imported_.leftovers.push_back({std::move(object), std::move(why)});
    }

    /// Is this document to be left out? Then it is told as what it was seen as.
    bool is_left_out(const std::string& document, const std::string& object) {
        const auto at = left_out_.find(document);
        if (at != left_out_.end()) {
            leave(object, at->second);
        }
        return at != left_out_.end();
    }

    void take_policies() {
        auto found = import_policies(live_.policies, survey_.fleet);
        for (auto& one : found.leftovers) {
            leave(std::move(one.object), std::move(one.why));
        }
        for (auto& policy : found.documents) {
            if (!is_left_out("EunomiaPolicy/" + policy.spec.name, "policy " + policy.seen)) {
                policies_.push_back(std::move(policy));
            }
        }
        principal_ = choose_principal();
        for (const auto& policy : policies_) {
            if (lets_in(policy.spec, principal_)) {
                admitting_.push_back(policy.spec.name);
            }
        }
    }

    /// Of the names that a multiplexer usually goes by, one that a policy lets in.
    [[nodiscard]] std::string choose_principal() const {
        const std::array<std::string, 3> usual{
            "agent:" + client_of(survey_),
            "agent:" + (survey_.multiplexer ? survey_.multiplexer->name : "mcp-multiplexer"),
            "agent:mcp-multiplexer"};
        const auto* const at =
            std::find_if(usual.begin(), usual.end(), [&](const std::string& name) {
                return std::any_of(policies_.begin(), policies_.end(), [&](const auto& policy) {
                    return lets_in(policy.spec, name);
                });
            });
        return at == usual.end() ? usual[1] : *at;
    }

    void take_client() {
        auto found = import_client(live_, survey_, auth_.jwt);
        if (auto* leftover = std::get_if<Leftover>(&found)) {
            if (!leftover->object.empty()) {
                leave(std::move(leftover->object), std::move(leftover->why));
            }
            return;
        }
        auto& client = std::get<ImportedClient>(found);
        const auto& name = client.spec.name;
        if (!is_left_out("OidcClient/" + name, "client " + name)) {
            client_ = std::move(client);
        }
    }

    /// Why nothing could be written to its stack; empty: it can be read.
    static std::string why_unreadable(const Member& child) {
        if (child.stack->file == nullptr) {
            return "its stack's file was not read";
        }
        const auto compose = formats::read_compose(*child.stack->file);
        if (!compose) {
            return "its stack's file can't be read safely: " + compose.error().message();
        }
        return compose->services.contains(child.compose_service)
                   ? ""
                   : "its stack's file has no service " + child.compose_service;
    }

    /// Why a child has no document; empty: it has one.
    [[nodiscard]] std::string why_not(const Member& child, AuthMode mode) const {
        if (const auto at = live_.unread.find(child.stack->name); at != live_.unread.end()) {
            return "its stack's file could not be read: " + at->second;
        }
        if (auto why = why_unreadable(child); !why.empty()) {
            return why;
        }
        if (auto why = why_inexpressible(child.service->auth, auth_.jwt); !why.empty()) {
            return why;
        }
        if (mode == AuthMode::Jwt && !client_) {
            return "it enforces, and no client of the multiplexer was seen that a document can be "
                   "about";
        }
        if (mode == AuthMode::Jwt && admitting_.empty()) {
            return "it enforces, and no policy that a document can say lets " + principal_ + " in";
        }
        return {};
    }

    void take_services() {
        for (const auto& child : survey_.children) {
            const auto object = "service " + child.service->name;
            const auto mode = agent_utilities_profile().mode_of(child.service->auth);
            auto why = why_not(child, mode);
            if (why.empty() && !is_left_out("McpService/" + child.name, object)) {
                services_.push_back({child, mode, is_sensitive(child) ? kSensitive : kGeneral});
                listed_.push_back(child);
                continue;
            }
            if (!why.empty()) {
                leave(object, std::move(why));
            }
            if (mode == AuthMode::Jwt) {
                // Without a document it is let go; an open one would be set to what open ones have.
                listed_.push_back(child);
            }
        }
    }

    void write() {
        auto& files = imported_.files;
        const FleetText fleet{
            live_,
            survey_,
            auth_,
            principal_,
            client_ ? client_->spec.name : std::string(),
            admitting_,
            propose_waves(client_)};
        files["fleet.yaml"] = fleet_text(fleet);
        files["mcp-fleet.registry.yml"] = registry_text(listed_);
        if (client_) {
            files["clients.yaml"] = client_text(*client_);
        }
        if (!policies_.empty()) {
            files["policies.yaml"] = policies_text(policies_);
        }
        if (!services_.empty()) {
            files["services.yaml"] = services_text(services_, admitting_);
        }
    }

    const LiveFleet& live_;
    const LeftOut& left_out_;
    Survey survey_;
    FleetAuth auth_;
    std::string principal_;
    std::vector<std::string> admitting_;
    std::vector<ImportedPolicy> policies_;
    std::optional<ImportedClient> client_;
    std::vector<ImportedService> services_;
    std::vector<Member> listed_;  ///< in the registry
    Imported imported_;
};

Revision revision_of(const std::map<std::string, std::string>& files) {
    Revision revision;
    revision.id = "import";
    revision.files = files;
    return revision;
}

/// Documents that were refused, and were not left out before.
bool leave_out_refused(const std::vector<Diagnostic>& found, LeftOut& left_out) {
    bool more = false;
    for (const auto& diagnostic : found) {
        const auto& object = diagnostic.object;
        const bool may = object.starts_with("McpService/") ||
                         object.starts_with("EunomiaPolicy/") || object.starts_with("OidcClient/");
        if (may && diagnostic.severity == Severity::Error) {
            more = left_out.emplace(object, diagnostic.field + ": " + diagnostic.message).second ||
                   more;
        }
    }
    return more;
}

}  // namespace

Result<Imported> import_fleet(const LiveFleet& live, LeftOut left_out) {
    for (;;) {
        auto found = survey(live);
        if (!found) {
            return found.take_error();
        }
        if (found->children.empty()) {
            return Error(
                ErrorKind::NotFound,
                fmt::format(
                    "no MCP service runs in the stacks of environment {}",
                    one_line(live.systems.portainer.environment)));
        }
        auto imported = Drafter(live, left_out, std::move(*found)).draft();
        auto parsed = desired::parse(revision_of(imported.files));
        if (parsed.state) {
            imported.state = std::move(*parsed.state);
            imported.files["not-expressed.md"] = leftovers_text(imported.leftovers);
            return imported;
        }
        if (!leave_out_refused(parsed.found, left_out)) {
            return Error(
                ErrorKind::Invalid,
                parsed.found.empty() ? "nothing valid can be said of it"
                                     : to_text(parsed.found.front()));
        }
    }
}

}  // namespace wavegate::importer
