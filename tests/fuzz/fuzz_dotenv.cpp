#include "operator/formats/dotenv.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

/// Whatever comes: names are no values, and what is read is never longer than the text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const auto parsed = wavegate::formats::parse_dotenv(text);
    if (!parsed) {
        return 0;
    }
    std::size_t total = 0;
    for (const auto& [name, value] : *parsed) {
        if (name.empty() || name.find('=') != std::string::npos) {
            std::abort();
        }
        total += name.size() + value->size();
    }
    if (total > size) {
        std::abort();
    }
    return 0;
}
