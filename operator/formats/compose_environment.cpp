#include "operator/formats/compose_environment.hpp"

#include "operator/formats/compose_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavegate::formats {
namespace {

constexpr std::string_view kNotPlain =
    "the entry is not written plainly on one line (alias, anchor, tag, block scalar, tab)";

bool merges(const YamlNode& map) {
    return std::ranges::any_of(map.entries, is_merge_key, &YamlEntry::key);
}

}  // namespace

Result<Environment>
Environment::find(std::string_view text, const YamlNode& root, std::string_view service) {
    const YamlNode* services = root.find("services");
    const YamlNode* node = services == nullptr ? nullptr : services->find(service);
    if (node == nullptr || !node->is_map()) {
        return Error(ErrorKind::Invalid, "the file has no such service of its own");
    }
    if (!is_clean(root) || !is_clean(*services) || !is_clean(*node)) {
        return invalid_at(node->line, "an alias, anchor or tag on the way to the environment");
    }
    Environment environment;
    environment.text_ = text;
    environment.json_ = is_json(text);
    auto read = environment.read(*node);
    if (!read) {
        return read.take_error();
    }
    return environment;
}

Result<void> Environment::read(const YamlNode& service) {
    service_ = &service;
    own_ = service.find_entry("environment");
    if (own_ == nullptr) {
        return {};
    }
    const YamlNode& node = own_->value;
    if (!is_clean(node) || node.is_scalar()) {
        return invalid_at(
            node.line, "the environment is an alias, an anchor, tagged or no list or map");
    }
    list_ = !node.is_map();
    flow_ = node.flow;
    for (const YamlNode& item : node.items) {
        Entry entry{env_key(item.text), &item, &item};
        if (!item.is_scalar() || entry.key.find('$') != std::string_view::npos) {
            return invalid_at(item.line, "an entry without a name of its own");
        }
        entries_.push_back(std::move(entry));
    }
    for (const YamlEntry& pair : node.entries) {
        if (is_merge_key(pair.key)) {
            return invalid_at(pair.key.line, "the environment has a merge key");
        }
        entries_.push_back({pair.key.text, &pair.key, &pair.value});
    }
    return {};
}

Result<const Environment::Entry*> Environment::entry(const std::string& key) const {
    const Entry* found = nullptr;
    for (const Entry& entry : entries_) {
        if (entry.key != key) {
            continue;
        }
        if (found != nullptr) {
            return invalid_at(entry.name->line, "the entry stands there twice");
        }
        found = &entry;
    }
    return found;
}

/// Nothing where the entry is not written plainly on a line, or shares it in a block.
std::optional<EntryPlace> Environment::place_of(const Entry& entry) const {
    std::optional<EntryPlace> place;
    if (list_) {
        if (const auto span = span_of(text_, *entry.value)) {
            place = EntryPlace{*span, *span};
        }
    } else {
        place = place_of_pair(text_, *entry.name, *entry.value);
    }
    if (place && !flow_ && !stands_alone(place->all, list_)) {
        return std::nullopt;
    }
    return place;
}

bool Environment::stands_alone(Span entry, bool item) const {
    const Line line = line_at(text_, entry.begin);
    std::string_view lead = text_.substr(line.text.begin, entry.begin - line.text.begin);
    const auto all = text_.substr(line.text.begin, line.text.end - line.text.begin);
    if (all.find('\t') != std::string_view::npos || entry.end > line.text.end) {
        return false;
    }
    lead = lead.substr(std::min(lead.find_first_not_of(' '), lead.size()));
    const bool begins =
        item ? lead.starts_with("- ") && lead.find_first_not_of(' ', 1) == std::string_view::npos
             : lead.empty();
    return begins && is_tail(text_.substr(entry.end, line.text.end - entry.end));
}

std::string Environment::write(const std::string& key, const std::string& value, Quotes quotes)
    const {
    if (list_) {
        return write_scalar(key + "=" + value, json_ ? Quotes::Double : quotes, flow_);
    }
    return write_name(key) + ": " + write_scalar(value, json_ ? Quotes::Double : quotes, flow_);
}

std::string Environment::write_name(const std::string& name) const {
    return write_scalar(name, json_ ? Quotes::Double : Quotes::None, flow_);
}

Result<std::vector<Patch>> Environment::set(const std::string& key, const std::string& value)
    const {
    auto found = entry(key);
    if (!found) {
        return found.take_error();
    }
    if (*found != nullptr) {
        return replace(**found, value);
    }
    return own_ == nullptr || own_->value.is_null() ? create(key, value) : insert(key, value);
}

Result<std::vector<Patch>> Environment::replace(const Entry& entry, const std::string& value)
    const {
    const std::string wanted = list_ ? entry.key + "=" + value : value;
    const auto place = place_of(entry);
    if (!place) {
        return invalid_at(entry.value->line, kNotPlain);
    }
    if (says(entry, wanted)) {
        return std::vector<Patch>();
    }
    const bool left_out = place->value.begin == place->value.end;
    const Quotes quotes = json_      ? Quotes::Double
                          : left_out ? Quotes::None
                                     : quotes_at(text_, place->value.begin);
    return std::vector<Patch>{
        {place->value, (left_out ? " " : "") + write_scalar(wanted, quotes, flow_)}};
}

/// As Docker reads it: an unquoted 3.10 says 3.1.
bool Environment::says(const Entry& entry, const std::string& wanted) const {
    if (list_ || !entry.value->is_scalar()) {
        return entry.value->is_scalar() && entry.value->text == wanted;
    }
    const auto text = environment_text(*entry.value);
    return text && *text == wanted;
}

