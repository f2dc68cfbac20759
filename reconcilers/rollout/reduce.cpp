#include "reconcilers/rollout/reduce.hpp"

#include "operator/base/log.hpp"
#include "operator/model/inputs.hpp"
#include "operator/model/rollout_id.hpp"
#include "reconcilers/rollout/settle.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::rollout {

Reducer::Reducer(
    const DesiredState& desired,
    const Observed& observed,
    const Diff& diff,
    const RolloutRecord& record,
    const Ledger& ledger,
    Time now)
    : desired_(desired),
      before_(record),
      now_(now),
      differences_(diff),
      settled_(settle(observed, desired, diff, ledger, now)),
      scene_{desired, observed, diff, differences_, step_.next, ledger, now, released_, settled_} {
    auto own = std::make_shared<RolloutFields>(record.fields());
    fields_ = own.get();
    step_.next.fields_ = std::move(own);
    for (const auto& [id, intent] : settled_) {
        step_.settled.push_back(intent);
    }
    begin_round();
}

/// A record in which nothing changed is the one that was there.
Step Reducer::take() {
    if (step_.next == before_) {
        step_.next = before_;
    }
    return std::move(step_);
}

void Reducer::begin_round() {
    step_.ask.clear();
    step_.waits.clear();
    step_.holds.clear();
    step_.look_again = now_.mono + kResync;
    step_.see_again = now_.mono + kResync;
    changed_ = false;
}

Member& Reducer::own(const Member& member) {
    auto& members = fields().members;
    const auto at = &member - members.data();
    return members.at(static_cast<std::size_t>(at));
}

void Reducer::ask(const Question& question) {
    const auto asked = std::find_if(step_.ask.begin(), step_.ask.end(), [&](const Check& check) {
        return check.kind == question.kind && check.subject == question.subject;
    });
    if (asked != step_.ask.end()) {
        asked->brief = asked->brief && question.brief;
        return;
    }
    Check check;
    check.kind = question.kind;
    check.subject = question.subject;
    check.mode = question.mode;
    check.brief = question.brief;
    const auto& observed = scene_.observed;
    if (check.kind == CheckKind::Token) {
        check.inputs = token_inputs(desired_, observed);
    } else if (check.kind == CheckKind::Policy) {
        check.inputs = policy_inputs(desired_, observed);
    } else {
        check.inputs = service_inputs(desired_, observed, check.subject);
    }
    step_.ask.push_back(std::move(check));
}

std::string Reducer::release(const Edit& edit) {
    auto released = edit;
    released.intent = fmt::format("{}@{}", edit.id, now_.wall.time_since_epoch().count());
    released.rollout = record().id();
    auto id = released.intent;
    if (released_.emplace(id, released.target).second) {
        step_.release.push_back(std::move(released));
        changed_ = true;
    }
    return id;
}

bool Reducer::releases_env_sync() const {
    return std::any_of(step_.release.begin(), step_.release.end(), [](const Edit& edit) {
        return edit.kind() == "envsync";
    });
}

void Reducer::wait(Wait wait) {
    step_.waits.push_back(std::move(wait));
}

void Reducer::hold(const std::string& object, Hold hold) {
    if (hold.reason != Reason::None || !hold.message.empty()) {
        step_.holds[object] = std::move(hold);
    }
}

void Reducer::event(std::string kind, std::string object, std::string reason, std::string message) {
    Event event;
    event.at = now_;
    event.kind = std::move(kind);
    event.object = std::move(object);
    event.reason = std::move(reason);
    event.message = std::move(message);
    step_.events.push_back(std::move(event));
    step_.anew = true;
}

void Reducer::good_news(std::string object, std::string reason, std::string message) {
    const bool anew = step_.anew;
    event("Normal", std::move(object), std::move(reason), std::move(message));
    step_.anew = anew;
}

void Reducer::look(Duration from_now) {
    step_.see_again = std::min(step_.see_again, now_.mono + std::max(from_now, Duration(0)));
    decide_again(from_now);
}

void Reducer::decide_again(Duration from_now) {
    step_.look_again = std::min(step_.look_again, now_.mono + std::max(from_now, Duration(0)));
}

void Reducer::internal_error(const std::string& object, const std::string& message) {
    sound_ = false;
    log::error("{}: {}", object, message);
    event("Warning", object, "InternalError", message);
}

void Reducer::conclude(
    Standing standing,
    std::map<std::string, WavePhase> waves,
    std::vector<std::string> excepted) {
    step_.standing = standing;
    step_.waves = std::move(waves);
    step_.excepted = std::move(excepted);
}

// -- the rollout

bool Reducer::supersede() {
    auto& record = fields();
    record.revision = desired_.revision;
    if (record.digest == desired_.digest) {
        return false;
    }
    const bool first = record.id.empty();
    record.id = rollout_id(desired_, step_.next);
    record.digest = desired_.digest;
    record.started = now_;
    record.canary.clear();
    record.canary_done = false;
    record.finished.reset();
    good_news(
        "Fleet/" + desired_.fleet.name,
        first ? "RolloutStarted" : "RolloutSuperseded",
        fmt::format("revision {} is rollout {}", record.revision, record.id));
    changed_ = true;
    return true;
}

void Reducer::find_anew(const Member& member, Member found) {
    own(member) = std::move(found);
    changed_ = true;
}

void Reducer::enlist(Member member) {
    fields().members.push_back(std::move(member));
    changed_ = true;
}

void Reducer::muster(
    const std::function<bool(const Member&)>& leaves,
    const std::function<bool(const Member&, const Member&)>& before) {
    auto& members = fields().members;
    std::erase_if(members, leaves);
    if (!std::is_sorted(members.begin(), members.end(), before)) {
        std::sort(members.begin(), members.end(), before);
    }
}

void Reducer::learn_tools(const std::string& service, std::vector<std::string> tools) {
    fields().seen_tools[service] = std::move(tools);
}

void Reducer::make_canary(const std::string& service) {
    fields().canary = service;
    fields().canary_done = false;
    changed_ = true;
}

void Reducer::end_canary() {
    fields().canary_done = true;
    changed_ = true;
    good_news(
        "Service/" + record().canary(),
        "CanarySoaked",
        "the canary soaked and answers through the multiplexer: the wave goes on");
}

void Reducer::shared_parts_answer(bool good) {
    auto& record = fields();
    if (!good) {
        record.shared_good.reset();
        return;
    }
    record.shared_good = record.shared_good.value_or(now_);
    const auto left = kSharedGood - scene_.age(*record.shared_good);
    if (left > Duration(0)) {
        look(left);
        return;
    }
    record.shared_bad.reset();
    record.shared_good.reset();
    changed_ = true;
    event(
        "Normal",
        "Fleet/" + desired_.fleet.name,
        "SharedPartsGood",
        "the shared parts have been good for two minutes: the rollout goes on");
}

void Reducer::finish(bool done, const std::string& message) {
    auto& record = fields();
    if (!done) {
        record.finished.reset();
    } else if (!record.finished) {
        record.finished = now_;
        good_news("Fleet/" + desired_.fleet.name, "RolloutComplete", message);
    }
}

}  // namespace wavegate::rollout
