#include "operator/runtime/heap.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <fstream>
#include <malloc.h>
#include <memory>
#include <string>
#include <vector>

namespace wavegate::runtime {
namespace {

/// VmRSS, bytes.
std::size_t resident() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        if (word == "VmRSS:") {
            std::size_t kilobytes = 0;
            status >> kilobytes;
            return kilobytes << 10U;
        }
    }
    return 0;
}

/// Leaves holes of `bytes` in all between things that stay: nothing of it lies at the heap's top.
std::vector<std::unique_ptr<char[]>> fragment(std::size_t bytes) {
    constexpr std::size_t piece = 64U << 10U;  // below what malloc maps on its own
    std::vector<std::unique_ptr<char[]>> holes;
    std::vector<std::unique_ptr<char[]>> stay;
    for (std::size_t done = 0; done < bytes; done += piece) {
        holes.push_back(std::make_unique<char[]>(piece));
        stay.push_back(std::make_unique<char[]>(64));
    }
    return stay;
}

TEST(Heap, GivesBackWhatWasTakenForAWhile) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "their allocator is another";
#endif
    give_back_memory(0);
    const auto before = resident();
    const auto stay = fragment(std::size_t{64} << 20U);
    ASSERT_GT(resident(), before + (48U << 20U)) << "else there is nothing to give back";
    give_back_memory();
    EXPECT_LT(resident(), before + (16U << 20U));
}

}  // namespace
}  // namespace wavegate::runtime
