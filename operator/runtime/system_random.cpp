#include "operator/runtime/system_random.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <sys/random.h>

namespace wavegate::runtime {
namespace {

void fill(char* out, std::size_t count) {
    while (count > 0) {
        const auto got = getrandom(out, count, 0);
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw std::runtime_error("the operating system gives no random bytes");
        }
        out += got;
        count -= static_cast<std::size_t>(got);
    }
}

}  // namespace

std::uint64_t SystemRandom::next() {
    std::uint64_t number = 0;
    const auto raw = bytes(sizeof number);
    std::memcpy(&number, raw.data(), sizeof number);
    return number;
}

std::string SystemRandom::bytes(std::size_t count) {
    std::string out(count, '\0');
    fill(out.data(), count);
    return out;
}

}  // namespace wavegate::runtime
