// What the watch found broken that all services share, as the record keeps it.
#include "reconcilers/rollout/reduce.hpp"

#include <algorithm>
#include <utility>

namespace wavegate::rollout {

void Reducer::raise_fault(SharedFault fault, const std::string& object) {
    auto& faults = fields().faults;
    auto at = std::find_if(
        faults.begin(), faults.end(), [&](const auto& known) { return known.part == fault.part; });
    const bool told = at != faults.end() && at->confirmed;
    if (fault.confirmed && !told) {
        event("Warning", object, "SharedFault", fault.message);
        changed_ = true;
    }
    fault.confirmed = fault.confirmed || told;
    if (at == faults.end()) {
        faults.push_back(std::move(fault));
        changed_ = true;
    } else {
        fault.since = at->since;
        *at = std::move(fault);
    }
}

void Reducer::end_fault(std::string_view part, const std::string& object) {
    auto& faults = fields().faults;
    const auto at = std::find_if(
        faults.begin(), faults.end(), [&](const auto& fault) { return fault.part == part; });
    if (at == faults.end()) {
        return;
    }
    if (at->confirmed) {
        event("Normal", object, "SharedFaultEnded", at->message);
    }
    changed_ = true;
    faults.erase(at);
}

void Reducer::forget_faults() {
    fields().faults.clear();
}

}  // namespace wavegate::rollout
