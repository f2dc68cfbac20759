#include "tests/sim/secret_search.hpp"

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <cstring>

namespace wavegate::testing {
namespace {

constexpr std::size_t kLeast = sizeof(std::uint64_t);

std::string json_escaped(std::string_view value) {
    const auto text = boost::json::serialize(boost::json::value(value));
    return text.substr(1, text.size() - 2);
}

/// The three ways in which base64 writes it, by where it stands in what is encoded; what
/// depends on its neighbours is cut off.
std::vector<std::string> base64_forms(const std::string& value) {
    std::vector<std::string> forms;
    for (std::size_t shift = 0; shift < 3; ++shift) {
        auto text = base64_encode(std::string(shift, 'x') + value);
        text = text.substr(shift == 0 ? 0 : shift + 1);
        const auto end = text.find('=');
        forms.push_back(text.substr(0, end == std::string::npos ? text.size() : end - 1));
    }
    return forms;
}

std::uint64_t head(const char* at) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, sizeof(bytes));
    return bytes;
}

}  // namespace

void SecretSearch::add(const std::string& name, const std::string& value) {
    if (value.size() >= kLeast) {
        values_.emplace(value, name);
    }
}

void SecretSearch::hear(const std::string& channel, std::string_view bytes) {
    heard_[channel].emplace(bytes);
}

SecretSearch::Forms SecretSearch::forms() const {
    Forms all;
    for (const auto& [value, name] : values_) {
        if (public_.contains(value)) {
            continue;
        }
        auto texts = base64_forms(value);
        texts.insert(texts.end(), {value, percent_encode(value), json_escaped(value)});
        for (auto& text : texts) {
            if (text.size() >= kLeast) {
                auto& alike = all[head(text.data())];
                alike.push_back({std::move(text), name});
            }
        }
    }
    return all;
}

std::set<std::string> SecretSearch::found() const {
    const auto secrets = forms();
    std::set<std::string> found;
    for (const auto& [channel, texts] : heard_) {
        for (const auto& text : texts) {
            for (const auto& name : names_in(text, secrets)) {
                found.insert(fmt::format("{} in {}", name, channel));
            }
        }
    }
    return found;
}

std::set<std::string> SecretSearch::names_in(const std::string& text, const Forms& forms) {
    std::set<std::string> names;
    for (std::size_t at = 0; at + kLeast <= text.size(); ++at) {
        const auto candidates = forms.find(head(text.data() + at));
        if (candidates == forms.end()) {
            continue;
        }
        for (const auto& form : candidates->second) {
            if (text.compare(at, form.text.size(), form.text) == 0) {
                names.insert(form.name);
            }
        }
    }
    return names;
}

}  // namespace wavegate::testing
