#include "operator/sandbox/program/plan.hpp"

#include "operator/desired/parse.hpp"
#include "operator/desired/registry.hpp"
#include "operator/formats/yaml.hpp"
#include "operator/sandbox/vault_login.hpp"
#include "operator/source/desired_paths.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

namespace wavegate::sandbox {
namespace {

/// Real fleets mix pass-through and literal auth blocks.
ServicePlan service_plan(const std::string& name, std::size_t position) {
    ServicePlan service;
    service.name = name;
    service.block = position % 3 == 2 ? BlockForm::Literal : BlockForm::PassThrough;
    return service;
}

void add_wave(SandboxPlan& plan, const std::string& name, int in_flight) {
    WavePlan wave;
    wave.name = name;
    wave.max_in_flight = in_flight;
    plan.desired.waves.push_back(std::move(wave));
}

void add_service(
    SandboxPlan& plan,
    const std::string& name,
    const std::string& wave,
    const std::string& auth = "jwt") {
    plan.world.services.push_back(service_plan(name, plan.world.services.size()));
    Wish wish;
    wish.wave = wave;
    wish.auth = auth;
    plan.desired.services[name] = std::move(wish);
}

SandboxPlan small_plan() {
    SandboxPlan plan;
    add_wave(plan, "read-only", 2);
    add_wave(plan, "sensitive", 1);
    for (const auto* name : {"searxng-mcp", "documentdb-mcp", "mealie-mcp", "wger-mcp"}) {
        add_service(plan, name, "read-only");
    }
    add_service(plan, "github-mcp", "sensitive");
    add_service(plan, "portainer-mcp", "sensitive");
    return plan;
}

Result<SandboxPlan> plan_of_fleet(const std::string& folder) {
    auto revision = source::read_paths({folder});
    if (!revision) {
        return revision.take_error();
    }
    const auto parsed = desired::parse(*revision);
    if (!parsed.state) {
        return Error(
            ErrorKind::Invalid, parsed.found.empty() ? folder : to_text(parsed.found.front()));
    }
    SandboxPlan plan;
    for (const auto& wave : parsed.state->fleet.waves) {
        add_wave(plan, wave.name, wave.max_in_flight);
        plan.desired.waves.back().soak = to_text(wave.soak);
        plan.desired.waves.back().deadline = to_text(wave.deadline);
        plan.desired.short_soak = plan.desired.short_soak || wave.allow_short_soak;
    }
    for (const auto& service : parsed.state->services) {
        add_service(plan, service.name, service.wave, std::string(to_string(service.auth)));
    }
    plan.world.dynamic_multiplexer =
        parsed.state->fleet.multiplexer.mode == MultiplexerMode::Dynamic;
    return plan;
}

Result<SandboxPlan> plan_of_registry(const std::string& path) {
    auto revision = source::read_paths({path});
    if (!revision) {
        return revision.take_error();
    }
    const auto yaml = formats::read_yaml(revision->files.begin()->second);
    desired::Report report;
    for (const auto& error : yaml.errors) {
        report.file(path, error.line, error.column, error.message);
    }
    std::vector<desired::RegistryEntry> entries;
    if (!yaml.documents.empty()) {
        entries = desired::read_registry(yaml.documents.front(), path, report);
    }
    if (!report.empty()) {
        return Error(ErrorKind::Invalid, to_text(std::move(report).take().front()));
    }
    SandboxPlan plan;
    add_wave(plan, "all", 4);
    add_wave(plan, "last", 1);
    for (const auto& entry : entries) {
        if (entry.name != "mcp-multiplexer") {
            add_service(plan, entry.name, entry.name == "portainer-mcp" ? "last" : "all");
        }
    }
    return plan;
}

void overlay(SandboxPlan& plan, const client::SandboxOptions& options) {
    for (auto& wave : plan.desired.waves) {
        if (!options.soak.empty()) {
            wave.soak = options.soak;
        }
        if (options.in_flight > 0) {
            wave.max_in_flight = options.in_flight;
        }
    }
    if (!options.auth.empty()) {
        for (auto& [name, wish] : plan.desired.services) {
            wish.auth = options.auth;
        }
    }
    if (!options.token_life.empty()) {
        plan.desired.token_lifespan = options.token_life;
    }
    plan.desired.short_soak = plan.desired.short_soak || options.short_soak;
    plan.desired.grafana = options.grafana;
    plan.desired.stack_repo = options.git_stacks;
    for (auto& service : plan.world.services) {
        service.git = options.git_stacks;
        service.poll_every = options.git_stacks ? "1h" : "";
    }
    plan.world.speed = options.speed;
    plan.world.dynamic_multiplexer = plan.world.dynamic_multiplexer || options.dynamic;
}

Result<void> set_enforcing(SandboxPlan& plan, const std::vector<std::string>& names) {
    auto& services = plan.world.services;
    for (const auto& name : names) {
        const auto at = std::find_if(services.begin(), services.end(), [&](const auto& service) {
            return service.name == name;
        });
        if (at == services.end()) {
            return Error(ErrorKind::Invalid, "--enforcing: no service is called " + name);
        }
        at->jwt = true;
    }
    return {};
}

std::string operator_text(const WorldPlan& world) {
    std::string text =
        "# The operator's settings for this sandbox; the variables stand in sandbox.env.\n"
        "source: { folder: desired }\n"
        "store: { sqlite: wavegate.db }\n"
        "listen: 127.0.0.1:8080\n"
        "auth: { tokenRef: \"env:SANDBOX_API_TOKEN\" }\n"
        "references:\n";
    for (const auto* system : {"portainer", "keycloak", "openbao", "eunomia", "grafana", "git"}) {
        std::string variable(system);
        for (auto& letter : variable) {
            letter = static_cast<char>(letter - 'a' + 'A');
        }
        const auto place = std::string(system) == "git" && !world.git_base.empty()
                               ? world.git_base
                               : fmt::format("http://{}.{}", system, world.domain);
        text += fmt::format("  - {{ ref: \"env:SANDBOX_{}\", to: [ \"{}\" ] }}\n", variable, place);
    }
    // For jwtLogin: { role: wavegate, clientId: wavegate-vault, clientSecretRef: … }.
    text += fmt::format(
        "  - {{ ref: \"env:SANDBOX_VAULT_LOGIN\", to: [ \"http://keycloak.{0}\" ] }}\n"
        "tokens: {{ keycloak: [ \"http://openbao.{0}\" ] }}\n",
        world.domain);
    text += fmt::format("probes: [ \"http://*.{}\" ]\n", world.domain);
    text +=
        "clients: { mcp-multiplexer: { stacks: [ mcp-multiplexer ],"
        " paths: [ mcp-multiplexer/oidc ] } }\n";
    return text;
}

std::string secrets_text() {
    return fmt::format(
        "SANDBOX_PORTAINER={}\nSANDBOX_KEYCLOAK={}\nSANDBOX_OPENBAO={}\nSANDBOX_EUNOMIA={}\n"
        "SANDBOX_GRAFANA={}\nSANDBOX_GIT={}\nSANDBOX_VAULT_LOGIN={}\n"
        "SANDBOX_API_TOKEN=sandbox-api-token\n",
        secrets::kPortainerKey,
        secrets::kKeycloakSecret,
        secrets::kBaoToken,
        secrets::kEunomiaKey,
        secrets::kGrafanaToken,
        secrets::kGitToken,
        secrets::kVaultLoginSecret);
}

Result<void> write_file(const std::filesystem::path& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file) {
        return Error(ErrorKind::Unavailable, path.string() + " can't be written");
    }
    return {};
}

}  // namespace

Result<SandboxPlan> plan_sandbox(const client::SandboxOptions& options) {
    Result<SandboxPlan> plan = small_plan();
    if (!options.fleet.empty()) {
        plan = plan_of_fleet(options.fleet);
    } else if (!options.registry.empty()) {
        plan = plan_of_registry(options.registry);
    }
    if (plan) {
        overlay(*plan, options);
        if (auto set = set_enforcing(*plan, options.enforcing); !set) {
            return set.take_error();
        }
    }
    return plan;
}

Result<void> write_sandbox_files(const std::string& folder, const SandboxPlan& plan) {
    const std::filesystem::path top(folder);
    std::error_code failed;
    std::filesystem::create_directories(top / "desired", failed);
    if (failed) {
        return Error(ErrorKind::Unavailable, folder + " can't be made");
    }
    auto files = desired_files(plan.world, plan.desired);
    for (auto& [name, text] : files) {
        if (auto written = write_file(top / "desired" / name, text); !written) {
            return written;
        }
    }
    if (auto written = write_file(top / "operator.yaml", operator_text(plan.world)); !written) {
        return written;
    }
    return write_file(top / "sandbox.env", secrets_text());
}

}  // namespace wavegate::sandbox
