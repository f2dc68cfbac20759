#include "operator/formats/yaml.hpp"

#include <algorithm>
#include <charconv>

namespace wavegate::formats {
namespace {

bool all_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

const YamlEntry* YamlNode::find_entry(std::string_view key) const {
    const auto at = std::find_if(entries.begin(), entries.end(), [&](const YamlEntry& entry) {
        return entry.key.text == key;
    });
    return at == entries.end() ? nullptr : &*at;
}

const YamlNode* YamlNode::find(std::string_view key) const {
    const auto* entry = find_entry(key);
    return entry == nullptr ? nullptr : &entry->value;
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t longest = 60;
    std::string out(1, '"');
    for (const char c : text.substr(0, longest)) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < 0x20 || byte >= 0x7F ? '?' : c;
    }
    return out + (text.size() > longest ? "…\"" : "\"");
}

std::optional<bool> to_bool(const YamlNode& node) {
    if (!node.is_scalar() || node.quoted || (node.text != "true" && node.text != "false")) {
        return std::nullopt;
    }
    return node.text == "true";
}

std::optional<std::int64_t> to_integer(const YamlNode& node) {
    if (!node.is_scalar() || node.quoted) {
        return std::nullopt;
    }
    std::string_view digits = node.text;
    if (digits.starts_with('-')) {
        digits.remove_prefix(1);
    }
    if (!all_digits(digits) || (digits.size() > 1 && digits.front() == '0')) {
        return std::nullopt;
    }
    std::int64_t value = 0;
    const auto* end = node.text.data() + node.text.size();
    const auto result = std::from_chars(node.text.data(), end, value);
    return result.ec == std::errc() && result.ptr == end ? std::optional(value) : std::nullopt;
}

std::optional<double> to_number(const YamlNode& node) {
    if (!node.is_scalar() || node.quoted || node.text.empty() ||
        node.text.find_first_not_of("0123456789+-.eE") != std::string::npos) {
        return std::nullopt;
    }
    double value = 0;
    const auto* end = node.text.data() + node.text.size();
    const auto result = std::from_chars(node.text.data(), end, value);
    return result.ec == std::errc() && result.ptr == end ? std::optional(value) : std::nullopt;
}

}  // namespace wavegate::formats
