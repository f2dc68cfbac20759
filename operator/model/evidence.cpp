#include "operator/model/evidence.hpp"

namespace wavegate {

std::string explained(const Evidence& evidence) {
    std::string text = evidence.phrase;
    for (const auto* name : {"location", "host"}) {
        if (const auto* detail = evidence.facts.find(name)) {
            text += ": " + *detail;
        }
    }
    return text;
}

}  // namespace wavegate
