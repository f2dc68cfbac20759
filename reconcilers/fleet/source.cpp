// The controller's way from a fetched revision to the desired state in force.
#include "operator/base/log.hpp"
#include "reconcilers/fleet/controller.hpp"
#include "reconcilers/rollout/phases.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::fleet {
namespace {

std::size_t declared(const DesiredState& state) {
    const auto services =
        std::count_if(state.services.begin(), state.services.end(), [](const ServiceSpec& service) {
            return service.declared;
        });
    return static_cast<std::size_t>(services) + state.clients.size() + state.policies.size();
}

template <class Items, class Has>
std::size_t missing(const Items& before, Has has) {
    return static_cast<std::size_t>(
        std::count_if(before.begin(), before.end(), [&](const auto& item) { return !has(item); }));
}

std::size_t deleted(const DesiredState& before, const DesiredState& after) {
    return missing(
               before.services,
               [&](const ServiceSpec& service) {
                   const auto* now = after.service(service.name);
                   return !service.declared || (now != nullptr && now->declared);
               }) +
           missing(
               before.clients,
               [&](const OidcClientSpec& spec) { return after.client(spec.name) != nullptr; }) +
           missing(before.policies, [&](const PolicySpec& spec) {
               return after.policy(spec.name) != nullptr;
           });
}

/// A service between its flip and its verdict, or on its way back, that the next state does not
/// know at the same place: nothing could bring it to its end any more. Empty: none.
std::string
torn_away(const DesiredState& now, const DesiredState& next, const RolloutRecord& record) {
    for (const auto& member : record.members) {
        const bool begun = (rollout::in_motion(member.phase) && !member.adopted) ||
                           member.phase == Phase::RollingBack;
        const auto* before = now.service(member.service);
        const auto* after = next.service(member.service);
        if (begun && before != nullptr &&
            (after == nullptr || after->stack != before->stack ||
             after->compose_service != before->compose_service)) {
            return member.service;
        }
    }
    return {};
}

}  // namespace

asio::awaitable<void> Controller::refresh_source() {
    const auto now = outside_.clock.now();
    if (!source_due_ && now.mono < next_source_) {
        co_return;
    }
    source_due_ = false;
    next_source_ = now.mono + settings_.source_interval;
    auto last = source_.revision;
    auto revision = co_await outside_.source.fetch(std::move(last));
    if (!revision) {
        source_failed("FetchFailed", revision.error().message());
        co_return;
    }
    source_.seen = revision->id;
    const bool same = desired_ != nullptr && revision->id == desired_->revision;
    if (same) {
        source_.ready = true;
        source_.reason = "Fetched";
        source_.message.clear();
        source_.found.clear();
        co_return;
    }
    co_await adopt(std::move(*revision));
}

asio::awaitable<void> Controller::adopt(Revision revision) {
    auto parsed = desired::parse(revision, schemas_);
    source_.found = std::move(parsed.found);
    if (!parsed.state) {
        source_failed(
            "Invalid",
            fmt::format("revision {} has errors; the last good one stays in force", revision.id));
        co_return;
    }
    if (auto objection = objection_to(revision, *parsed.state); !objection.empty()) {
        source_failed("Held", std::move(objection));
        held_ = std::move(revision);
        co_return;
    }
    Batch batch;
    batch.last_good = std::move(revision);
    const auto committed = co_await journal_.commit(std::move(batch));
    if (!committed) {
        source_failed("StoreFailed", committed.error().message());
        co_return;
    }
    put_in_force(std::move(*parsed.state));
}

void Controller::put_in_force(DesiredState state) {
    held_.reset();
    desired_ = std::make_shared<const DesiredState>(std::move(state));
    backends_ = outside_.connect(desired_->fleet);
    observed_.reset();
    source_.revision = desired_->revision;
    source_.ready = true;
    source_.reason = "Fetched";
    source_.message.clear();
    source_.since = outside_.clock.now();
    log::info("revision {} is in force", desired_->revision);
}

std::string Controller::objection_to(const Revision& revision, const DesiredState& next) const {
    if (desired_ == nullptr) {
        return {};
    }
    if (revision.ancestry == Ancestry::Diverged) {
        return fmt::format(
            "revision {} does not descend from {}: a person decides",
            revision.id,
            desired_->revision);
    }
    if (next.fleet.name != desired_->fleet.name) {
        return "the fleet's name changed: it is in every ownership mark";
    }
    if (const auto service = torn_away(*desired_, next, journal_.record()); !service.empty()) {
        return fmt::format(
            "revision {} removes {} or calls it otherwise while its flip is under test: it is "
            "taken once that has ended",
            revision.id,
            service);
    }
    const auto gone = deleted(*desired_, next);
    const auto& limits = desired_->fleet.limits;
    const auto total = std::max<std::size_t>(declared(*desired_), 1);
    const bool many = gone > static_cast<std::size_t>(limits.max_deletions) ||
                      gone * 100 > total * static_cast<std::size_t>(limits.max_shrink_percent);
    if (gone > 0 && many) {
        return fmt::format(
            "revision {} deletes {} of {} documents, more than the limits allow: a person decides",
            revision.id,
            gone,
            total);
    }
    return {};
}

void Controller::source_failed(std::string reason, std::string message) {
    if (source_.ready || source_.reason != reason) {
        source_.since = outside_.clock.now();
        log::warn("source: {}: {}", reason, message);
        for (const auto& diagnostic : source_.found) {
            log::warn("{}", to_text(diagnostic));
        }
    }
    source_.ready = false;
    source_.reason = std::move(reason);
    source_.message = std::move(message);
}

Task<void> Controller::take_held_revision(std::string who) {
    if (!held_) {
        co_return Error(ErrorKind::Invalid, "no revision is held back");
    }
    auto revision = *held_;
    auto parsed = desired::parse(revision, schemas_);
    if (!parsed.state) {
        co_return Error(ErrorKind::Invalid, "the held revision has errors");
    }
    Batch batch;
    AuditEntry audit;
    audit.at = outside_.clock.now();
    audit.who = std::move(who);
    audit.what = "take revision " + revision.id;
    batch.audit.push_back(std::move(audit));
    batch.last_good = std::move(revision);
    auto committed = co_await journal_.commit(std::move(batch));
    if (!committed) {
        co_return committed;
    }
    put_in_force(std::move(*parsed.state));
    bell_.ring();
    co_return Result<void>();
}

}  // namespace wavegate::fleet
