#include "operator/model/rollout_id.hpp"

#include "operator/base/digest.hpp"

namespace wavegate {

std::string rollout_id(const DesiredState& desired, const RolloutRecord& record) {
    if (record.digest() == desired.digest) {
        return record.id();
    }
    return short_hash(desired.fleet.name + "\n" + desired.digest + "\n" + record.id(), 12);
}

}  // namespace wavegate
