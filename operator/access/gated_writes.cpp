#include "operator/access/gated_writes.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace wavegate::access {
namespace {

constexpr std::string_view kClient = "OIDC_CLIENT_ID";
constexpr std::string_view kSecret = "OIDC_CLIENT_SECRET";

std::string text_of(const SecretValue& value) {
    return value ? value->reveal([](std::string_view bytes) { return std::string(bytes); })
                 : std::string();
}

Result<void> may_write(const Gate& gate, const SecretEdit& edit) {
    const auto client = edit.data.find(std::string(kClient));
    if (!edit.data.contains(std::string(kSecret))) {
        return {};
    }
    return gate.may_keep(
        client == edit.data.end() ? std::string() : text_of(client->second), edit.path);
}

/// The value that the stack's Env would hold afterwards.
SecretValue value_after(const StackEdit& edit, const Live& live, std::string_view name) {
    const auto changed =
        std::find_if(edit.env.begin(), edit.env.end(), [&](const EnvChange& change) {
            return change.name == name;
        });
    if (changed != edit.env.end()) {
        return changed->value;
    }
    const auto* stands = live.stack ? find_env(live.stack->env, name) : nullptr;
    return stands == nullptr ? nullptr : *stands;
}

Result<void> may_write(const Gate& gate, const StackEdit& edit, const Live& live) {
    const bool back =
        edit.purpose == StackPurpose::WayBack || edit.purpose == StackPurpose::Unwiring;
    const bool puts = std::any_of(edit.env.begin(), edit.env.end(), [](const EnvChange& change) {
        return change.name == kSecret && change.value;
    });
    if (back || !puts) {
        return {};
    }
    return gate.may_hold(text_of(value_after(edit, live, kClient)), edit.stack);
}

}  // namespace

Task<std::optional<VaultEntry>> GatedVault::read(std::string path) {
    return inner_->read(std::move(path));
}

Task<Receipt> GatedVault::apply(Permit permit) {
    if (const auto* edit = std::get_if<SecretEdit>(&permit.edit().body)) {
        auto allowed = may_write(gate_, *edit);
        if (!allowed) {
            co_return allowed.take_error();
        }
    }
    co_return co_await inner_->apply(std::move(permit));
}

Task<std::vector<StackView>> GatedStacks::list() {
    return inner_->list();
}

Task<SwarmView> GatedStacks::swarm() {
    return inner_->swarm();
}

Task<StackView> GatedStacks::stack(int id) {
    return inner_->stack(id);
}

Task<std::string> GatedStacks::file(int id) {
    return inner_->file(id);
}

Task<Receipt> GatedStacks::apply(Permit permit) {
    if (const auto* edit = permit.edit().stack()) {
        auto allowed = may_write(gate_, *edit, permit.live());
        if (!allowed) {
            co_return allowed.take_error();
        }
    }
    co_return co_await inner_->apply(std::move(permit));
}

}  // namespace wavegate::access
