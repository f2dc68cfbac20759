#include "reconcilers/gates/spent.hpp"

#include "operator/base/digest.hpp"

#include <utility>

namespace wavegate::gates {
namespace {

/// Clocks differ by less than this (gate 1), and no verifier bears more.
constexpr Duration kGrace = std::chrono::seconds(30);

}  // namespace

void Spent::keep(const std::string& client, const Token& token, Time now) {
    if (client != client_) {
        client_ = client;
        old_.reset();
        young_.reset();
    }
    if (young_ && young_->is_past(now)) {
        old_ = std::exchange(young_, std::nullopt);
    }
    if (!young_ && token.value != nullptr) {
        const Duration life = token.expires_in + kGrace;
        young_ = Kept{token.value, {now.wall + life, now.mono + life}};
    }
}

SecretValue Spent::expired(const std::string& client, Time now) const {
    if (client != client_) {
        return nullptr;
    }
    if (young_ && young_->is_past(now)) {
        return young_->token;
    }
    return old_ && old_->is_past(now) ? old_->token : nullptr;
}

Duration Spent::seen_for(const std::string& keys, Mono now) {
    auto digest = short_hash(keys, 32);
    if (digest != keys_) {
        keys_ = std::move(digest);
        keys_since_ = now;
    }
    return now - keys_since_;
}

}  // namespace wavegate::gates
