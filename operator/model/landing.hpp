#pragma once

#include "operator/model/ledger.hpp"

namespace wavegate {

/// A write whose answer was lost may land this long after its last byte was sent: Portainer holds a
/// redeploy for up to 16 minutes (portainer.md), and a proxy on the way gives up long before.
inline constexpr Duration kMayLand = std::chrono::minutes(20);

/// How long an unanswered write has been under way, as far as this process can tell: what another
/// one sent may have been sent just before it ended.
Duration on_its_way(const Intent& intent, const Ledger& ledger, Time now);

/// Neither answered nor told by what was seen since: it may be on its way.
bool is_unsettled(const Intent& intent);

/// Did this intent reach the other side, as far as anybody can tell?
bool may_have_landed(const Intent& intent);

/// May an unsettled write still land? Not once its time is over, unless a later write through the
/// same server (all of stacks and services are) waits for its answer, too: then that server is
/// slow.
bool may_still_land(const Intent& intent, const Ledger& ledger, Time now);

}  // namespace wavegate
