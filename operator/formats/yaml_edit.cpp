#include "operator/formats/yaml_edit.hpp"

#include "operator/formats/compose_environment.hpp"
#include "operator/formats/compose_text.hpp"
#include "operator/formats/compose_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace wavegate::formats {
namespace {

using Patches = std::vector<Patch>;

constexpr std::string_view kNotAlone =
    "is not written plainly on a line of its own (alias, anchor, tag, block scalar, tab)";

std::string apply_patches(std::string text, Patches patches) {
    std::ranges::sort(
        patches, [](const Patch& a, const Patch& b) { return a.span.begin > b.span.begin; });
    for (const auto& [span, replacement] : patches) {
        text.replace(span.begin, span.end - span.begin, replacement);
    }
    return text;
}

bool says_same(const YamlNode& a, const YamlNode& b) {
    return a.kind == b.kind && a.quoted == b.quoted && a.text == b.text && a.alias == b.alias &&
           a.anchored == b.anchored && a.tagged == b.tagged &&
           std::ranges::equal(a.items, b.items, says_same) &&
           std::ranges::equal(a.entries, b.entries, [](const YamlEntry& x, const YamlEntry& y) {
               return says_same(x.key, y.key) && says_same(x.value, y.value);
           });
}

/// Takes out what stands at the path, and the maps that are empty then.
void take_out(YamlNode& map, const YamlPath& path, std::size_t depth) {
    std::erase_if(map.entries, [&](YamlEntry& entry) {
        if (entry.key.text != path[depth]) {
            return false;
        }
        if (depth + 1 < path.size()) {
            take_out(entry.value, path, depth + 1);
        }
        return depth + 1 == path.size() || entry.value.entries.empty();
    });
}

/// Where a path ends, or breaks off.
struct WayDown {
    const YamlNode* map = nullptr;     ///< the deepest map on the way
    const YamlEntry* entry = nullptr;  ///< what stands at the end of the path; null: nothing
    std::vector<std::string> missing;  ///< the keys that are not there
};

Result<WayDown> go_down(const YamlNode& root, const YamlPath& path) {
    WayDown way{&root, nullptr, {}};
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (std::ranges::any_of(way.map->entries, is_merge_key, &YamlEntry::key)) {
            return invalid_at(way.map->line, "a merge key on the way to " + path.back());
        }
        const auto* entry = way.map->find_entry(path[i]);
        if (entry == nullptr) {
            way.missing.assign(path.begin() + static_cast<std::ptrdiff_t>(i), path.end());
            return way;
        }
        if (!is_clean(entry->value) || !is_clean(entry->key)) {
            return invalid_at(entry->key.line, "an alias, anchor or tag on the way");
        }
        if (i + 1 == path.size()) {
            way.entry = entry;
        } else if (!entry->value.is_map()) {
            return invalid_at(entry->key.line, path[i] + " is no map");
        } else {
            way.map = &entry->value;
        }
    }
    return way;
}

/// The blanks before it, where nothing else stands before it on its line.
std::optional<std::string> lead_of(std::string_view text, std::size_t offset) {
    const Line line = line_at(text, offset);
    const auto lead = text.substr(line.text.begin, offset - line.text.begin);
    return lead.find_first_not_of(' ') == std::string_view::npos ? std::optional<std::string>(lead)
                                                                 : std::nullopt;
}

/// A value that is made, with the keys above it.
class NewValue {
  public:
    NewValue(std::vector<std::string> keys, std::string value, bool is_item)
        : keys_(std::move(keys)), value_(std::move(value)), is_item_(is_item) {}

    [[nodiscard]] std::string in_flow(Quotes quotes) const {
        std::string out;
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            out += (i == 0 ? "" : "{") + write_scalar(keys_[i], quotes, true) + ": ";
        }
        const auto value = write_scalar(value_, quotes, true);
        out += is_item_ ? "[" + value + "]" : value;
        return out + std::string(keys_.size() - 1, '}');
    }
    [[nodiscard]] std::string in_block(std::string lead, std::string_view end) const {
        std::string out;
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            out += (i == 0 ? "" : std::string(end)) + lead +
                   write_scalar(keys_[i], Quotes::None, false) + ":";
            lead += "  ";
        }
        const auto value = write_scalar(value_, Quotes::None, false);
        return out + (is_item_ ? std::string(end) + lead + "- " + value : " " + value);
    }

  private:
    std::vector<std::string> keys_;
    std::string value_;
    bool is_item_;
};

