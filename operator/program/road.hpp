#pragma once

#include "operator/base/result.hpp"
#include "operator/base/time.hpp"
#include "operator/ports/road.hpp"
#include "operator/settings/config.hpp"

#include <string>

namespace wavegate::program {

/// The road that the configuration describes: the proxy's password resolved, the certificates
/// looked at. Blocks. Errors name the field: a file can't be read, certificate and key do not
/// belong together, it has expired, there is no such password.
Result<Road>
open_road(const settings::Config& config, const settings::Environment& environment, Wall now);

/// The road to the store's etcd: the general one, with the authority and the certificate that are
/// named for it. Blocks; errors as above.
Result<Road> open_etcd_road(const settings::Config& config, const Road& general, Wall now);

}  // namespace wavegate::program
