#pragma once

#include "operator/sandbox/portainer/stacks.hpp"

#include <map>
#include <string>
#include <vector>

namespace wavegate::testing {

/// What runs in a service's container.
enum class Program {
    FastMcp,  ///< tests/real/services/sample_service.py, a plain FastMCP server
    SearXng,  ///< the fleet's own children
    OpenBao,
};

/// What becomes of a container that is started with AUTH_TYPE=jwt.
enum class Image {
    Good,
    Silent,  ///< starts and never answers
    Dies,    ///< exits at once
};

struct Service {
    std::string name;
    std::string wave;
    Program program = Program::FastMcp;
    bool git = false;  ///< a git stack that passes its auth block through; else a string stack
    Image image = Image::Good;
    std::string on_failure = "pause";  ///< of its update_config
    int port = 0;
};

/// What the auth block of a service says, and where the multiplexer gets its tokens.
struct Addresses {
    std::string issuer;
    std::string policies;
};

/// The whole fleet: ten services that are turned to jwt from nothing, in three waves, and some that
/// stay open until a test moves them.
std::vector<Service> the_services();
/// As an image's tag.
std::string image_name(Image image);
/// The shell program in it.
std::string image_script(Image image);
/// The stack's file: its programs and their Python are mounted from this machine, and it listens on
/// the loopback of the network `host`. The whole auth block stands in it, open.
std::string service_compose(const Service& service, const Addresses& at);
/// Env of the stack: a git stack's auth block, else nothing.
sandbox::EnvList service_env(const Service& service, const Addresses& at);
/// The fleet's own multiplexer, dynamic as it is deployed; `config`: its file.
std::string multiplexer_compose(int port, const std::string& config);
std::string multiplexer_config(const std::vector<Service>& services);

}  // namespace wavegate::testing
