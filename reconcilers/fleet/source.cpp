// The controller's way from a fetched revision to the desired state in force.
#include "operator/base/log.hpp"
#include "reconcilers/fleet/controller.hpp"
#include "reconcilers/fleet/objection.hpp"

#include <fmt/format.h>

namespace wavegate::fleet {

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
    auto objection = desired_ == nullptr
                         ? std::string()
                         : objection_to(*desired_, revision, *parsed.state, journal_.record());
    if (!objection.empty()) {
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

Task<void> Controller::take_held_revision(std::string named, std::string who) {
    if (!held_) {
        co_return Error(ErrorKind::Invalid, "no revision is held back");
    }
    auto revision = *held_;
    if (!named.empty() && named != revision.id) {
        co_return Error(ErrorKind::Conflict, "the revision that is held back is " + revision.id);
    }
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
