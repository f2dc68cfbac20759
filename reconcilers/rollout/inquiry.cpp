#include "reconcilers/rollout/inquiry.hpp"

#include <algorithm>

namespace wavegate::rollout {
namespace {

/// An answer that is neither good nor bad is asked for again, and for so long at most: somebody has
/// to be told of what fails.
constexpr Duration kUnclearAgain = std::chrono::seconds(5);
constexpr Duration kClearing = std::chrono::minutes(1);

}  // namespace

Inquiry::Inquiry(
    const Scene& scene,
    const WatchedServices& services,
    std::size_t place,
    Time since,
    Move& move)
    : scene_(scene),
      services_(services),
      place_(place),
      member_(*services.all()[place].member),
      kind_(services.all()[place].bad->kind),
      since_(since),
      move_(move) {}

/// It is asked where nothing was answered yet.
const Evidence* Inquiry::answer(CheckKind kind, const std::string& subject) {
    const auto* evidence = kind == CheckKind::Through
                               ? scene_.through_since(subject, since_)
                               : scene_.evidence_since(kind, subject, since_);
    if (evidence == nullptr) {
        move_.asks(kind, subject, member_.to);
        asking_ = true;
    }
    return evidence;
}

bool Inquiry::holds(CheckKind kind, const std::string& subject) {
    const auto* evidence = answer(kind, subject);
    return evidence == nullptr || evidence->verdict == Verdict::Pass;
}

bool Inquiry::control_points_hold() {
    const auto& fleet = scene_.desired.fleet;
    bool good = true;
    if (kind_ == CheckKind::Through || kind_ == CheckKind::Direct) {
        good = holds(CheckKind::Token, fleet.name);
        good = holds(CheckKind::Policy, fleet.name) && good;
    }
    if (kind_ == CheckKind::Through) {
        good = holds(CheckKind::Children, fleet.multiplexer.stack) && good;
    }
    return good;
}

bool Inquiry::others_fail() {
    const auto& all = services_.all();
    std::size_t others = 0;
    std::size_t bad = 0;
    bool unclear = false;
    for (std::size_t i = 1; i < all.size() && others < kControls; ++i) {
        const auto& other = *all[(place_ + i) % all.size()].member;
        if (other.phase() != Phase::Ready || other.to != member_.to) {
            continue;
        }
        const auto* said = answer(kind_, other.service);
        const bool fails = said != nullptr && services_.is_bad(*said);
        const bool counts = said == nullptr || fails || said->verdict == Verdict::Pass;
        others += counts ? 1 : 0;
        bad += fails ? 1 : 0;
        if (!counts && scene_.age(since_) < kClearing) {
            services_.ask_again(move_, kind_, other, kUnclearAgain);
            unclear = true;
        }
    }
    asking_ = asking_ || (others == 0 && unclear);
    return others > 0 && bad >= std::min<std::size_t>(others, 2);
}

}  // namespace wavegate::rollout
