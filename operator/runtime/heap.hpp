#pragma once

#include <cstddef>

namespace wavegate::runtime {

/// Gives what the heap holds in reserve back to the system, if that has grown by more than
/// `worthwhile` bytes since the last time. The allocator keeps what a large revision took, in every
/// thread that had a part in it. Any thread.
void give_back_memory(std::size_t worthwhile = std::size_t{8} << 20U);

}  // namespace wavegate::runtime
