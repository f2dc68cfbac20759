#include "operator/formats/sse.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

/// Whatever comes: no event without data, and never more events than line ends.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(bytes), size);
    const auto events = wavegate::formats::parse_sse(body);
    for (const auto& event : events) {
        if (event.data.empty() || event.event.empty()) {
            std::abort();
        }
    }
    if (events.size() > size) {
        std::abort();
    }
    return 0;
}
