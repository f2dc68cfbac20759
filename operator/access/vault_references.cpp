#include "operator/access/vault_references.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string_view>
#include <utility>

namespace wavegate::access {
namespace {

constexpr std::string_view kScheme = "openbao:";
constexpr Duration kFresh = std::chrono::minutes(1);

struct Parts {
    std::string path;
    std::string key;
};

Result<Parts> split(std::string_view reference, const std::string& mount) {
    auto rest = reference.substr(kScheme.size());
    const auto hash = rest.rfind('#');
    if (hash == std::string_view::npos || hash + 1 == rest.size()) {
        return Error(
            ErrorKind::Invalid,
            fmt::format("{} names no key; write openbao:mount/path#key", reference));
    }
    const auto key = rest.substr(hash + 1);
    rest = rest.substr(0, hash);
    const auto prefix = mount + "/";
    if (!rest.starts_with(prefix) || rest.size() == prefix.size()) {
        return Error(
            ErrorKind::Invalid,
            fmt::format("{} does not stand below {}, the mount of spec.openbao", reference, mount));
    }
    return Parts{std::string(rest.substr(prefix.size())), std::string(key)};
}

/// What says that the secret is not there any more, rather than that nobody can tell now.
bool is_answer(ErrorKind kind) {
    return kind == ErrorKind::NotFound || kind == ErrorKind::Denied || kind == ErrorKind::Invalid;
}

}  // namespace

void VaultReferences::use(std::weak_ptr<Vault> vault, Place place) {
    if (place != place_) {
        kept_.clear();
    }
    vault_ = std::move(vault);
    place_ = std::move(place);
}

Task<SecretValue> VaultReferences::read(std::string reference) {
    const auto known = kept_.find(reference);
    if (known != kept_.end() && clock_.now().mono < known->second.until) {
        co_return known->second.secret;
    }
    auto parts = split(reference, place_.mount);
    if (!parts) {
        co_return parts.take_error();
    }
    const auto place = place_;
    auto secret = co_await ask(std::move(parts->path), std::move(parts->key), reference);
    if (place != place_) {
        // The desired state moved meanwhile: it says nothing of the entry that is meant now.
        co_return secret;
    }
    if (secret) {
        kept_[reference] = Kept{*secret, clock_.now().mono + kFresh};
        co_return std::move(*secret);
    }
    const auto last = kept_.find(reference);
    if (last == kept_.end()) {
        co_return secret.take_error();
    }
    if (is_answer(secret.error().kind())) {
        kept_.erase(last);
        co_return secret.take_error();
    }
    co_return last->second.secret;
}

Task<SecretValue> VaultReferences::ask(std::string path, std::string key, std::string reference) {
    const auto vault = vault_.lock();
    if (!vault) {
        co_return Error(
            ErrorKind::Unavailable,
            reference + " can't be read: no desired state names a vault yet");
    }
    const auto where =
        place_.name_space.empty() ? std::string() : " in the namespace " + place_.name_space;
    auto entry = co_await vault->read(std::move(path));
    if (!entry) {
        co_return entry.take_error().in(reference);
    }
    if (!*entry) {
        co_return Error(ErrorKind::NotFound, reference + ": there is no such entry" + where);
    }
    const auto found = (*entry)->data.find(key);
    if (found == (*entry)->data.end() || !found->second) {
        co_return Error(ErrorKind::NotFound, reference + ": the entry has no such key");
    }
    co_return found->second;
}

}  // namespace wavegate::access
