#include "operator/formats/dotenv.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

/// Whatever comes: names are names, and what is read stays within its bound.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const auto parsed = wavegate::formats::parse_dotenv(text);
    if (!parsed) {
        return 0;
    }
    std::size_t total = 0;
    for (const auto& [name, value] : parsed->values) {
        if (name.empty() || name.find('=') != std::string::npos) {
            std::abort();
        }
        total += value->size();
    }
    if (total > std::size_t{1} << 20U) {
        std::abort();
    }
    return 0;
}
