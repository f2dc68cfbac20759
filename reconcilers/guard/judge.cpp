#include "reconcilers/guard/judge.hpp"

#include <algorithm>
#include <utility>

namespace wavegate::guard {

Refusal stale(std::string message) {
    return {0, std::move(message)};
}

Refusal mislabelled() {
    return {8, "the body is of another kind than the edit that it was made of"};
}

Verdict Judge::judge(const Edit& claim, Write write, const Live& live, LeaseProof lease) const {
    if (auto objection = object_to(claim, write, live, lease)) {
        return std::move(*objection);
    }
    return Permit(claim.id, std::move(write), good_until(claim), lease.until());
}

Judge::Objection
Judge::object_to(const Edit& claim, const Write& write, const Live& live, LeaseProof lease) const {
    if (!lease.held(now_.mono)) {
        return Refusal{10, "the fleet's lock is not held: nothing is written"};
    }
    // That a way back is one, and not only called so, is judged below.
    if (!lease.takes_commits() && !claim.is_way_back()) {
        return Refusal{10, "the store takes no commits: only ways back are allowed"};
    }
    return std::visit([&](const auto& body) { return this->object_to(claim, body, live); }, write);
}

/// One that stands there may be changed only if it was seen to be ours.
Judge::Objection
Judge::object_to(const Edit& edit, const AnnotationWrite& write, const Live& /*live*/) const {
    if (!std::holds_alternative<AnnotationEdit>(edit.body)) {
        return mislabelled();
    }
    const auto bears = [&](const std::string& tag) {
        const auto& tags = write.body.tags;
        return std::find(tags.begin(), tags.end(), tag) != tags.end();
    };
    if (!bears("wavegate") || !bears("wavegate-fleet:" + desired_.fleet.name)) {
        return Refusal{8, "the annotation does not bear our tag"};
    }
    const auto& seen = observed_.annotations;
    const bool ours =
        write.id == 0 ||
        (seen.ok() && std::any_of(seen->begin(), seen->end(), [&](const Annotation& each) {
             return each.id == write.id;
         }));
    return ours ? Objection() : Objection(Refusal{8, "the annotation is none of ours"});
}

bool Judge::any_enforcing() const {
    return wavegate::any_enforcing(desired_, observed_);
}

}  // namespace wavegate::guard
