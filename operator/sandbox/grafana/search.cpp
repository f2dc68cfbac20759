#include "operator/sandbox/grafana/search.hpp"

#include "operator/base/text.hpp"

#include <algorithm>
#include <charconv>

namespace wavegate::sandbox {

namespace {

bool matches(const GrafanaTag& tag, const GrafanaTag& asked) {
    return tag.key == asked.key && (asked.value.empty() || tag.value == asked.value);
}

bool carries(
    const GrafanaAnnotation& annotation,
    const std::vector<GrafanaTag>& asked,
    bool match_any) {
    const auto tags = parse_tags(annotation.tags);
    const auto hits = std::count_if(tags.begin(), tags.end(), [&](const GrafanaTag& tag) {
        return std::any_of(
            asked.begin(), asked.end(), [&](const GrafanaTag& one) { return matches(tag, one); });
    });
    return match_any ? hits > 0 : static_cast<std::size_t>(hits) == asked.size();
}

std::int64_t number_or_zero(std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::string decoded(std::string_view text) {
    std::string plus(text);
    std::replace(plus.begin(), plus.end(), '+', ' ');
    std::string out;
    return percent_decode(plus, out) ? out : plus;
}

}  // namespace

std::vector<GrafanaTag> parse_tags(const std::vector<std::string>& tags) {
    std::vector<GrafanaTag> out;
    for (const std::string_view text : tags) {
        const auto colon = text.find(':');
        GrafanaTag tag;
        tag.key = std::string(trim(text.substr(0, colon)));
        if (colon != std::string_view::npos) {
            const auto rest = text.substr(colon + 1);
            tag.value = std::string(trim(rest.substr(0, rest.find(':'))));
        }
        if (!tag.key.empty() && std::find(out.begin(), out.end(), tag) == out.end()) {
            out.push_back(std::move(tag));
        }
    }
    return out;
}

std::vector<std::string> join_tags(const std::vector<GrafanaTag>& tags) {
    std::vector<std::string> out;
    out.reserve(tags.size());
    for (const auto& tag : tags) {
        out.push_back(tag.value.empty() ? tag.key : tag.key + ":" + tag.value);
    }
    return out;
}

GrafanaSearch parse_search(std::string_view query) {
    GrafanaSearch asked;
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        const auto equals = std::min(pair.find('='), pair.size());
        const auto name = pair.substr(0, equals);
        const auto value = decoded(pair.substr(std::min(equals + 1, pair.size())));
        if (name == "tags") {
            asked.tags.push_back(value);
        } else if (name == "matchAny") {
            asked.match_any = value == "true";
        } else if (name == "from") {
            asked.from = number_or_zero(value);
        } else if (name == "to") {
            asked.to = number_or_zero(value);
        } else if (name == "limit" && number_or_zero(value) > 0) {
            asked.limit = static_cast<std::size_t>(number_or_zero(value));
        }
    }
    return asked;
}

std::vector<GrafanaAnnotation> search(
    const std::vector<GrafanaAnnotation>& annotations,
    const GrafanaSearch& asked) {
    const auto tags = parse_tags(asked.tags);
    std::vector<GrafanaAnnotation> found;
    for (const auto& annotation : annotations) {
        const bool timed = asked.from > 0 && asked.to > 0;
        const bool within =
            !timed || (annotation.time <= asked.to && annotation.time_end >= asked.from);
        if (within && (tags.empty() || carries(annotation, tags, asked.match_any))) {
            found.push_back(annotation);
        }
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
        return a.time_end != b.time_end ? a.time_end > b.time_end : a.time > b.time;
    });
    found.resize(std::min(found.size(), asked.limit));
    return found;
}

}  // namespace wavegate::sandbox