/// Behind the map's first entry that is plainly on a line of its own, or else before all.
Result<Patches> insert_in_block(std::string_view text, const YamlNode& map, const NewValue& made) {
    const auto lead = lead_of(text, map.entries.front().key.offset);
    if (!lead) {
        return invalid_at(map.entries.front().key.line, kNotAlone);
    }
    for (const auto& entry : map.entries) {
        const auto place = place_of_pair(text, entry.key, entry.value);
        const auto own_lead = lead_of(text, entry.key.offset);
        if (!place || entry.value.is_null() || own_lead != lead) {
            continue;
        }
        const Line line = line_at(text, place->all.begin);
        if (!is_tail(text.substr(place->all.end, line.text.end - place->all.end))) {
            continue;
        }
        const auto end = line_end(text, line);
        const auto block = made.in_block(*lead, end);
        return Patches{
            {{line.next, line.next},
             line.next == line.text.end ? std::string(end) + block : block + std::string(end)}};
    }
    const Line line = line_at(text, map.entries.front().key.offset);
    const auto end = line_end(text, line);
    return Patches{
        {{line.text.begin, line.text.begin}, made.in_block(*lead, end) + std::string(end)}};
}

Result<Patches> insert(std::string_view text, const YamlNode& map, const NewValue& made) {
    const Quotes quotes = is_json(text) ? Quotes::Double : Quotes::None;
    if (map.flow) {
        const auto inside = map.entries.empty() ? map.offset + 1 : map.entries.front().key.offset;
        return Patches{
            {{inside, inside}, made.in_flow(quotes) + (map.entries.empty() ? "" : ", ")}};
    }
    return map.entries.empty() ? invalid_at(map.line, "is empty")
                               : insert_in_block(text, map, made);
}

/// An item's line, where it stands alone there.
std::optional<Line> line_of_item(std::string_view text, const YamlNode& item) {
    const auto span = span_of(text, item);
    if (!span) {
        return std::nullopt;
    }
    const Line line = line_at(text, span->begin);
    const auto before = text.substr(line.text.begin, span->begin - line.text.begin);
    const auto dash = before.find_first_not_of(' ');
    const bool alone = dash != std::string_view::npos && before[dash] == '-' &&
                       before.find_first_not_of(' ', dash + 1) == std::string_view::npos &&
                       is_tail(text.substr(span->end, line.text.end - span->end));
    return alone ? std::optional(line) : std::nullopt;
}

using Keep = std::function<bool(const YamlNode&)>;

Result<Patches> change_block_list(
    std::string_view text,
    const YamlNode& list,
    const std::string& first,
    const Keep& keep) {
    Patches patches;
    const Line top = line_at(text, list.items.front().offset);
    const auto lead = text.substr(top.text.begin, list.items.front().offset - top.text.begin);
    const auto dash = lead.find_first_not_of(' ');
    if (dash == std::string_view::npos || lead[dash] != '-' ||
        lead.find_first_not_of(' ', dash + 1) != std::string_view::npos) {
        return invalid_at(list.items.front().line, kNotAlone);
    }
    for (const auto& item : list.items) {
        if (keep(item)) {
            continue;
        }
        const auto line = line_of_item(text, item);
        if (!line) {
            return invalid_at(item.line, kNotAlone);
        }
        patches.push_back({{line->text.begin, line->next}, ""});
    }
    const auto end = line_end(text, top);
    const auto quotes = quotes_at(text, list.items.front().offset);
    auto added = std::string(lead) + write_scalar(first, quotes, false) + std::string(end);
    if (!patches.empty() && patches.front().span.begin == top.text.begin) {
        patches.front().text = std::move(added);
    } else {
        patches.push_back({{top.text.begin, top.text.begin}, std::move(added)});
    }
    return patches;
}

