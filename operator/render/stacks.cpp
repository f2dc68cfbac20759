#include "operator/render/stacks.hpp"

#include "operator/render/mark.hpp"

#include <fmt/format.h>

namespace wavegate::render {
namespace {

constexpr auto kAddress = R"(    environment:
    - PYTHONUNBUFFERED=1
    - HOST=0.0.0.0
    - PORT=8000
    - TRANSPORT=streamable-http
)";

constexpr auto kLiteralSwitches =
    R"(    # Authentication and policy authority are runtime configuration.
    - AUTH_TYPE=jwt
{}    - EUNOMIA_TYPE=remote
{})";

constexpr auto kPassedSwitches =
    R"(    # The stack's Env says how callers are let in; Wavegate sets it.
    - AUTH_TYPE=${{AUTH_TYPE}}
{}    - EUNOMIA_TYPE=${{EUNOMIA_TYPE}}
{})";

constexpr auto kVerifier =
    "    - FASTMCP_SERVER_AUTH_JWT_AUDIENCE=${FASTMCP_SERVER_AUTH_JWT_AUDIENCE:?required}\n"
    "    - FASTMCP_SERVER_AUTH_JWT_ISSUER=${FASTMCP_SERVER_AUTH_JWT_ISSUER:?required}\n"
    "    - FASTMCP_SERVER_AUTH_JWT_JWKS_URI=${FASTMCP_SERVER_AUTH_JWT_JWKS_URI:?required}\n";
constexpr auto kPolicyServer = "    - EUNOMIA_REMOTE_URL=${EUNOMIA_REMOTE_URL:?required}\n";

constexpr auto kHealth =
    R"yaml(    healthcheck:
      test: ["CMD", "python3", "-c", "import socket; socket.create_connection(('localhost', 8000), timeout=5)"]
      interval: 30s
      timeout: 10s
      retries: 3
      start_period: {}
    logging:
      driver: json-file
      options:
        max-size: 10m
        max-file: '3'
)yaml";

/// The one that goes on serving until the new one answers; where both would need the same port of
/// the node, the old one goes first.
constexpr auto kUpdates = R"(      update_config:
        order: {}
        failure_action: rollback
        monitor: 15s
      resources:
        limits:
          memory: {}
)";

std::string head(const StackSpec& spec, const std::string& image) {
    return fmt::format(
        "version: '3.8'\n"
        "services:\n"
        "  {0}:\n"
        "    image: {1}\n"
        "    hostname: {0}\n"
        "    restart: always\n"
        "    networks:\n"
        "    - {2}\n",
        spec.name,
        image,
        spec.network);
}

std::string image_of(const StackSpec& spec) {
    return fmt::format("{}/{}:{}", spec.image_prefix, spec.package, spec.image_tag);
}

std::string environment(const char* switches) {
    return kAddress + fmt::format(fmt::runtime(switches), kVerifier, kPolicyServer);
}

std::string command(const StackSpec& spec) {
    return fmt::format("    command:\n    - {}\n", spec.name);
}

std::string ports(const StackSpec& spec) {
    if (spec.host_port == 0) {
        return {};
    }
    return fmt::format(
        "    ports:\n"
        "    - target: 8000\n"
        "      published: {}\n"
        "      mode: host\n",
        spec.host_port);
}

std::string deploy(const StackSpec& spec, const std::string& updates) {
    return fmt::format(
        "    deploy:\n"
        "      placement:\n"
        "        constraints:\n"
        "        - node.labels.{} == ${{SERVER:-{}}}\n"
        "      restart_policy:\n"
        "        condition: any\n"
        "{}"
        "networks:\n"
        "  {}:\n"
        "    external: true\n",
        spec.placement_label,
        spec.node,
        updates,
        spec.network);
}

std::string own_updates(const StackSpec& spec) {
    return fmt::format(
        fmt::runtime(kUpdates), spec.host_port == 0 ? "start-first" : "stop-first", spec.memory);
}

std::string health(const char* start_period) {
    return fmt::format(fmt::runtime(kHealth), start_period);
}

/// `what` of a service, and the command that writes it anew.
std::string own_head(const std::string& what, const char* command) {
    return fmt::format(
        "# {}; {}\n"
        "# `wavegate generate {}` writes it anew until a hand changes it.\n",
        what,
        blank_mark(),
        command);
}

}  // namespace

std::string stack_compose(const StackSpec& spec) {
    return sealed(
        own_head("Stack of " + spec.name, "stacks") + head(spec, image_of(spec)) +
        environment(kPassedSwitches) + command(spec) + ports(spec) + health("10s") +
        deploy(spec, own_updates(spec)));
}

std::string compatible_stack_compose(const StackSpec& spec) {
    return head(spec, image_of(spec)) + environment(kLiteralSwitches) + command(spec) +
           health("10s") + deploy(spec, "");
}

std::string stack_readme(const StackSpec& spec) {
    return sealed(fmt::format(
        "<!-- {1} -->\n"
        "# {0}\n"
        "\n"
        "Stack of the MCP service `{0}`, which answers at port 8000 of `{0}_{0}` in the "
        "network\n"
        "`{2}`.\n"
        "\n"
        "`compose.yml` passes `AUTH_TYPE` and `EUNOMIA_TYPE` through: the stack's Env says how "
        "callers\n"
        "are let in, and Wavegate changes it there. While the other variables of the auth "
        "block are\n"
        "not set, nothing is deployed. Credentials of the service itself belong into the Env "
        "too.\n",
        spec.name,
        blank_mark(),
        spec.network));
}

std::string dev_stack_compose(const StackSpec& spec, const std::string& source) {
    const auto start = fmt::format(
        "    command: [\"sh\", \"-c\", \"mkdir -p /tmp/pkg && cp -a /src/. /tmp/pkg/ && rm -rf "
        "/tmp/pkg/.git && pip install --no-cache-dir /tmp/pkg && exec {}\"]\n"
        "    volumes:\n"
        "    - {}:/src:ro\n",
        spec.name,
        source);
    return sealed(
        own_head("Stack of " + spec.name + " for work on its source", "dev-compose") +
        head(spec, "python:3.11-slim") + environment(kPassedSwitches) + start + health("180s") +
        deploy(spec, own_updates(spec)));
}

}  // namespace wavegate::render
