#pragma once

#include "operator/base/result.hpp"
#include "operator/model/edit.hpp"
#include "operator/model/write.hpp"

namespace wavegate::stacks {

/// The whole body of a stack's or a restart's edit, on what was read again: what stands there with
/// the edit applied, and all that a deployment would lose if it were left out. Invalid: what was
/// read again is no stack or service that such a body can be made of. Pure.
Result<Write> write_of(const Edit& edit, const Live& live);

}  // namespace wavegate::stacks
