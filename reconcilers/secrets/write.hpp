#pragma once

#include "operator/base/result.hpp"
#include "operator/model/edit.hpp"
#include "operator/model/write.hpp"

namespace wavegate::secrets {

/// The entry's data whole, with what stays byte for byte as it was read again, and before it the
/// marks where they are to be set, beside those that are there. Invalid: it is not known how what
/// stays stands there. Pure.
Result<Write> write_of(const Edit& edit, const Live& live);

}  // namespace wavegate::secrets
