#include "operator/desired/reader.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace wavegate::desired {

Reader Reader::operator[](std::string_view name) const {
    const auto* below = node_ == nullptr ? nullptr : node_->find(name);
    auto path = path_.empty() ? std::string(name) : path_ + "." + std::string(name);
    return {below, file_, std::move(path), trace_};
}

void Reader::note(std::string_view suffix) const {
    if (trace_ != nullptr) {
        trace_->insert(path_ + std::string(suffix));
    }
}

std::string Reader::text() const {
    note();
    return node_ != nullptr && node_->is_scalar() ? node_->text : std::string();
}

bool Reader::boolean() const {
    note();
    return node_ != nullptr && formats::to_bool(*node_).value_or(false);
}

int Reader::integer() const {
    note();
    const auto value = node_ == nullptr ? 0 : formats::to_integer(*node_).value_or(0);
    constexpr std::int64_t most = std::numeric_limits<int>::max();
    return static_cast<int>(std::clamp(value, -most, most));
}

Duration Reader::duration() const {
    return optional_duration().value_or(Duration(0));
}

Reference Reader::reference() const {
    note();
    if (node_ == nullptr || !node_->is_scalar()) {
        return {};
    }
    return {node_->text, {file_, node_->line, node_->column}};
}

std::optional<std::string> Reader::optional_text() const {
    auto value = text();
    return present() ? std::optional(std::move(value)) : std::nullopt;
}

std::optional<Duration> Reader::optional_duration() const {
    note();
    return node_ == nullptr ? std::nullopt : parse_duration(node_->text);
}

std::vector<std::string> Reader::texts() const {
    note("[]");
    std::vector<std::string> out;
    if (node_ != nullptr) {
        for (const auto& item : node_->items) {
            out.push_back(item.text);
        }
    }
    return out;
}

std::map<std::string, std::string> Reader::text_map() const {
    note(".*");
    std::map<std::string, std::string> out;
    if (node_ != nullptr) {
        for (const auto& entry : node_->entries) {
            out.emplace(entry.key.text, entry.value.text);
        }
    }
    return out;
}

std::vector<Reader> Reader::items() const {
    std::vector<Reader> out;
    if (node_ != nullptr) {
        for (const auto& item : node_->items) {
            out.push_back(Reader(&item, file_, path_ + "[]", trace_));
        }
    }
    return out;
}

const formats::YamlNode* Reader::any() const {
    note();
    return node_;
}

}  // namespace wavegate::desired
