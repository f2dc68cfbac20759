#include "operator/model/freeze.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate {
namespace {

std::optional<Freeze> desired_freeze(const FleetSpec& fleet, Wall now) {
    if (!fleet.freeze || fleet.freeze->until <= now) {
        return std::nullopt;
    }
    return Freeze{"", fleet.freeze->reason, fleet.freeze->until};
}

std::optional<Freeze> persons_freeze(const Ledger& ledger, Wall now) {
    const auto* said = ledger.freeze();
    if (said == nullptr) {
        return std::nullopt;
    }
    const auto until = parse_rfc3339(said->until);
    if (until && *until <= now) {
        return std::nullopt;
    }
    return Freeze{said->who.empty() ? "a person" : said->who, said->why, until};
}

}  // namespace

std::optional<Freeze> freeze_at(const DesiredState& desired, const Ledger& ledger, Wall now) {
    auto ours = desired_freeze(desired.fleet, now);
    auto theirs = persons_freeze(ledger, now);
    if (!ours || !theirs) {
        return ours ? std::move(ours) : std::move(theirs);
    }
    const bool lasts = !theirs->until || *theirs->until > *ours->until;
    return lasts ? std::move(theirs) : std::move(ours);
}

std::string to_text(const Freeze& freeze) {
    return fmt::format(
        "frozen by {}{}{}",
        freeze.who.empty() ? "the desired state" : freeze.who,
        freeze.until ? " until " + to_rfc3339(*freeze.until) : std::string(),
        freeze.why.empty() ? std::string() : ": " + freeze.why);
}

}  // namespace wavegate
