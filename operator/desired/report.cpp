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

constexpr std::size_t kMostFindings = 200;
/// Signs of one name times signs of the other, of all suggestions together: a tenth of a second.
constexpr std::size_t kMostCompared = 50'000'000;
constexpr std::size_t kLongestField = 300;

/// Keys of free maps are as long as their author likes.
std::string clipped(std::string field) {
    if (field.size() <= kLongestField) {
        return field;
    }
    auto end = kLongestField;
    while (end > 0 && (static_cast<unsigned char>(field[end]) & 0xC0U) == 0x80) {
        --end;  // not in the middle of a sign
    }
    return field.substr(0, end) + "…";
}

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

std::size_t Report::room() const {
    return kMostFindings - std::min(found_.size(), kMostFindings);
}

void Report::add(Diagnostic diagnostic) {
    if (!full()) {
        diagnostic.field = clipped(std::move(diagnostic.field));
        found_.push_back(std::move(diagnostic));
    }
}

void Report::file(const std::string& name, int line, int column, std::string message) {
    add({Severity::Error, {name, line, column}, {}, {}, std::move(message)});
}

void Report::field(const Document& document, const std::string& field, std::string message) {
    if (full() || document.is_faulty(field)) {
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
    if (full()) {
        found_.push_back(
            {Severity::Error,
             {},
             {},
             {},
             fmt::format("checking stopped at {} errors; mend these first", kMostFindings)});
    }
    return std::move(found_);
}

std::string Report::suggestion(std::string_view wrong, std::span<const std::string> known) {
    if (full()) {
        return {};
    }
    for (const auto& name : known) {
        compared_ += wrong.size() * name.size();
    }
    return compared_ <= kMostCompared ? desired::suggestion(wrong, known) : std::string();
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
