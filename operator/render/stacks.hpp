#pragma once

#include <string>

namespace wavegate::render {

/// What a stack's compose file is made of. Every text must have passed the rules of names.hpp.
struct StackSpec {
    std::string name;     ///< service, host name and console script
    std::string package;  ///< the image's last part
    std::string image_prefix;
    std::string image_tag;
    std::string network;
    std::string placement_label;
    std::string node;    ///< value of that label, unless SERVER is set
    std::string memory;  ///< its limit: without one ContainerHighMemory can never fire
    int host_port = 0;   ///< published on the node itself; 0: none is
};

/// A new service's compose file. Its auth switches are passed through, so that a flip is a change
/// of the stack's Env; the rest of the auth block stops the deployment while it is unset.
std::string stack_compose(const StackSpec& spec);
/// The bytes of upstream's generator (upstream.md §2): literal switches, no limit, no update
/// policy, no port.
std::string compatible_stack_compose(const StackSpec& spec);
std::string stack_readme(const StackSpec& spec);

/// For `generate dev-compose`, where there is no production file: the source that is mounted at
/// /src is installed at the start and its script run. `source`: path on the node.
std::string dev_stack_compose(const StackSpec& spec, const std::string& source);

}  // namespace wavegate::render
