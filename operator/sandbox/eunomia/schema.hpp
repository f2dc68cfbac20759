#pragma once

#include "operator/sandbox/eunomia/rules.hpp"

#include <boost/json/array.hpp>

#include <optional>
#include <string>
#include <string_view>

/// Eunomia's JSON: what it accepts, what it makes of it, and how it complains (pydantic's texts).
namespace wavegate::sandbox::pdp {

/// A body turned into `value`, or the `detail` of a 422, or a crash: the `detail` of a 500.
template <class T>
struct Parsed {
    std::optional<T> value;
    boost::json::array faults;
    std::string crash;
};

/// Lower case, accents dropped, everything but letters, digits, `_` and `-` becomes `-`, runs
/// collapse, ends are trimmed. Accents: Latin-1 and Latin Extended-A; other letters vanish.
std::string slug(std::string_view text);

/// What a condition's string value becomes: the server tries each as JSON first, Python's way.
boost::json::value json_or_text(std::string_view text);

Parsed<Policy> parse_policy(const boost::json::value& body);
Parsed<Question> parse_question(const boost::json::value& body);
/// One bad item fails all.
Parsed<std::vector<Question>> parse_questions(const boost::json::value& body);

/// `/admin/policies/simple`: one allow rule, `equals` for each attribute.
Policy simple_policy(std::string_view name, const Question& question);

/// As returned: nulls and defaults filled in.
boost::json::object to_json(const Policy& policy);
boost::json::object to_json(const Decision& decision);

}  // namespace wavegate::sandbox::pdp
