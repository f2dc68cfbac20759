#include "operator/backends/grafana/wire.hpp"

#include "operator/base/text.hpp"
#include "operator/formats/answer.hpp"
#include "operator/formats/json_fields.hpp"
#include "operator/net/status.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace wavegate::grafana {

namespace json = boost::json;
using formats::answer_json;
using formats::unexpected;

namespace {

Result<std::int64_t> integer(const json::object& object, std::string_view key) {
    const auto number = formats::integer_at(object, {key});
    if (!number) {
        return unexpected("a number is missing");
    }
    return *number;
}

Result<Annotation> annotation_from(const json::value& value) {
    const auto* object = value.if_object();
    if (object == nullptr) {
        return unexpected("an annotation is no object");
    }
    const auto id = integer(*object, "id");
    const auto time = integer(*object, "time");
    const auto end = integer(*object, "timeEnd");
    const auto* text = object->if_contains("text");
    if (!id || !time || !end || text == nullptr || !text->is_string()) {
        return unexpected("an annotation is incomplete");
    }
    Annotation annotation;
    annotation.id = *id;
    annotation.time_ms = *time;
    annotation.time_end_ms = *end;
    annotation.text = std::string(text->get_string());
    if (const auto* tags = formats::array_at(*object, {"tags"})) {
        for (const auto& tag : *tags) {
            if (!tag.is_string()) {
                return unexpected("a tag is no text");
            }
            annotation.tags.emplace_back(tag.get_string());
        }
    }
    return annotation;
}

/// Why a request is refused, as the server puts it: {"message": …}.
std::string words_of(const HttpResponse& response) {
    const auto value = answer_json(response.body);
    const auto* object = value ? value->if_object() : nullptr;
    const bool refused = response.status >= 400 && response.status < 500;
    return object == nullptr || !refused ? std::string()
                                         : their_words(formats::text_at(*object, {"message"}));
}

}  // namespace

Result<void> check_tags(const std::vector<std::string>& tags) {
    std::set<std::string_view> keys;
    for (const std::string_view tag : tags) {
        const auto colon = tag.find(':');
        const auto key = tag.substr(0, colon);
        const auto value = colon == std::string_view::npos ? "" : tag.substr(colon + 1);
        const bool kept = !key.empty() && trim(key) == key && trim(value) == value &&
                          value.find(':') == std::string_view::npos &&
                          (colon == std::string_view::npos || !value.empty());
        if (!kept || !keys.insert(key).second) {
            return Error(
                ErrorKind::Invalid,
                "an annotation's tags need distinct keys, at most one colon each, no outer blanks");
        }
    }
    return {};
}

Result<std::string> annotation_body(const Annotation& annotation) {
    if (annotation.text.empty()) {
        return Error(ErrorKind::Invalid, "an annotation needs a text");
    }
    json::object body{
        {"text", annotation.text},
        {"tags", json::array(annotation.tags.begin(), annotation.tags.end())},
        {"time", annotation.time_ms}};
    if (annotation.time_end_ms > 0) {
        body["timeEnd"] = annotation.time_end_ms;
    }
    std::string out = json::serialize(body);
    if (!is_utf8(out)) {
        return Error(ErrorKind::Invalid, "an annotation is not UTF-8");
    }
    return out;
}

Result<std::vector<Annotation>> parse_annotations(std::string_view body) {
    const auto value = answer_json(body);
    if (!value || !value->is_array()) {
        return unexpected("annotations are no list");
    }
    std::vector<Annotation> out;
    for (const auto& item : value->get_array()) {
        auto annotation = annotation_from(item);
        if (!annotation) {
            return annotation.take_error();
        }
        out.push_back(std::move(*annotation));
    }
    return out;
}

Result<std::int64_t> parse_created(std::string_view body) {
    const auto value = answer_json(body);
    const auto* object = value ? value->if_object() : nullptr;
    if (object == nullptr) {
        return unexpected("no object to a create");
    }
    return integer(*object, "id");
}

Error refusal(const HttpResponse& response, bool write) {
    const auto status = response.status;
    const bool maybe = write && status >= 500;
    auto message = "HTTP status " + std::to_string(status);
    if (const auto words = words_of(response); !words.empty()) {
        message += ": " + words;
    }
    return Error(
               net::kind_of_status(status),
               std::move(message),
               maybe ? Effect::Maybe : Effect::None)
        .with_status(status);
}

}  // namespace wavegate::grafana
