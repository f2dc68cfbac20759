#include "reconcilers/policies/write.hpp"

namespace wavegate::policies {

Result<Write> write_of(const Edit& edit, const Live& /*live*/) {
    const auto* body = std::get_if<PolicyEdit>(&edit.body);
    if (body == nullptr) {
        return Error(ErrorKind::Invalid, "not an edit of a policy");
    }
    return body->verb == PolicyEdit::Verb::Create
               ? Write(PolicyWrite(PolicyCreate{body->policy}))
               : Write(PolicyWrite(PolicyDelete{body->policy.name}));
}

}  // namespace wavegate::policies
