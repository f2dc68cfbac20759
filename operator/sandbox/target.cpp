#include "operator/sandbox/target.hpp"

#include "operator/base/text.hpp"

#include <algorithm>

namespace wavegate::sandbox {
namespace {

std::string form_decode(std::string_view text) {
    std::string plus(text);
    std::replace(plus.begin(), plus.end(), '+', ' ');
    std::string out;
    return percent_decode(plus, out) ? out : plus;
}

}  // namespace

std::string Form::get(const std::string& name) const {
    const auto it = fields.find(name);
    return it == fields.end() ? std::string() : it->second;
}

Form parse_form(std::string_view text) {
    Form form;
    while (!text.empty()) {
        const auto field = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), field.size() + 1));
        if (field.empty()) {
            continue;
        }
        const auto equals = field.find('=');
        const auto value =
            equals == std::string_view::npos ? std::string_view() : field.substr(equals + 1);
        auto [it, fresh] =
            form.fields.emplace(form_decode(field.substr(0, equals)), form_decode(value));
        form.repeated = form.repeated || !fresh;
    }
    return form;
}

Target parse_target(std::string_view url) {
    Target target;
    auto rest = url_target(url);
    if (const auto query = rest.find('?'); query != std::string_view::npos) {
        target.query = parse_form(rest.substr(query + 1));
        rest = rest.substr(0, query);
    }
    target.path = std::string(rest);
    while (!rest.empty()) {
        rest.remove_prefix(1);
        const auto segment = rest.substr(0, rest.find('/'));
        std::string decoded;
        if (!percent_decode(segment, decoded)) {
            decoded = std::string(segment);
        }
        target.segments.push_back(std::move(decoded));
        rest.remove_prefix(segment.size());
    }
    return target;
}

}  // namespace wavegate::sandbox
