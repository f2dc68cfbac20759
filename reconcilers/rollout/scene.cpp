#include "reconcilers/rollout/scene.hpp"

#include "operator/base/digest.hpp"
#include "operator/model/freeze.hpp"
#include "operator/model/landing.hpp"

#include <algorithm>

namespace wavegate::rollout {

const Intent* Scene::intent(const std::string& id) const {
    const auto known = settled.find(id);
    return known == settled.end() ? ledger.intent(id) : &known->second;
}

bool Scene::is_unsettled(const Intent& intent) const {
    return wavegate::is_unsettled(intent) && !settled.contains(intent.id);
}

bool Scene::begins_nothing() const {
    return ledger.paused() || freeze_at(desired, ledger, now.wall);
}

bool Scene::releases_on(const std::string& target) const {
    return std::any_of(released.begin(), released.end(), [&](const auto& intent_and_target) {
        return intent_and_target.second == target;
    });
}

const Evidence* Scene::evidence_since(CheckKind kind, const std::string& subject, Time since)
    const {
    const auto* evidence = ledger.latest(kind, subject);
    return evidence != nullptr && evidence->taken.mono >= since.mono ? evidence : nullptr;
}

const Evidence* Scene::through_since(const std::string& service, Time since) const {
    const auto restarted = record.multiplexer().since;
    return evidence_since(
        CheckKind::Through, service, since.mono < restarted.mono ? restarted : since);
}

Differences::Differences(const Diff& diff) {
    for (const auto& edit : diff.edits) {
        if (const auto* stack = edit.stack()) {
            edits[stack->service].push_back(&edit);
        }
    }
    for (const auto& obstacle : diff.obstacles) {
        obstacles.try_emplace(obstacle.service, &obstacle);
    }
}

const Edit* Scene::edit_for(const std::string& service, StackPurpose purpose) const {
    const auto at = differences.edits.find(service);
    if (at == differences.edits.end()) {
        return nullptr;
    }
    const auto edit = std::find_if(at->second.begin(), at->second.end(), [&](const Edit* each) {
        return each->stack()->purpose == purpose;
    });
    return edit == at->second.end() ? nullptr : *edit;
}

const Obstacle* Scene::obstacle_for(const std::string& service) const {
    const auto at = differences.obstacles.find(service);
    return at == differences.obstacles.end() ? nullptr : at->second;
}

const SwarmService* Scene::running(const std::string& service) const {
    const auto* spec = desired.service(service);
    return spec == nullptr ? nullptr : observed.running(spec->stack, spec->compose_service);
}

const WaveSpec* Scene::wave_of(const std::string& service) const {
    const auto* spec = desired.service(service);
    return spec == nullptr ? nullptr : desired.wave(spec->wave);
}

Duration Scene::soak_of(const std::string& service) const {
    const auto* spec = desired.service(service);
    const auto* wave = wave_of(service);
    const auto own = spec == nullptr ? Duration(0) : spec->soak.value_or(Duration(0));
    return wave == nullptr ? own : std::max(wave->soak, own);
}

Duration Scene::deadline_of(const std::string& service) const {
    constexpr Duration standard = std::chrono::minutes(10);
    const auto* spec = desired.service(service);
    const auto* wave = wave_of(service);
    const auto of_wave = wave == nullptr || wave->deadline.count() == 0 ? standard : wave->deadline;
    return spec == nullptr ? of_wave : spec->deadline.value_or(of_wave);
}

bool Scene::is_late(const std::string& service, Time since) const {
    return age(since) > deadline_of(service);
}

std::string tried_hash(const std::string& canonical_block, const std::string& image) {
    return short_hash(canonical_block + image, 16);
}

std::string tried_hash(const StackEdit& edit) {
    return tried_hash(canonical(edit.block_after), edit.image);
}

}  // namespace wavegate::rollout
