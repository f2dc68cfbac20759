#include "reconcilers/annotations/diff.hpp"

#include "operator/base/digest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::annotations {
namespace {

std::int64_t millis(Time time) {
    return time.wall.time_since_epoch().count();
}

bool has_tag(const Annotation& annotation, const std::string& tag) {
    return std::find(annotation.tags.begin(), annotation.tags.end(), tag) != annotation.tags.end();
}

class Differ {
  public:
    Differ(const DesiredState& desired, const std::vector<Annotation>& seen, std::string rollout)
        : fleet_(desired.fleet.name), seen_(seen), rollout_(std::move(rollout)) {}

    void want(const std::string& event, std::int64_t from, std::int64_t to, std::string text) {
        // Grafana keeps one value per tag key, and takes what stands before the colon for the key.
        const auto key = "wavegate-event:" + short_hash(fleet_ + "\n" + event, 16);
        Annotation wanted;
        wanted.time_ms = from;
        wanted.time_end_ms = to;
        wanted.text = std::move(text);
        wanted.tags = {"wavegate", "wavegate-fleet:" + fleet_, "wavegate-rollout:" + rollout_, key};
        const auto at = std::find_if(seen_.begin(), seen_.end(), [&](const Annotation& annotation) {
            return has_tag(annotation, key);
        });
        if (at != seen_.end() && (to == 0 || at->time_end_ms == to)) {
            return;
        }
        AnnotationEdit body;
        body.key = key;
        body.id = at == seen_.end() ? 0 : at->id;
        body.wanted = std::move(wanted);
        Edit edit;
        edit.target = "annotation/" + key;
        edit.why = body.id == 0 ? "annotation does not exist" : "annotation is not closed";
        edit.fields = {{"text", "", body.wanted.text}};
        edit.id = short_hash(fmt::format("{}\n{}", key, to), 16);
        edit.body = std::move(body);
        diff_.edits.push_back(std::move(edit));
    }

    Diff take() { return std::move(diff_); }

  private:
    std::string fleet_;
    const std::vector<Annotation>& seen_;
    std::string rollout_;
    Diff diff_;
};

bool in_force(const Intent& intent) {
    return intent.state == IntentState::Written || intent.state == IntentState::Adopted;
}

/// A point for each way in which a member stops its wave.
void want_halt(Differ& differ, const RolloutRecord& record, const Member& member) {
    const auto* cause = member.cause();
    if (cause == nullptr || cause->shared) {
        return;
    }
    const auto at = millis(member.since);
    auto event = fmt::format("halt {} {}", member.service, at);
    std::string what = "halted";
    switch (member.phase()) {
        case Phase::RolledBack:
        case Phase::Held:
            break;
        case Phase::Failed:
            event = fmt::format("failed {} {}", member.service, at);
            what = "failed";
            break;
        case Phase::Stuck:
            // A person's retry begins its phase anew: the flip tells one from another.
            event = fmt::format(
                "stuck {} {} {} {}",
                record.id(),
                member.service,
                member.flight()->tried,
                millis(member.flight()->flipped));
            what = "stuck";
            break;
        default:
            return;
    }
    differ.want(event, at, 0, fmt::format("{}: {}: {}", what, member.service, cause->message));
}

}  // namespace

Diff diff(
    const DesiredState& desired,
    const Observed& observed,
    const RolloutRecord& record,
    const Ledger& ledger) {
    if (!desired.fleet.grafana || !observed.annotations.ok() || record.id().empty()) {
        return {};
    }
    Differ differ(desired, *observed.annotations, record.id());
    bool moved = false;
    for (const auto& intent : ledger.intents) {
        const bool flip = intent.kind == "flip";
        if (intent.rollout != record.id() || !in_force(intent) ||
            (!flip && intent.kind != "wayback")) {
            continue;
        }
        moved = true;
        auto text = flip ? fmt::format("{} → {}", intent.service, to_string(intent.to))
                         : fmt::format("{} rolled back", intent.service);
        differ.want("move " + intent.id, millis(intent.settled), 0, std::move(text));
    }
    for (const auto& member : record.members()) {
        want_halt(differ, record, member);
    }
    const auto& multiplexer = record.multiplexer();
    if (multiplexer.stage() == MultiplexerStage::Failed) {
        const auto at = millis(multiplexer.since);
        differ.want(
            fmt::format("halt of the multiplexer {}", at),
            at,
            0,
            fmt::format("halted: the multiplexer: {}", multiplexer.cause()));
    }
    // A rollout that moved nothing is no event on anybody's dashboard.
    if (moved) {
        differ.want(
            "rollout " + record.id(),
            millis(record.started()),
            // Grafana knows no region that ends before it began: the clock was set back.
            record.finished() ? std::max(millis(*record.finished()), millis(record.started())) : 0,
            fmt::format("rollout {} of revision {}", record.id(), record.revision()));
    }
    return differ.take();
}

}  // namespace wavegate::annotations