Result<std::vector<Patch>> Environment::insert(const std::string& key, const std::string& value)
    const {
    if (flow_) {
        return std::vector<Patch>{insert_in_flow(key, value)};
    }
    std::optional<EntryPlace> last;  // behind it: its end is certain
    for (const Entry& entry : entries_) {
        if (auto place = place_of(entry)) {
            last = place;
        }
    }
    if (!last) {
        return invalid_at(
            own_->key.line, "no entry of the environment is written plainly on one line");
    }
    const Line line = line_at(text_, last->all.begin);
    const auto lead = text_.substr(line.text.begin, last->all.begin - line.text.begin);
    const Quotes quotes = quotes_at(text_, last->value.begin);
    return std::vector<Patch>{
        add_behind(last->all, {std::string(lead) + write(key, value, quotes)})};
}

Patch Environment::insert_in_flow(const std::string& key, const std::string& value) const {
    if (entries_.empty()) {
        const auto inside = own_->value.offset + 1;
        return {{inside, inside}, write(key, value, Quotes::Double)};
    }
    const Entry& first = entries_.front();
    const auto before = first.name->offset;
    const Quotes quotes = quotes_at(text_, first.value->offset);
    return {{before, before}, write(key, value, quotes) + ", "};
}

/// In `{…}`, in front of all else; an empty `environment: ` can't be told from its neighbours.
Result<std::vector<Patch>> Environment::create_in_flow(
    const std::string& key,
    const std::string& value) const {
    if (own_ != nullptr) {
        return invalid_at(own_->key.line, "the environment is empty; write `{}` there");
    }
    Environment map(*this);
    map.list_ = false;
    map.flow_ = true;
    const auto before = service_->entries.front().key.offset;
    const auto written =
        map.write_name("environment") + ": {" + map.write(key, value, Quotes::Double) + "}, ";
    return std::vector<Patch>{{{before, before}, written}};
}

/// For a service without environment: a list, behind its image (or behind an empty
/// `environment:`), for a plain block map only.
Result<std::vector<Patch>> Environment::create(const std::string& key, const std::string& value)
    const {
    const YamlEntry* before = own_ != nullptr ? own_ : service_->find_entry("image");
    if (before == nullptr || merges(*service_)) {
        return invalid_at(
            service_->line,
            "the service has no environment, and none can be added (merge key, no image)");
    }
    if (service_->flow) {
        return create_in_flow(key, value);
    }
    const auto place = place_of_pair(text_, before->key, before->value);
    if (!place || !stands_alone(place->all, false)) {
        return invalid_at(before->key.line, "no environment can be added behind this line");
    }
    const Line line = line_at(text_, place->all.begin);
    const std::string lead(text_.substr(line.text.begin, place->all.begin - line.text.begin));
    std::vector<std::string> lines;
    if (own_ == nullptr) {
        lines.push_back(lead + "environment:");
    }
    lines.push_back(lead + "  - " + write(key, value, Quotes::None));
    return std::vector<Patch>{add_behind(place->all, lines)};
}

Patch Environment::add_behind(Span entry, const std::vector<std::string>& lines) const {
    const Line line = line_at(text_, entry.begin);
    const auto end = line_end(text_, line);
    const bool unended = line.next == line.text.end;
    std::string added;
    for (const std::string& one : lines) {
        added += unended ? std::string(end) + one : one + std::string(end);
    }
    return {{line.next, line.next}, std::move(added)};
}

Result<std::vector<Patch>> Environment::remove(const std::string& key) const {
    auto found = entry(key);
    if (!found) {
        return found.take_error();
    }
    if (*found == nullptr) {
        return std::vector<Patch>();
    }
    const auto place = place_of(**found);
    if (!place) {
        return invalid_at((*found)->value->line, kNotPlain);
    }
    if (flow_) {
        return std::vector<Patch>{cut_from_flow(place->all)};
    }
    std::vector<Patch> patches{cut_line(place->all)};
    if (entries_.size() == 1) {
        // An `environment:` with nothing below it is no valid compose file.
        const auto name = span_of(text_, own_->key);
        const auto colon = name ? skip_blanks(text_, name->end) : text_.size();
        if (colon >= text_.size() || text_[colon] != ':' ||
            !stands_alone({name->begin, colon + 1}, false)) {
            return invalid_at(own_->key.line, "the environment would be left empty");
        }
        // Nor is a service with nothing below it a service; and where others are merged in, theirs
        // would take its place.
        const bool needed = service_->entries.size() == 1 || merges(*service_);
        patches.push_back(needed ? Patch{{colon + 1, colon + 1}, " {}"} : cut_line(*name));
    }
    return patches;
}

Patch Environment::cut_line(Span entry) const {
    const Line line = line_at(text_, entry.begin);
    return {{line.text.begin, line.next}, ""};
}

/// With the comma behind it, or else with the one before it on the same line.
Patch Environment::cut_from_flow(Span entry) const {
    const auto behind = skip_blanks(text_, entry.end);
    if (behind < text_.size() && text_[behind] == ',') {
        return {{entry.begin, skip_blanks(text_, behind + 1)}, ""};
    }
    // JSON knows no comma before a bracket; elsewhere a comment may end the line before.
    const auto* blanks = json_ ? " \t\r\n" : " ";
    const auto before = text_.find_last_not_of(blanks, entry.begin - 1);
    if (before != std::string_view::npos && text_[before] == ',') {
        entry.begin = before;
    }
    return {entry, ""};
}

}  // namespace wavegate::formats
