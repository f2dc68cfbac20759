#include "operator/model/freeze.hpp"
#include "operator/status/objects.hpp"
#include "operator/status/words.hpp"

#include <algorithm>
#include <optional>

namespace wavegate::status {
namespace json = boost::json;
namespace {

/// Members of one wave, counted.
struct Tally {
    std::size_t services = 0;
    std::size_t members = 0;
    std::size_t ready = 0;
    std::size_t in_flight = 0;
    std::map<std::string, std::size_t> phases;
    std::map<std::string, std::size_t> waits;  ///< by reason
    std::vector<std::string> excepted;
    Duration soak{};                  ///< the longest that one of its services wants
    std::optional<Duration> watched;  ///< the least of those that soak
    std::string message;              ///< what a person is wanted for, of the first such member
};

/// Between the flip's write and a passed through.
bool takes_slot(const Member& member) {
    return in_motion(member) && member.phase() != Phase::Probed && !member.adopted() &&
           member.phase() != Phase::RollingBack;
}

void count(Tally& tally, const Index& index, const Member& member) {
    ++tally.members;
    tally.ready += member.phase() == Phase::Ready ? 1 : 0;
    tally.in_flight += takes_slot(member) ? 1 : 0;
    ++tally.phases[std::string(to_string(member.phase()))];
    const bool excepted = index.excepted.contains(member.service);
    if (excepted) {
        tally.excepted.push_back(member.service);
    }
    const auto hold = index.hold(member.service);
    if (hold.reason != Reason::None && member.phase() != Phase::Ready) {
        ++tally.waits[std::string(to_string(hold.reason))];
    }
    if (const auto* probed = member.as<state::Probed>()) {
        tally.watched = std::min(tally.watched.value_or(Duration::max()), probed->watched);
    }
    if (tally.message.empty() && !excepted && needs_person(member, hold, index.view.now)) {
        tally.message =
            member.service + ": " +
            (hold.message.empty() ? waits_for(hold.reason, member.phase()) : hold.message);
    }
}

Tally tally_of(const Index& index, const WaveSpec& wave) {
    Tally tally;
    tally.soak = wave.soak;
    for (const auto& spec : index.view.desired->services) {
        if (spec.wave != wave.name) {
            continue;
        }
        ++tally.services;
        tally.soak = std::max(tally.soak, spec.soak.value_or(wave.soak));
        if (const auto* member = find_or_null(index.members, spec.name)) {
            count(tally, index, *member);
        }
    }
    return tally;
}

json::object counts(const std::map<std::string, std::size_t>& from) {
    json::object out;
    for (const auto& [name, number] : from) {
        out[name] = number;
    }
    return out;
}

json::array reasons(const std::map<std::string, std::size_t>& from) {
    json::array out;
    for (const auto& [reason, number] : from) {
        json::object one;
        one["reason"] = reason;
        one["services"] = number;
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace

json::object wave_entry(const Index& index, const WaveSpec& wave) {
    const auto tally = tally_of(index, wave);
    const auto phase = index.view.waves.find(wave.name);
    json::array excepted;
    for (const auto& name : tally.excepted) {
        excepted.emplace_back(name);
    }
    json::object out;
    out["name"] = wave.name;
    out["phase"] = phase == index.view.waves.end() ? "Unknown" : to_string(phase->second);
    out["services"] = tally.services;
    out["members"] = tally.members;
    out["ready"] = tally.ready;
    out["phases"] = counts(tally.phases);
    out["maxInFlight"] = wave.max_in_flight;
    out["inFlight"] = tally.in_flight;
    out["soak"] = to_text(tally.soak);
    out["watched"] = nullptr;
    if (tally.watched) {
        out["watched"] = to_text(std::chrono::floor<std::chrono::seconds>(*tally.watched));
    }
    out["deadline"] = to_text(wave.deadline);
    out["onFailure"] = wave.on_failure == FailurePolicy::Rollback ? "rollback" : "hold";
    out["excepted"] = std::move(excepted);
    out["waits"] = reasons(tally.waits);
    out["message"] = clean(tally.message);
    return out;
}

std::string frozen_words(const View& view) {
    if (view.desired == nullptr || view.ledger == nullptr) {
        return {};
    }
    const auto frozen = freeze_at(*view.desired, *view.ledger, view.now.wall);
    return frozen ? clean(to_text(*frozen)) : std::string();
}

json::value rollout_entry(const View& view) {
    const auto& record = view.record;
    if (record.id().empty()) {
        return nullptr;
    }
    const auto ready =
        std::count_if(record.members().begin(), record.members().end(), [](const Member& member) {
            return member.phase() == Phase::Ready;
        });
    json::object out;
    out["id"] = clean(record.id());
    out["revision"] = clean(record.revision());
    out["standing"] = view.standing;
    out["started"] = time_or_null(record.started());
    out["finished"] = time_or_null(record.finished().value_or(Time()));
    out["paused"] = view.ledger != nullptr && view.ledger->paused();
    out["frozen"] = text_or_null(frozen_words(view));
    out["canary"] = text_or_null(record.canary());
    out["canaryDone"] = record.canary_done();
    out["members"] = record.members().size();
    out["ready"] = ready;
    out["sharedBadSince"] = time_or_null(record.shared_bad().value_or(Time()));
    return out;
}

}  // namespace wavegate::status
