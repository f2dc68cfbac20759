#include "operator/settings/reference_rules.hpp"

#include "operator/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace wavegate::settings {
namespace {

constexpr std::string_view kService = "service:";
constexpr std::string_view kStack = "stack:";
constexpr std::string_view kPath = "path:";

/// Where a rule of WAVEGATE_REFERENCES lets its secret go: an origin, or service:NAME.
Result<void> take_place(ReferenceRule& rule, const std::string& place) {
    if (place.starts_with(kService) && place.size() > kService.size()) {
        rule.services.push_back(place.substr(kService.size()));
        return {};
    }
    if (place.find("://") == std::string::npos && is_reference(rule.pattern)) {
        return Error(
            ErrorKind::Invalid,
            fmt::format(
                "names a host, which is no origin any more: write {0}@https://{1}, or http://{1} "
                "where no TLS is spoken",
                rule.pattern,
                place));
    }
    auto origin = parse_origin(place);
    if (!origin) {
        return origin.take_error();
    }
    rule.to.push_back(std::move(*origin));
    return {};
}

/// "NAME@ITEM|ITEM,…"; `shape` says so where an entry is none.
Result<std::map<std::string, std::vector<std::string>>> named_lists(
    std::string_view list,
    std::string_view shape) {
    std::map<std::string, std::vector<std::string>> all;
    for (const auto& item : items_of_list(list)) {
        const auto at = item.rfind('@');
        if (at == 0 || at == std::string::npos || at + 1 == item.size()) {
            return Error(ErrorKind::Invalid, fmt::format("is no {}", shape));
        }
        all[item.substr(0, at)] = items_of_list(std::string_view(item).substr(at + 1), '|');
    }
    return all;
}

}  // namespace

bool is_reference(std::string_view text) {
    return (text.starts_with("env:") && text.size() > 4) || text.starts_with("file:/") ||
           (text.starts_with("openbao:") && text.size() > 8);
}

bool fits(std::string_view pattern, std::string_view text) {
    std::size_t p = 0;
    std::size_t t = 0;
    auto star = std::string_view::npos;
    std::size_t resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') {
        ++p;
    }
    return p == pattern.size();
}

std::string fault_of(const ReferenceRule& rule) {
    if (!is_reference(rule.pattern)) {
        return "is no reference: env:NAME, file:/path or openbao:path#key, with * for any run";
    }
    if (rule.pattern.find("/../") != std::string::npos) {
        return "may hold no /../";
    }
    if (rule.to.empty() && rule.services.empty()) {
        return fmt::format(
            "names no origin that the secret may be sent to: write {{ ref: \"{0}\", to: [ "
            "\"https://HOST\" ] }}, or {{ ref: \"{0}\", services: [ NAME ] }} for a value of a "
            "service's Env",
            rule.pattern);
    }
    return {};
}

std::string cure_for_host(std::string_view reference, std::string_view host) {
    return fmt::format(
        "names a host, which is no origin any more: write {{ ref: \"{0}\", to: [ \"https://{1}\" ] "
        "}}, or http://{1} where no TLS is spoken",
        reference,
        host);
}

std::vector<std::string> items_of_list(std::string_view list, char separator) {
    std::vector<std::string> items;
    while (!list.empty()) {
        const auto end = std::min(list.find(separator), list.size());
        items.emplace_back(trim(list.substr(0, end)));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return items;
}

Result<std::vector<ReferenceRule>> parse_rules(std::string_view list) {
    std::vector<ReferenceRule> rules;
    for (const auto& item : items_of_list(list)) {
        const auto at = item.rfind('@');
        ReferenceRule rule;
        rule.pattern = item.substr(0, at);
        const auto places = at == std::string::npos ? std::string() : item.substr(at + 1);
        for (const auto& place : items_of_list(places, '|')) {
            if (auto taken = take_place(rule, place); !taken) {
                return taken.take_error();
            }
        }
        if (auto wrong = fault_of(rule); !wrong.empty()) {
            return Error(ErrorKind::Invalid, std::move(wrong));
        }
        rules.push_back(std::move(rule));
    }
    return rules;
}

Result<std::map<std::string, ClientRule>> parse_clients(std::string_view list) {
    std::map<std::string, ClientRule> clients;
    for (const auto& item : items_of_list(list)) {
        const auto at = item.find('@');
        if (at == 0 || at == std::string::npos) {
            return Error(ErrorKind::Invalid, "is no CLIENT@stack:NAME|path:PATH");
        }
        auto& rule = clients[item.substr(0, at)];
        for (const auto& place : items_of_list(std::string_view(item).substr(at + 1), '|')) {
            if (place.starts_with(kStack) && place.size() > kStack.size()) {
                rule.stacks.push_back(place.substr(kStack.size()));
            } else if (place.starts_with(kPath) && place.size() > kPath.size()) {
                rule.paths.push_back(place.substr(kPath.size()));
            } else {
                return Error(ErrorKind::Invalid, "is no CLIENT@stack:NAME|path:PATH");
            }
        }
    }
    return clients;
}

Result<std::map<std::string, std::vector<std::string>>> parse_env_rules(std::string_view list) {
    return named_lists(list, "SERVICE@KEY|KEY");
}

Result<std::map<std::string, std::vector<std::string>>> parse_env_files(std::string_view list) {
    const auto written = named_lists(list, "FILE@SERVICE|SERVICE");
    if (!written) {
        return written.error();
    }
    std::map<std::string, std::vector<std::string>> files;
    for (const auto& [file, services] : *written) {
        if (auto wrong = fault_of_env_file(file, services); !wrong.empty()) {
            return Error(ErrorKind::Invalid, std::move(wrong));
        }
        files[plain_env_file(file)] = services;
    }
    return files;
}

std::string fault_of_env_file(const std::string& file, const std::vector<std::string>& services) {
    const std::filesystem::path path(file);
    const bool climbs = std::find(path.begin(), path.end(), "..") != path.end();
    if (path.is_absolute() || climbs || !path.has_filename()) {
        return "names no file below envRoot, like shared/common.env";
    }
    const bool nobody = std::find(services.begin(), services.end(), "") != services.end();
    if (services.empty() || nobody) {
        return "names no service that the file goes to";
    }
    return {};
}

std::string plain_env_file(const std::string& file) {
    return std::filesystem::path(file).lexically_normal().string();
}

Result<std::vector<OriginPattern>> parse_origins(std::string_view list) {
    std::vector<OriginPattern> origins;
    for (const auto& item : items_of_list(list)) {
        auto origin = parse_origin(item);
        if (!origin) {
            return origin.take_error();
        }
        origins.push_back(std::move(*origin));
    }
    return origins;
}

}  // namespace wavegate::settings
