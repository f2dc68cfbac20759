#include "operator/formats/answer.hpp"

#include "operator/formats/json_fields.hpp"

#include <string>
#include <utility>

namespace wavegate::formats {

Error unexpected(std::string_view what) {
    return {ErrorKind::Protocol, "unexpected answer: " + std::string(what)};
}

Result<boost::json::value> answer_json(std::string_view body) {
    auto value = parse_json(body);
    if (!value) {
        return unexpected("not JSON");
    }
    return std::move(*value);
}

}  // namespace wavegate::formats
