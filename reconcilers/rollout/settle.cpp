#include "reconcilers/rollout/settle.hpp"

#include "operator/model/inputs.hpp"

namespace wavegate::rollout {

Outcome settle(Plan& plan, const Intent* intent, const std::string& service) {
    if (intent == nullptr || intent->state == IntentState::Refused ||
        intent->state == IntentState::Dropped) {
        return Outcome::NotWritten;
    }
    if (intent->state == IntentState::Written || intent->state == IntentState::Adopted) {
        return Outcome::Written;
    }
    if (intent->state == IntentState::Failed) {
        return Outcome::Failed;
    }
    const auto* running = plan.running(service);
    // What is still being written in this process may land whenever it will.
    const bool late = !plan.ledger.under_way.contains(intent->id) &&
                      plan.now.mono - intent->at.mono > kLateLanding;
    if (plan.observed.swarm.at().mono <= intent->at.mono || (running == nullptr && !late)) {
        return Outcome::Unknown;
    }
    auto settled = *intent;
    settled.settled = plan.now;
    if (running == nullptr) {
        settled.state = IntentState::Dropped;
        settled.note = "the answer was lost, and the service is gone";
    } else if (canonical(running->auth) == intent->block_after) {
        settled.state = IntentState::Adopted;
        settled.note = "the answer was lost; it is in force";
    } else if (canonical(running->auth) == intent->block_before && late) {
        settled.state = IntentState::Dropped;
        settled.note = "the answer was lost; it is not in force";
    } else {
        return Outcome::Unknown;
    }
    plan.step.settled.push_back(settled);
    return settled.state == IntentState::Adopted ? Outcome::Written : Outcome::NotWritten;
}

}  // namespace wavegate::rollout
