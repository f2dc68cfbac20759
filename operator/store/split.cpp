#include "operator/store/split.hpp"

#include "operator/base/digest.hpp"
#include "operator/formats/json_fields.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace wavegate::store {
namespace {

namespace json = boost::json;

constexpr std::string_view kFields = "fields";
constexpr std::string_view kSplit = "split";
constexpr std::size_t kNameDigits = 32;

Error unreadable() {
    return {ErrorKind::Invalid, "store: unreadable row"};
}

/// The list's text without its brackets, in pieces of so many items.
std::vector<std::string> pieces_of(const json::array& list, std::size_t group) {
    std::vector<std::string> pieces;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (i % group == 0) {
            pieces.emplace_back();
        }
        pieces.back() += (i == 0 ? "" : ",") + json::serialize(list[i]);
    }
    return pieces;
}

json::array keep_parts(const json::array& list, std::size_t group, std::size_t most, Document& to) {
    json::array names;
    for (const auto& piece : pieces_of(list, group)) {
        for (std::size_t at = 0; at < piece.size(); at += most) {
            auto part = piece.substr(at, most);
            const auto name = short_hash(part, kNameDigits);
            names.emplace_back(name);
            to.parts.emplace(name, std::move(part));
        }
    }
    return names;
}

Result<json::value> list_of(const json::value& names, const Document& document) {
    std::string text = "[";
    const auto* all = names.if_array();
    if (all == nullptr) {
        return unreadable();
    }
    for (const auto& name : *all) {
        const auto part =
            document.parts.find(name.is_string() ? std::string(name.get_string()) : std::string());
        if (part == document.parts.end()) {
            return unreadable();
        }
        text += part->second;
    }
    auto list = formats::parse_json(text + "]");
    if (!list || !list->is_array()) {
        return unreadable();
    }
    return std::move(*list);
}

}  // namespace

Document split(std::string_view text, std::size_t group, std::size_t most) {
    Document document;
    auto parsed = formats::parse_json(text);
    json::object fields;
    if (parsed && parsed->is_object()) {
        fields = std::move(parsed->get_object());
    }
    json::object lists;
    for (auto& [name, value] : fields) {
        if (value.is_array() &&
            (value.get_array().size() > group || json::serialize(value).size() > most)) {
            lists[name] = keep_parts(value.get_array(), group, most, document);
            value = nullptr;
        }
    }
    json::object head;
    head[kFields] = std::move(fields);
    head[kSplit] = std::move(lists);
    document.head = json::serialize(head);
    return document;
}

std::set<std::string> parts_of(std::string_view head) {
    std::set<std::string> names;
    const auto parsed = formats::parse_json(head);
    const auto* object = parsed ? parsed->if_object() : nullptr;
    const auto* lists = object == nullptr ? nullptr : formats::object_at(*object, {kSplit});
    for (const auto& [list, parts] : lists == nullptr ? json::object() : *lists) {
        for (const auto& name : parts.is_array() ? parts.get_array() : json::array()) {
            names.emplace(name.is_string() ? std::string_view(name.get_string()) : "");
        }
    }
    return names;
}

Result<std::string> join(const Document& document) {
    auto head = formats::parse_json(document.head);
    auto* object = head ? head->if_object() : nullptr;
    auto* fields = object == nullptr ? nullptr : object->if_contains(kFields);
    const auto* lists = object == nullptr ? nullptr : formats::object_at(*object, {kSplit});
    if (fields == nullptr || !fields->is_object() || lists == nullptr) {
        return unreadable();
    }
    for (const auto& [name, names] : *lists) {
        auto list = list_of(names, document);
        if (!list) {
            return list.take_error();
        }
        fields->get_object()[name] = std::move(*list);
    }
    return json::serialize(*fields);
}

std::vector<Packed> pack(const std::vector<std::string>& texts, std::size_t most) {
    std::vector<Packed> packed;
    for (const auto& text : texts) {
        if (packed.empty() || packed.back().text.size() + text.size() + 2 > most) {
            packed.emplace_back();
        }
        auto& last = packed.back();
        last.text += (last.items == 0 ? "[" : ",") + text;
        ++last.items;
    }
    for (auto& each : packed) {
        each.text += "]";
    }
    return packed;
}

Result<std::vector<std::string>> unpack(std::string_view packed) {
    const auto parsed = formats::parse_json(packed);
    if (!parsed || !parsed->is_array()) {
        return unreadable();
    }
    std::vector<std::string> texts;
    for (const auto& each : parsed->get_array()) {
        texts.push_back(json::serialize(each));
    }
    return texts;
}

}  // namespace wavegate::store
