#include "operator/access/gated_writes.hpp"

#include "operator/formats/json_secret.hpp"
#include "operator/formats/last_good.hpp"

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

Result<void> may_write(const Gate& gate, const VaultWrite& write) {
    const auto client = write.data.find(std::string(kClient));
    if (!write.data.contains(std::string(kSecret))) {
        return {};
    }
    return gate.may_keep(
        client == write.data.end() ? std::string() : text_of(formats::plain_text(*client->second)),
        write.path);
}

/// Is the secret the one that stood there before the multiplexer was wired, by the record that
/// stands beside it?
bool puts_back(const StackWrite& write, const SecretValue& secret) {
    const auto record = formats::read_last_outbound(write.env);
    const auto before =
        record ? record->find(std::string(kSecret)) : formats::LastOutbound::const_iterator();
    return record && before != record->end() && before->second != nullptr &&
           *before->second == *secret;
}

Result<void> may_write(const Gate& gate, const StackWrite& write) {
    const bool sets = std::find(write.sets.begin(), write.sets.end(), kSecret) != write.sets.end();
    const auto* secret = find_env(write.env, kSecret);
    if (!sets || secret == nullptr || *secret == nullptr || puts_back(write, *secret)) {
        return {};
    }
    const auto* client = find_env(write.env, kClient);
    return gate.may_hold(client == nullptr ? std::string() : text_of(*client), write.stack);
}

}  // namespace

Task<std::optional<VaultEntry>> GatedVault::read(std::string path) {
    return inner_->read(std::move(path));
}

Task<Receipt> GatedVault::apply(Permit permit) {
    if (const auto* write = permit.as<VaultWrite>()) {
        auto allowed = may_write(gate_, *write);
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

Task<SwarmView> GatedStacks::around(std::string stack, std::string service) {
    return inner_->around(std::move(stack), std::move(service));
}

Task<void> GatedStacks::watch(std::function<void(Hint)> tell) {
    return inner_->watch(std::move(tell));
}

Task<StackView> GatedStacks::stack(int id) {
    return inner_->stack(id);
}

Task<std::string> GatedStacks::file(int id) {
    return inner_->file(id);
}

Task<Receipt> GatedStacks::apply(Permit permit) {
    if (const auto* write = permit.as<StackWrite>()) {
        auto allowed = may_write(gate_, *write);
        if (!allowed) {
            co_return allowed.take_error();
        }
    }
    co_return co_await inner_->apply(std::move(permit));
}

}  // namespace wavegate::access