Result<Patches> change_flow_list(
    std::string_view text,
    const YamlNode& list,
    const std::string& first,
    const Keep& keep) {
    const Quotes quotes = is_json(text) ? Quotes::Double : Quotes::None;
    std::string inside = write_scalar(first, quotes, true);
    auto end = list.offset + 1;
    for (const auto& item : list.items) {
        const auto span = span_of(text, item);
        if (!span) {
            return invalid_at(item.line, kNotAlone);
        }
        end = span->end;
        if (keep(item)) {
            inside += ", " + std::string(text.substr(span->begin, span->end - span->begin));
        }
    }
    const auto close = text.find_first_not_of(" \t\r\n,", end);
    const auto old = text.substr(list.offset, close - list.offset);
    if (close == std::string_view::npos || text[close] != ']' ||
        old.find('#') != std::string_view::npos) {
        return invalid_at(list.line, "a comment or an odd sign within […]");
    }
    return Patches{{{list.offset, close + 1}, "[" + inside + "]"}};
}

Result<std::string> checked(
    std::string_view text,
    Result<Patches> patches,
    const YamlPath& path,
    const std::function<bool(const YamlNode&)>& is_as_wanted) {
    if (!patches) {
        return patches.take_error().in(path.back());
    }
    auto edited = apply_patches(std::string(text), std::move(*patches));
    auto before = read_compose_tree(text);
    auto after = read_compose_tree(edited);
    const auto way = after ? go_down(*after, path) : Result<WayDown>(after.error());
    if (!before || !way || way->entry == nullptr || !is_as_wanted(way->entry->value)) {
        return Error(ErrorKind::Invalid, path.back() + ": the edit would not be read");
    }
    take_out(*before, path, 0);
    take_out(*after, path, 0);
    if (!says_same(*before, *after) || is_json(text) != is_json(edited)) {
        return Error(
            ErrorKind::Invalid, path.back() + ": the edit would change more than it should");
    }
    return edited;
}

/// Why the text as a whole is none that is edited.
Result<YamlNode> editable(std::string_view text) {
    if (const auto odd = find_odd_line_end(text); odd != std::string_view::npos) {
        const auto line = std::ranges::count(text.substr(0, odd), '\n') + 1;
        return invalid_at(static_cast<int>(line), "a line end that parsers read differently");
    }
    return read_compose_tree(text);
}

}  // namespace

Result<std::string>
set_yaml_value(std::string_view text, const YamlPath& path, const std::string& value) {
    auto root = editable(text);
    auto way = root ? go_down(*root, path) : Result<WayDown>(root.error());
    if (!way) {
        return way.take_error();
    }
    const auto wanted = [&](const YamlNode& node) {
        return node.is_scalar() && node.text == value;
    };
    Result<Patches> patches = Patches();
    if (way->entry == nullptr) {
        patches = insert(text, *way->map, NewValue(way->missing, value, false));
    } else if (!wanted(way->entry->value)) {
        const auto place = place_of_pair(text, way->entry->key, way->entry->value);
        if (!place || place->value.begin == place->value.end) {
            return invalid_at(way->entry->key.line, kNotAlone).in(path.back());
        }
        const auto quotes = quotes_at(text, place->value.begin);
        patches = Patches{{place->value, write_scalar(value, quotes, way->map->flow)}};
    }
    return checked(text, std::move(patches), path, wanted);
}

Result<std::string> change_yaml_list(
    std::string_view text,
    const YamlPath& path,
    const std::string& first,
    const std::function<bool(const YamlNode&)>& keep) {
    auto root = editable(text);
    auto way = root ? go_down(*root, path) : Result<WayDown>(root.error());
    if (!way) {
        return way.take_error();
    }
    std::vector<YamlNode> kept;
    if (way->entry != nullptr) {
        std::ranges::copy_if(way->entry->value.items, std::back_inserter(kept), keep);
    }
    const auto wanted = [&](const YamlNode& node) {
        return node.is_sequence() && !node.items.empty() && node.items.front().text == first &&
               std::equal(
                   node.items.begin() + 1, node.items.end(), kept.begin(), kept.end(), says_same);
    };
    if (way->entry == nullptr) {
        return checked(
            text, insert(text, *way->map, NewValue(way->missing, first, true)), path, wanted);
    }
    const auto& list = way->entry->value;
    if (!list.is_sequence() || (list.items.empty() && !list.flow)) {
        return invalid_at(way->entry->key.line, path.back() + " is no list");
    }
    return checked(
        text,
        list.flow ? change_flow_list(text, list, first, keep)
                  : change_block_list(text, list, first, keep),
        path,
        wanted);
}

}  // namespace wavegate::formats
