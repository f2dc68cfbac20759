#include "operator/base/result.hpp"

#include <stdexcept>

namespace wavegate {

void throw_error(const Error& error) {
    throw std::logic_error("value() of a failed result: " + error.message());
}

}  // namespace wavegate
