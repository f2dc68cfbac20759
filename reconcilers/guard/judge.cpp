#include "reconcilers/guard/judge.hpp"

#include "operator/model/admission.hpp"

#include <algorithm>
#include <utility>

namespace wavegate::guard {

Refusal stale(std::string message) {
    return {0, std::move(message)};
}

Verdict Judge::judge(Edit edit, Live live, LeaseProof lease) const {
    if (auto objection = object_to(edit, live, lease)) {
        return std::move(*objection);
    }
    return Permit(std::move(edit), std::move(live));
}

Judge::Objection Judge::object_to(const Edit& edit, const Live& live, LeaseProof lease) const {
    // That a way back is one, and not only called so, is judged below.
    if (!lease.held() && !edit.is_way_back()) {
        return Refusal{10, "no lease, or the store takes no commits: only ways back are allowed"};
    }
    return std::visit(
        [&](const auto& body) { return this->object_to(edit, body, live); }, edit.body);
}

Judge::Objection
Judge::object_to(const Edit& /*edit*/, const AnnotationEdit& body, const Live& /*live*/) {
    const auto& tags = body.wanted.tags;
    const bool ours = std::find(tags.begin(), tags.end(), "wavegate") != tags.end();
    return ours ? Objection() : Objection(Refusal{8, "the annotation does not bear our tag"});
}

bool Judge::any_enforcing() const {
    return wavegate::any_enforcing(desired_, observed_);
}

}  // namespace wavegate::guard
