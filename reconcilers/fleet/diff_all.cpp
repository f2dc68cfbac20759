#include "reconcilers/fleet/diff_all.hpp"

#include "operator/model/inputs.hpp"
#include "reconcilers/annotations/diff.hpp"
#include "reconcilers/clients/diff.hpp"
#include "reconcilers/policies/diff.hpp"
#include "reconcilers/secrets/diff.hpp"

#include <iterator>

namespace wavegate::fleet {
namespace {

void append(Diff& all, Diff part) {
    std::move(part.edits.begin(), part.edits.end(), std::back_inserter(all.edits));
    std::move(part.obstacles.begin(), part.obstacles.end(), std::back_inserter(all.obstacles));
    std::move(part.ways_back.begin(), part.ways_back.end(), std::back_inserter(all.ways_back));
}

/// A baseline or a through-probe that passed on the very spec that runs now.
bool is_verified(
    const DesiredState& desired,
    const Observed& observed,
    const Ledger& ledger,
    const std::string& service) {
    const auto inputs = service_inputs(desired, observed, service);
    for (const auto kind : {CheckKind::Through, CheckKind::Baseline}) {
        const auto* evidence = ledger.latest(kind, service);
        if (evidence != nullptr && evidence->verdict == Verdict::Pass &&
            evidence->inputs == inputs) {
            return true;
        }
    }
    return false;
}

}  // namespace

stacks::DiffContext context_of(
    const DesiredState& desired,
    const Observed& observed,
    const RolloutRecord& record,
    const Ledger& ledger) {
    stacks::DiffContext context;
    for (const auto& member : record.members) {
        if (member.phase == Phase::RollingBack || member.phase == Phase::Stuck) {
            context.way_back.insert(member.service);
        } else if (is_verified(desired, observed, ledger, member.service)) {
            context.verified.insert(member.service);
        }
    }
    context.unwire = record.multiplexer.stage == MultiplexerStage::Unwiring;
    return context;
}

Diff diff_all(
    const DesiredState& desired,
    const Observed& observed,
    const RolloutRecord& record,
    const Ledger& ledger) {
    Diff all;
    append(all, clients::diff(desired, observed));
    append(all, secrets::diff(desired, observed));
    append(all, policies::diff(desired, observed));
    append(all, stacks::diff(desired, observed, context_of(desired, observed, record, ledger)));
    append(all, annotations::diff(desired, observed, record, ledger));
    return all;
}

}  // namespace wavegate::fleet
