#include "operator/model/fleet_lock.hpp"

#include "operator/base/digest.hpp"

#include <fmt/format.h>

namespace wavegate {

std::string lock_name(std::string_view fleet) {
    constexpr std::size_t most = 64;
    constexpr std::size_t kept = 32;
    constexpr std::size_t of_hash = 12;
    auto name = fmt::format("wavegate-{}-lock", fleet);
    if (name.size() <= most) {
        return name;
    }
    auto slug = std::string(fleet.substr(0, kept));
    return fmt::format("wavegate-{}-{}-lock", slug, sha256_hex(fleet).substr(0, of_hash));
}

}  // namespace wavegate
