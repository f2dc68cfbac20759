#include "operator/runtime/heap.hpp"

#include <atomic>
#include <malloc.h>

namespace wavegate::runtime {
namespace {

/// Bytes in reserve when it was last given back: pages within count on, though they are gone.
std::atomic<std::size_t>& last_reserve() {
    static std::atomic<std::size_t> bytes{0};
    return bytes;
}

}  // namespace

void give_back_memory(std::size_t worthwhile) {
    const auto reserve = ::mallinfo2().fordblks;
    const auto before = last_reserve().load();
    if (reserve < before) {
        last_reserve() = reserve;
    } else if (reserve - before > worthwhile) {
        ::malloc_trim(0);
        last_reserve() = ::mallinfo2().fordblks;
    }
}

}  // namespace wavegate::runtime
