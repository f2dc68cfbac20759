#include "operator/desired/report.hpp"

#include "operator/base/text.hpp"
#include "operator/desired/document.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace wavegate::desired {
namespace {

constexpr std::size_t kMostFindings = 500;

/// The deepest value on the way to `field` that is there.
const formats::YamlNode& nearest_value(const formats::YamlNode& root, std::string_view field) {
    while (!field.empty()) {
        if (const auto* value = value_at(root, field)) {
            return *value;
        }
        const auto cut = field.find_last_of(".[");
        field = cut == std::string_view::npos ? std::string_view() : field.substr(0, cut);
    }
    return root;
}

}  // namespace

bool Report::full() const {
    return found_.size() >= kMostFindings;
}

void Report::add(Diagnostic diagnostic) {
    if (full()) {
        ++dropped_;
    } else {
        found_.push_back(std::move(diagnostic));
    }
}

void Report::file(const std::string& name, int line, int column, std::string message) {
    add({Severity::Error, {name, line, column}, {}, {}, std::move(message)});
}

void Report::field(const Document& document, const std::string& field, std::string message) {
    if (document.is_faulty(field)) {
        return;
    }
    const auto& value = nearest_value(document.value, field);
    add(
        {Severity::Error,
         {document.file, value.line, value.column},
         document.object(),
         field,
         std::move(message)});
}

std::vector<Diagnostic> Report::take() && {
    std::stable_sort(found_.begin(), found_.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::tie(a.origin.file, a.origin.line, a.origin.column) <
               std::tie(b.origin.file, b.origin.line, b.origin.column);
    });
    if (dropped_ > 0) {
        found_.push_back(
            {Severity::Error, {}, {}, {}, fmt::format("{} more errors are not shown", dropped_)});
    }
    return std::move(found_);
}

std::string suggestion(std::string_view wrong, std::span<const std::string> known) {
    constexpr std::size_t most_listed = 8;
    // The distance costs the product of the lengths; names are short.
    if (const auto near = wrong.size() <= 64 ? nearest(wrong, known) : std::nullopt) {
        return fmt::format("; did you mean \"{}\"?", *near);
    }
    if (known.empty() || known.size() > most_listed) {
        return {};
    }
    return fmt::format("; known are {}", fmt::join(known, ", "));
}

}  // namespace wavegate::desired
