#include "operator/formats/compose.hpp"
#include "operator/formats/variables.hpp"

namespace wavegate::formats {
namespace {

using Otherwise = ValuePart::Otherwise;

}  // namespace

Result<std::string> substitute(
    std::string_view text,
    const std::map<std::string, std::string>& variables) {
    auto parts = split_variables(text);
    if (!parts) {
        return parts.take_error();
    }
    std::string out;
    for (const ValuePart& part : *parts) {
        const auto found = variables.find(part.variable);
        const bool set = found != variables.end() && !(part.or_empty && found->second.empty());
        if (part.variable.empty()) {
            out += part.literal;
        } else if (set) {
            out += found->second;
        } else if (part.otherwise == Otherwise::Default) {
            out += part.fallback;
        } else if (part.otherwise == Otherwise::Failure) {
            return Error(
                ErrorKind::Invalid, "the required variable " + part.variable + " is not set");
        }
    }
    return out;
}

}  // namespace wavegate::formats
