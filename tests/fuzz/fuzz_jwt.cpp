#include "operator/formats/jwt.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

// RFC 7515, appendix A.3: nobody but its author can sign for this key.
constexpr std::string_view kKeys =
    R"({"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";

}  // namespace

/// Random bytes never verify, neither as a token nor as a token and a key set (split at a \n).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    if (wavegate::formats::verify_jwt(text, kKeys)) {
        std::abort();
    }
    const auto split = text.find('\n');
    if (split != std::string_view::npos) {
        (void)wavegate::formats::verify_jwt(text.substr(0, split), text.substr(split + 1));
    }
    return 0;
}
