#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace wavegate {

/// The lock of a fleet as it stands in its Swarm: a Docker config, of which only the labels can
/// change (locks.md).
struct LockConfig {
    using Labels = std::map<std::string, std::string>;

    std::string id;
    std::string name;
    std::uint64_t version = 0;  ///< Version.Index: an update must name it; it grows with gaps
    Labels labels;
    std::string data;  ///< in base64, as it was read: an update sends it back
};

/// "wavegate-<fleet>-lock"; a slug of it and a hash where that is longer than the 64 characters
/// that Swarm allows.
std::string lock_name(std::string_view fleet);

}  // namespace wavegate
