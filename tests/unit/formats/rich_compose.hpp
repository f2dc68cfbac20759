#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace wavegate::formats {

/// A made-up compose file of one to three services that share through anchors, aliases and merge
/// keys, and an Env to deploy it with. The same for the same seed, on every machine.
struct RichCompose {
    std::string text;
    std::map<std::string, std::string> env;
};

RichCompose rich_compose(std::uint64_t seed);

}  // namespace wavegate::formats
