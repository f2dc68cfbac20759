#pragma once

#include "operator/base/result.hpp"
#include "operator/model/edit.hpp"
#include "operator/model/write.hpp"

namespace wavegate::annotations {

/// The annotation whole, with the tag that it is found by. Pure.
Result<Write> write_of(const Edit& edit, const Live& live);

}  // namespace wavegate::annotations
