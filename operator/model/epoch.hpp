#pragma once

#include "operator/model/observed.hpp"
#include "operator/model/write.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace wavegate {

/// The stack Env's name for the term of who wrote it last (Leadership::term): inert, because no
/// file names it. Portainer can't fence, so a late writer is told by it at his next re-read.
inline constexpr std::string_view kEpochKey = "WAVEGATE_EPOCH";

/// 0: there is none, or it can't be read.
std::uint64_t epoch_in(const StackEnv& env);
/// The highest of the stacks that bear this fleet's mark.
std::uint64_t highest_epoch(const std::vector<StackView>& stacks, const std::string& fleet);
/// Puts the term into the body, where no higher one stands there.
void stamp(StackWrite& write, std::uint64_t term);

}  // namespace wavegate
