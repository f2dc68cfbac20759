#include "operator/model/landing.hpp"

#include <algorithm>

namespace wavegate {
namespace {

/// Through Portainer, as opposed to the other systems' objects.
bool is_of_swarm(const Intent& intent) {
    return intent.target.starts_with("stack/") || intent.target.starts_with("service/");
}

}  // namespace

Duration on_its_way(const Intent& intent, const Ledger& ledger, Time now) {
    return now.mono - std::max(intent.at.mono, ledger.opened.mono);
}

bool is_unsettled(const Intent& intent) {
    return intent.state == IntentState::Open || intent.state == IntentState::Lost;
}

bool may_have_landed(const Intent& intent) {
    return intent.state != IntentState::Refused && intent.state != IntentState::Dropped;
}

bool may_still_land(const Intent& intent, const Ledger& ledger, Time now) {
    if (!is_unsettled(intent)) {
        return false;
    }
    // What is still being written by this process may land whenever it will.
    if (ledger.under_way.contains(intent.id) || on_its_way(intent, ledger, now) <= kMayLand) {
        return true;
    }
    const auto& intents = ledger.intents;
    return std::any_of(intents.begin(), intents.end(), [&](const Intent& later) {
        return later.at.mono > intent.at.mono && is_of_swarm(later) && is_unsettled(later) &&
               on_its_way(later, ledger, now) <= kMayLand;
    });
}

}  // namespace wavegate
