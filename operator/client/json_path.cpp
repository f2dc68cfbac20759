#include "operator/client/json_path.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace wavegate::client {
namespace json = boost::json;
namespace {

constexpr std::string_view kFilter = "?(@.";

bool is_name(std::string_view text) {
    return !text.empty() && text.find_first_of(".[]()'\"@?* ") == std::string_view::npos;
}

}  // namespace

std::optional<JsonPath::Step> JsonPath::take_bracket(std::string_view inside) {
    Step step;
    if (!inside.starts_with(kFilter)) {
        std::size_t index = 0;
        const char* end = inside.data() + inside.size();
        const auto [stop, error] = std::from_chars(inside.data(), end, index);
        if (inside.empty() || error != std::errc{} || stop != end) {
            return std::nullopt;
        }
        step.index = index;
        return step;
    }
    inside.remove_prefix(kFilter.size());
    const std::size_t equals = inside.find("==\"");
    if (equals == std::string_view::npos || !inside.ends_with("\")")) {
        return std::nullopt;
    }
    step.member = inside.substr(0, equals);
    inside.remove_prefix(equals + 3);
    if (inside.size() < 2 || !is_name(step.member)) {
        return std::nullopt;
    }
    step.equals = std::string(inside.substr(0, inside.size() - 2));
    return step;
}

std::optional<JsonPath::Step> JsonPath::take_step(std::string_view& rest) {
    if (rest.front() == '[') {
        const std::size_t close = rest.find(']');
        if (close == std::string_view::npos) {
            return std::nullopt;
        }
        auto step = take_bracket(rest.substr(1, close - 1));
        rest.remove_prefix(close + 1);
        return step;
    }
    if (rest.front() != '.') {
        return std::nullopt;
    }
    rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find_first_of(".["), rest.size());
    Step step;
    step.member = rest.substr(0, end);
    if (!is_name(step.member)) {
        return std::nullopt;
    }
    rest.remove_prefix(end);
    return step;
}

Result<JsonPath> JsonPath::parse(std::string_view text) {
    JsonPath path;
    for (std::string_view rest = text; !rest.empty();) {
        auto step = take_step(rest);
        if (!step) {
            return Error(ErrorKind::Invalid, "JSONPath " + std::string(text) + " is not supported");
        }
        path.steps_.push_back(std::move(*step));
    }
    return path;
}

const json::value* JsonPath::follow(const json::value& at, const Step& step) {
    if (step.index) {
        const json::array* array = at.if_array();
        return array == nullptr ? nullptr : array->if_contains(*step.index);
    }
    if (!step.equals) {
        const json::object* object = at.if_object();
        return object == nullptr ? nullptr : object->if_contains(step.member);
    }
    const json::array* array = at.if_array();
    if (array == nullptr) {
        return nullptr;
    }
    for (const json::value& element : *array) {
        const json::object* object = element.if_object();
        const json::value* member = object == nullptr ? nullptr : object->if_contains(step.member);
        if (member != nullptr && member->is_string() && member->get_string() == *step.equals) {
            return &element;
        }
    }
    return nullptr;
}

const json::value* JsonPath::find(const json::value& root) const {
    const json::value* at = &root;
    for (const Step& step : steps_) {
        at = at == nullptr ? nullptr : follow(*at, step);
    }
    return at;
}

}  // namespace wavegate::client
