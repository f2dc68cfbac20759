#pragma once

#include "operator/base/result.hpp"
#include "operator/model/edit.hpp"
#include "operator/model/write.hpp"

namespace wavegate::clients {

/// A new client whole, or what is to be sent of one that is there: its managed settings (unless
/// the edit is about mappers alone), never its secret, and each audience mapper that it lacks.
/// Invalid: the client to change was not read again. Pure.
Result<Write> write_of(const Edit& edit, const Live& live);

}  // namespace wavegate::clients
