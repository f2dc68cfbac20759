#include "operator/formats/json_fields.hpp"

#include "operator/formats/byte_order_mark.hpp"

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

namespace wavegate::formats {

namespace json = boost::json;

std::optional<json::value> parse_json(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) {
        text.remove_prefix(kByteOrderMark.size());
    }
    boost::system::error_code failed;
    // What is read is read once and goes as a whole: taking it down value by value would cost as
    // much as reading it.
    auto memory = json::make_shared_resource<json::monotonic_resource>();
    json::value value = json::parse(text, failed, std::move(memory));
    if (failed) {
        return std::nullopt;
    }
    return value;
}

const json::value* value_at(const json::object& from, FieldPath path) {
    const json::object* here = &from;
    const json::value* found = nullptr;
    for (const std::string_view key : path) {
        found = here == nullptr ? nullptr : here->if_contains(key);
        here = found == nullptr ? nullptr : found->if_object();
    }
    return found;
}

const json::object* object_at(const json::object& from, FieldPath path) {
    const auto* found = value_at(from, path);
    return found == nullptr ? nullptr : found->if_object();
}

const json::array* array_at(const json::object& from, FieldPath path) {
    const auto* found = value_at(from, path);
    return found == nullptr ? nullptr : found->if_array();
}

std::string text_at(const json::object& from, FieldPath path) {
    const auto* found = value_at(from, path);
    const auto* text = found == nullptr ? nullptr : found->if_string();
    return text == nullptr ? std::string() : std::string(*text);
}

bool flag_at(const json::object& from, FieldPath path, bool otherwise) {
    const auto* found = value_at(from, path);
    const auto* flag = found == nullptr ? nullptr : found->if_bool();
    return flag == nullptr ? otherwise : *flag;
}

std::optional<std::int64_t> integer_at(const json::object& from, FieldPath path) {
    const auto* found = value_at(from, path);
    if (found == nullptr || !found->is_number()) {
        return std::nullopt;
    }
    boost::system::error_code failed;
    const auto value = found->to_number<std::int64_t>(failed);
    return failed ? std::nullopt : std::optional(value);
}

std::int64_t number_at(const json::object& from, FieldPath path, std::int64_t otherwise) {
    return integer_at(from, path).value_or(otherwise);
}

}  // namespace wavegate::formats
