#pragma once

#include "operator/base/result.hpp"
#include "operator/model/edit.hpp"
#include "operator/model/write.hpp"

namespace wavegate::policies {

/// The policy whole, or the name of the one that goes. Pure.
Result<Write> write_of(const Edit& edit, const Live& live);

}  // namespace wavegate::policies
