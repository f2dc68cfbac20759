#include "operator/access/credentials.hpp"

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
    const Gate& gate,
    settings::Environment environment,
    Blocking& blocking,
    VaultReferences& vault)
    : gate_(gate), environment_(std::move(environment)), blocking_(blocking), vault_(vault) {}

Task<SecretValue> AllowedCredentials::resolve(Reference reference, std::string url) {
    auto allowed = gate_.may_send(Credential::given(reference.text), url);
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
