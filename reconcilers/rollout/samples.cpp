#include "reconcilers/rollout/samples.hpp"

#include <algorithm>
#include <chrono>

namespace wavegate::rollout {
namespace {

/// Far enough below kSampleGap that an answer that is some seconds late leaves no gap.
constexpr Duration kEach = std::chrono::seconds(25);
/// A multiplexer takes ten calls a second of everybody together: half of them.
constexpr Duration kCall = std::chrono::milliseconds(200);

Duration turn_of(std::size_t services) {
    const auto turn = kCall * static_cast<Duration::rep>(services);
    return turn > kEach ? turn : Duration(0);
}

}  // namespace

Samples::Samples(const Scene& scene, const Wave* wave, const Member& member)
    : scene_(scene), wave_(wave), member_(member) {
    if (wave != nullptr) {
        turn_ = turn_of(wave->soaking);
        // Of all that began: its last members are not held to what fits them alone.
        gap_ = 2 * turn_of(wave->soakers);
    }
    gap_ = std::max(gap_, kSampleGap);
}

Duration Samples::interval(Duration soak, Duration left) const {
    constexpr Duration least = std::chrono::seconds(1);
    // The last one when the soak is full, not up to an interval later.
    const auto own = std::min(std::clamp(soak / 3, least, kEach), std::max(left, least));
    return std::max(own, turn_);
}

Duration Samples::due() const {
    if (turn_ == Duration(0)) {
        return Duration(0);
    }
    const auto& all = wave_->to_jwt;
    const auto place = std::find(all.begin(), all.end(), &member_) - all.begin();
    return scene_.age(wave_->soaks_since) - kCall * place;
}

std::optional<Time> Samples::unseen_since() const {
    // A smaller wave's own samples tell it.
    const auto bearable = std::max(kSampleGap, gap_ / 4);
    if (gap_ <= kSampleGap || scene_.age(wave_->sampled) <= bearable) {
        return std::nullopt;
    }
    auto after = wave_->sampled;
    after.mono += Duration(1);
    return after;
}

}  // namespace wavegate::rollout
