#include "operator/formats/json_edit.hpp"

#include "operator/base/secret.hpp"
#include "operator/formats/json_strings.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace wavegate::formats {
namespace {

const JsonNodeMember* member_of(const JsonNode& object, std::string_view key) {
    const auto at =
        std::find_if(object.members.begin(), object.members.end(), [&](const auto& one) {
            return one.key == key;
        });
    return at == object.members.end() ? nullptr : &*at;
}

/// The manner in which an object's members are written.
struct Manner {
    std::string before = " ";  ///< between a comma and the next key
    std::string colon = ": ";  ///< between a key and its value
    std::string end;           ///< between the last value and the brace
};

std::string_view slice(std::string_view text, std::size_t begin, std::size_t end) {
    return text.substr(begin, end - begin);
}

/// As its last member is written.
Manner manner_of(std::string_view text, const JsonNode& object) {
    const auto& last = object.members.back();
    const auto before = text.find_last_not_of(" \t\r\n", last.begin - 1) + 1;
    return {
        std::string(slice(text, before, last.begin)),
        std::string(slice(text, last.end, last.value.begin)),
        std::string(slice(text, last.value.end, object.end - 1))};
}

/// Of an object one level deeper than those that are written in this manner.
Manner deeper(const Manner& outer) {
    const auto newline = outer.before.rfind('\n');
    if (newline == std::string::npos) {
        return {outer.before, outer.colon, ""};
    }
    const auto close = outer.end.rfind('\n');
    const auto indent = outer.before.size() - newline;
    const auto less = close == std::string::npos ? indent : outer.end.size() - close;
    // One step more, in the same sign.
    const auto step = indent > less ? outer.before.substr(outer.before.size() - (indent - less))
                                    : std::string("  ");
    return {outer.before + step, outer.colon, outer.before};
}

std::string written(const Manner& manner, const JsonMember& member) {
    return quoted_json(member.key) + manner.colon + quoted_json(member.value);
}

/// A whole object, as it stands where there was none.
std::string whole(const Manner& manner, const std::vector<JsonMember>& members) {
    std::string out = "{";
    const auto first =
        manner.before.find('\n') == std::string::npos ? std::string() : manner.before;
    for (std::size_t i = 0; i < members.size(); ++i) {
        out += (i == 0 ? first : "," + manner.before) + written(manner, members[i]);
    }
    return out + manner.end + "}";
}

struct Change {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string text;
};

bool is_due(std::string_view text, const JsonNodeMember* there, const JsonMember& wanted) {
    if (there == nullptr || wanted.only_if_missing) {
        return there == nullptr;
    }
    if (there->value.kind != JsonPlace::Text) {
        return true;
    }
    auto now = json_string(slice(text, there->value.begin, there->value.end));
    const bool differs = now != wanted.value;
    wipe(now);
    return differs;
}

std::vector<Change>
changes_of(std::string_view text, const JsonNode& object, const std::vector<JsonMember>& wanted) {
    const auto manner = manner_of(text, object);
    std::vector<Change> changes;
    std::string added;
    for (const auto& one : wanted) {
        const auto* there = member_of(object, one.key);
        if (!is_due(text, there, one)) {
            continue;
        }
        if (there != nullptr) {
            changes.push_back({there->value.begin, there->value.end, quoted_json(one.value)});
        } else {
            added += "," + manner.before + written(manner, one);
        }
    }
    if (!added.empty()) {
        const auto behind = object.members.back().value.end;
        changes.push_back({behind, behind, std::move(added)});
    }
    return changes;
}

std::string changed(std::string_view text, std::vector<Change> changes) {
    std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
        return a.begin < b.begin;
    });
    std::string out;
    std::size_t at = 0;
    for (auto& [begin, end, replacement] : changes) {
        out += slice(text, at, begin);
        out += replacement;
        at = end;
        wipe(replacement);
    }
    return out += text.substr(at);
}

}  // namespace

const JsonNode* JsonFile::find(const Path& path) const {
    const JsonNode* node = &root_;
    for (const auto& key : path) {
        const auto* member = member_of(*node, key);
        if (member == nullptr) {
            return nullptr;
        }
        node = &member->value;
    }
    return node;
}

JsonPlace JsonFile::at(const Path& path) const {
    const auto* node = find(path);
    return node == nullptr ? JsonPlace::Missing : node->kind;
}

std::string JsonFile::text_at(const Path& path) const {
    const auto* node = find(path);
    return node == nullptr || node->kind != JsonPlace::Text
               ? std::string()
               : json_string(slice(text_, node->begin, node->end));
}

std::vector<std::string> JsonFile::keys_at(const Path& path) const {
    std::vector<std::string> keys;
    if (const auto* node = find(path); node != nullptr) {
        for (const auto& member : node->members) {
            keys.push_back(member.key);
        }
    }
    return keys;
}

Result<std::string> JsonFile::with(const Path& path, const std::vector<JsonMember>& wanted) const {
    const auto* object = find(path);
    if (object != nullptr && object->kind == JsonPlace::Object && !object->members.empty()) {
        return changed(text_, changes_of(text_, *object, wanted));
    }
    const auto* holder = find({path.begin(), path.end() - 1});
    if (holder == nullptr || holder->kind != JsonPlace::Object || holder->members.empty() ||
        (object != nullptr && object->kind != JsonPlace::Object)) {
        return Error(ErrorKind::Invalid, path.back() + ": stands in no object, or is none");
    }
    const auto manner = manner_of(text_, *holder);
    auto made = whole(deeper(manner), wanted);
    if (object != nullptr) {
        return changed(text_, {{object->begin, object->end, std::move(made)}});
    }
    const auto behind = holder->members.back().value.end;
    return changed(
        text_,
        {{behind, behind, "," + manner.before + quoted_json(path.back()) + manner.colon + made}});
}

}  // namespace wavegate::formats
