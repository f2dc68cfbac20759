#include "reconcilers/rollout/watched.hpp"

#include "operator/model/inputs.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace wavegate::rollout {
namespace {

constexpr std::array kEnforcing{
    CheckKind::Unauthorized,
    CheckKind::Direct,
    CheckKind::Through,
    CheckKind::Canary};
constexpr std::array kOpen{CheckKind::Open, CheckKind::Through};

std::span<const CheckKind> questions_of(const Member& member) {
    if (member.to == AuthMode::Jwt) {
        return kEnforcing;
    }
    return kOpen;
}

bool is_watched(const Scene& scene, const Member& member) {
    if (member.phase() != Phase::Ready && member.phase() != Phase::Degraded) {
        return false;
    }
    const auto* service = scene.desired.service(member.service);
    return member.to == AuthMode::Jwt || (service != nullptr && service->declared);
}

}  // namespace

CheckKind first_question(const Member& member) {
    return questions_of(member).front();
}

WatchedServices::WatchedServices(const Scene& scene)
    : scene_(scene), wired_(scene.multiplexer_is(MultiplexerStage::Wired)) {
    for (const auto& member : scene.record.members()) {
        if (is_watched(scene, member)) {
            Watched one;
            one.member = &member;
            one.bad = first_bad(member);
            all_.push_back(one);
        }
    }
    for (std::size_t i = 0; i < all_.size(); ++i) {
        all_[i].turn = turn_of(scene.desired.fleet.watch, i, all_.size(), scene.now.wall);
    }
}

const Evidence* WatchedServices::latest(CheckKind kind, const Member& member) const {
    return scene_.ledger.latest(kind, member.service);
}

Wall WatchedServices::asked_at(CheckKind kind, const Member& member) const {
    const auto* evidence = latest(kind, member);
    return evidence == nullptr ? Wall() : scene_.now.wall - scene_.age(evidence->taken);
}

bool WatchedServices::calls_through(const Member& member) const {
    const auto* open = latest(CheckKind::Open, member);
    return wired_ &&
           (member.to == AuthMode::Jwt || (open != nullptr && open->verdict == Verdict::Pass));
}

std::size_t WatchedServices::failing(std::initializer_list<CheckKind> kinds) const {
    const auto fails = [&](const Watched& one) {
        return one.member->phase() == Phase::Ready && one.bad != nullptr &&
               std::find(kinds.begin(), kinds.end(), one.bad->kind) != kinds.end();
    };
    return static_cast<std::size_t>(std::count_if(all_.begin(), all_.end(), fails));
}

void WatchedServices::ask_again(Move& move, CheckKind kind, const Member& member, Duration pause)
    const {
    const auto* evidence = latest(kind, member);
    const auto age = evidence == nullptr ? pause : scene_.age(evidence->taken);
    if (age >= pause) {
        move.asks(kind, member.service, member.to);
    } else {
        move.decides(pause - age);
    }
}

const Evidence* WatchedServices::first_bad(const Member& member) const {
    for (const auto kind : questions_of(member)) {
        const auto* evidence = latest(kind, member);
        if (evidence != nullptr && is_bad(*evidence)) {
            return evidence;
        }
    }
    return nullptr;
}

bool WatchedServices::is_bad(const Evidence& evidence) const {
    const bool no_answer =
        evidence.seen == ProbeClass::Converging ||
        (evidence.verdict == Verdict::Unknown && evidence.seen == ProbeClass::None);
    if (evidence.verdict == Verdict::Pass || no_answer) {
        return false;
    }
    const bool of_before =
        evidence.kind == CheckKind::Through &&
        (!wired_ || evidence.taken.mono < scene_.record.multiplexer().since.mono);
    return !of_before &&
           evidence.inputs == service_inputs(scene_.desired, scene_.observed, evidence.subject);
}

}  // namespace wavegate::rollout
