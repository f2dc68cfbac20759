#include "tests/real/fleet/stacks.hpp"

#include "tests/real/support/server_process.hpp"
#include "tests/support/paths.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <set>

namespace wavegate::testing {

namespace json = boost::json;

namespace {

constexpr const char* kFleet = "fleet";
constexpr const char* kFastMcp = "mcp";

std::string venv(Program program) {
    return *installed(program == Program::FastMcp ? kFastMcp : kFleet);
}

std::vector<std::string> command(Program program) {
    const auto bin = venv(program) + "/bin/";
    switch (program) {
        case Program::SearXng:
            return {bin + "searxng-mcp"};
        case Program::OpenBao:
            return {bin + "openbao-mcp"};
        case Program::FastMcp:
            break;
    }
    return {bin + "python", source_path("tests/real/services/sample_service.py")};
}

/// Folders that a Python program of this virtual environment is made of.
std::set<std::string> folders(const std::string& environment) {
    const auto python = std::filesystem::canonical(environment + "/bin/python");
    return {
        "/usr",
        "/lib",
        "/lib64",
        environment,
        python.parent_path().parent_path(),
        source_path("tests/real/services")};
}

std::string volumes(const std::set<std::string>& folders) {
    std::string text = "    volumes:\n";
    for (const auto& folder : folders) {
        // What lies below another mount is there already.
        if (folder == "/usr" || !folder.starts_with("/usr/")) {
            text += fmt::format("      - {0}:{0}:ro\n", folder);
        }
    }
    return text;
}

sandbox::EnvList open_block(const Addresses& at) {
    return {
        {"AUTH_TYPE", "none"},
        {"FASTMCP_SERVER_AUTH_JWT_AUDIENCE", "agent-services"},
        {"FASTMCP_SERVER_AUTH_JWT_ISSUER", at.issuer},
        {"FASTMCP_SERVER_AUTH_JWT_JWKS_URI", at.issuer + "/protocol/openid-connect/certs"},
        {"EUNOMIA_TYPE", "none"},
        {"EUNOMIA_REMOTE_URL", at.policies}};
}

std::string head(
    const std::string& name,
    const std::string& image,
    const std::vector<std::string>& command,
    int port) {
    return fmt::format(
        "version: '3.8'\n"
        "services:\n"
        "  {0}:\n"
        "    image: {1}\n"
        "    command: [ \"{2}\" ]\n"
        "    networks: [ host ]\n"
        "    stop_grace_period: 1s\n"
        "    environment:\n"
        "      - PYTHONUNBUFFERED=1\n"
        "      - NAME={0}\n"
        "      - HOST=127.0.0.1\n"
        "      - PORT={3}\n"
        "      - TRANSPORT=streamable-http\n",
        name,
        image,
        fmt::join(command, "\", \""),
        port);
}

std::string tail(const std::string& on_failure) {
    return fmt::format(
        "    deploy:\n"
        "      restart_policy: {{ condition: any, delay: 1s }}\n"
        "      update_config: {{ monitor: 1s, failure_action: {} }}\n"
        "networks:\n"
        "  host: {{ external: true, name: host }}\n",
        on_failure);
}

}  // namespace

std::vector<Service> the_services() {
    return {
        {"mealie-mcp", "read-only"},
        {"searxng-mcp", "read-only", Program::SearXng},
        {"jellyfin-mcp", "read-only", Program::FastMcp, true},
        {"github-mcp", "data", Program::FastMcp, true},
        {"gitlab-mcp", "data"},
        {"whisper-mcp", "data", Program::SearXng, true},
        {"openbao-mcp", "sensitive", Program::OpenBao},
        {"caddy-mcp", "sensitive"},
        {"vector-mcp", "sensitive", Program::FastMcp, true},
        // One or two for each case that moves some more.
        {"broken-mcp", "read-only", Program::FastMcp, false, Image::Silent},
        {"bystander-mcp", "read-only"},
        {"crashing-mcp", "data", Program::FastMcp, true, Image::Dies},
        {"undone-mcp", "data", Program::FastMcp, true, Image::Dies, "rollback"},
        {"unbegun-mcp", "sensitive"},
        {"archivebox-mcp", "data"},
        {"audio-mcp", "data", Program::FastMcp, true},
        {"camunda-mcp", "data"},
        {"clarity-mcp", "data", Program::FastMcp, true},
        {"documentdb-mcp", "data"},
        {"egeria-mcp", "data", Program::FastMcp, true},
        {"erpnext-mcp", "data"},
        {"fan-mcp", "data", Program::FastMcp, true},
        {"home-mcp", "data"},
        {"keycloak-mcp", "data", Program::FastMcp, true},
        {"nextcloud-mcp", "data"},
        {"owncast-mcp", "data", Program::FastMcp, true},
    };
}

std::string image_name(Image image) {
    switch (image) {
        case Image::Silent:
            return "wavegate/silent-with-jwt:1";
        case Image::Dies:
            return "wavegate/dies-with-jwt:1";
        case Image::Good:
            break;
    }
    return "wavegate/host-programs:1";
}

std::string image_script(Image image) {
    std::string text = "mkdir -p /tmp\nexport HOME=/tmp\n";
    if (image == Image::Silent) {
        text += "[ \"$AUTH_TYPE\" != jwt ] || exec sleep 3600\n";
    }
    if (image == Image::Dies) {
        text += "[ \"$AUTH_TYPE\" != jwt ] || exit 1\n";
    }
    return text + "exec \"$@\"\n";
}

std::string service_compose(const Service& service, const Addresses& at) {
    auto text =
        head(service.name, image_name(service.image), command(service.program), service.port);
    text += "      # auth (flipped wave by wave)\n";
    for (const auto& [key, value] : open_block(at)) {
        text += service.git ? fmt::format("      - {0}=${{{0}}}\n", key)
                            : fmt::format("      - {}={}\n", key, value);
    }
    return text + volumes(folders(venv(service.program))) + tail(service.on_failure);
}

sandbox::EnvList service_env(const Service& service, const Addresses& at) {
    return service.git ? open_block(at) : sandbox::EnvList();
}

std::string multiplexer_compose(int port, const std::string& config) {
    const auto environment = *installed(kFleet);
    auto mounted = folders(environment);
    mounted.insert(std::filesystem::path(config).parent_path());
    auto text = head(
        "mcp-multiplexer", image_name(Image::Good), {environment + "/bin/mcp-multiplexer"}, port);
    text += "      - MCP_MULTIPLEXER_MODE=dynamic\n      - MCP_CONFIG=" + config + "\n";
    for (const auto* key :
         {"MCP_CLIENT_AUTH",
          "OIDC_CLIENT_ID",
          "OIDC_CLIENT_SECRET",
          "OIDC_AUDIENCE",
          "OIDC_TOKEN_URL"}) {
        text += fmt::format("      - {0}=${{{0}}}\n", key);
    }
    return text + volumes(mounted) + tail("pause");
}

std::string multiplexer_config(const std::vector<Service>& services) {
    json::object servers;
    for (const auto& service : services) {
        servers[service.name] = json::object{
            {"url", fmt::format("http://127.0.0.1:{}/mcp", service.port)},
            {"transport", "streamable-http"},
            {"timeout", 12},
            {"headers", {{"x-agent-id", "mcp-multiplexer"}}}};
    }
    return json::serialize(json::object{{"mcpServers", servers}});
}

}  // namespace wavegate::testing
