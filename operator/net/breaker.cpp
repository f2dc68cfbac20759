#include "operator/net/breaker.hpp"

namespace wavegate::net {

std::optional<Duration> Breaker::refuses(Mono now) {
    if (!opened_) {
        return std::nullopt;
    }
    const Duration left = probing_since_.value_or(*opened_) + open_for_ - now;
    if (left > Duration(0)) {
        return left;
    }
    probing_since_ = now;
    return std::nullopt;
}

void Breaker::succeeded() {
    failures_ = 0;
    probing_since_.reset();
    opened_.reset();
}

void Breaker::failed(Mono now) {
    ++failures_;
    probing_since_.reset();
    if (open_after_ > 0 && failures_ >= open_after_) {
        opened_ = now;
    }
}

}  // namespace wavegate::net
