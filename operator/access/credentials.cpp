#include "operator/access/credentials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <utility>

namespace wavegate::access {
namespace {

constexpr std::size_t kLongestSecret = 64U << 10U;

/// Editors and `echo` end files with a line break that is no part of the secret.
Result<SecretValue> to_secret(std::string text, const std::string& reference) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
        text.pop_back();
    }
    if (text.empty()) {
        return Error(ErrorKind::NotFound, reference + " is empty");
    }
    return make_secret(std::move(text));
}

Result<SecretValue> read_secret_file(const std::string& path, const std::string& reference) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return Error(ErrorKind::NotFound, reference + " can't be opened");
    }
    std::string text(kLongestSecret + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    const auto size = static_cast<std::size_t>(file.gcount());
    if (file.bad() || size > kLongestSecret) {
        wipe(text);
        return Error(ErrorKind::Invalid, reference + " is no file of at most 64 KiB");
    }
    text.resize(size);
    return to_secret(std::move(text), reference);
}

bool leaves_its_folder(const std::string& reference) {
    return reference.starts_with("file:") && reference.find("/..") != std::string::npos;
}

}  // namespace

Result<SecretValue> read_own(const Reference& reference, const settings::Environment& environment) {
    const auto& text = reference.text;
    if (text.starts_with("env:")) {
        auto value = environment(text.substr(4));
        if (!value) {
            return Error(ErrorKind::NotFound, text + " is not set");
        }
        return to_secret(std::move(*value), text);
    }
    if (text.starts_with("file:")) {
        return read_secret_file(text.substr(5), text);
    }
    return Error(ErrorKind::Invalid, text + " is neither a variable nor a file");
}

AllowedCredentials::AllowedCredentials(
    std::vector<settings::ReferenceRule> rules,
    settings::Environment environment,
    Blocking& blocking,
    VaultReferences& vault)
    : rules_(std::move(rules)),
      environment_(std::move(environment)),
      blocking_(blocking),
      vault_(vault) {}

Result<void> AllowedCredentials::allow(const std::string& reference, const std::string& host) {
    const auto matches = [&](const settings::ReferenceRule& rule) {
        return settings::fits(rule.pattern, reference);
    };
    const auto rule = std::find_if(rules_.begin(), rules_.end(), matches);
    if (rule == rules_.end() || leaves_its_folder(reference)) {
        return Error(
            ErrorKind::Denied,
            fmt::format("{} is not among the references of operator.yaml", reference));
    }
    const auto bound_by_rule = [&](const settings::ReferenceRule& other) {
        return matches(other) && other.host == host;
    };
    const bool named = std::any_of(rules_.begin(), rules_.end(), bound_by_rule);
    if (named && !host.empty()) {
        return {};
    }
    if (!rule->host.empty()) {
        return Error(
            ErrorKind::Denied,
            fmt::format(
                "{} is bound to {} and may not be sent to {}", reference, rule->host, host));
    }
    const auto [first, fresh] = bound_.emplace(reference, host);
    if (!fresh && first->second != host) {
        return Error(
            ErrorKind::Denied,
            fmt::format(
                "{0} was sent to {1} first and is bound to it: it may not go to {2}; to move it, "
                "write {{ ref: \"{0}\", host: \"{2}\" }} into operator.yaml and restart",
                reference,
                first->second,
                host));
    }
    return {};
}

Task<SecretValue> AllowedCredentials::resolve(Reference reference, std::string host) {
    auto allowed = allow(reference.text, host);
    if (!allowed) {
        co_return allowed.take_error();
    }
    if (reference.text.starts_with("openbao:")) {
        co_return co_await vault_.read(std::move(reference.text));
    }
    co_return co_await resolve_own(std::move(reference));
}

Task<SecretValue> AllowedCredentials::resolve_own(Reference reference) {
    if (!reference.text.starts_with("file:")) {
        co_return read_own(reference, environment_);
    }
    std::function<Result<SecretValue>()> read = [reference] { return read_own(reference, {}); };
    co_return co_await run_blocking(blocking_, std::move(read));
}

}  // namespace wavegate::access
