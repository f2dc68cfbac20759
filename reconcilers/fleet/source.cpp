// The controller's way from a fetched revision to the desired state in force.
#include "operator/base/log.hpp"
#include "reconcilers/fleet/controller.hpp"
#include "reconcilers/fleet/objection.hpp"

#include <fmt/format.h>

namespace wavegate::fleet {
namespace {

std::string held_words(const Revision& revision, const std::vector<std::string>& objections) {
    return fmt::format(
        "revision {} waits for a person: {}", revision.id, fmt::join(objections, "; "));
}

}  // namespace

/// What the store holds as in force: after a restart, or when somebody else wrote, it may be
/// another than this process knew.
void Controller::take_up_last_good() {
    const auto& last = journal_.last_good();
    if (!last || (desired_ != nullptr && desired_->revision == last->id)) {
        return;
    }
    auto parsed = desired::parse(*last, schemas_);
    if (!parsed.state) {
        log::warn("revision {}, in force, can't be read any more", last->id);
        return;
    }
    if (may_be_in_force(*parsed.state)) {
        take_up(std::move(*parsed.state));
    }
}

/// Empty: none was yet.
std::string Controller::in_force() const {
    return journal_.last_good() ? journal_.last_good()->id : std::string();
}

asio::awaitable<void> Controller::refresh_source() {
    const auto now = outside_.clock.now();
    if (!source_due_ && now.mono < next_source_) {
        co_return;
    }
    source_due_ = false;
    next_source_ = now.mono + settings_.source_interval;
    const auto last = in_force();
    auto revision = co_await outside_.source.fetch(last);
    if (!revision) {
        source_failed("FetchFailed", revision.error().message());
        co_return;
    }
    if (last != in_force()) {
        // A person let another in meanwhile: how this one relates to that is not known.
        source_due_ = true;
        co_return;
    }
    source_.seen = revision->id;
    held_.reset();
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
            fmt::format(
                "revision {} has errors; {}",
                revision.id,
                desired_ == nullptr ? "none is in force" : "the last good one stays in force"));
        co_return;
    }
    if (!may_be_in_force(*parsed.state)) {
        co_return;
    }
    const auto now = in_force();
    const auto objections =
        objections_to(Proposal{now, desired_.get(), revision, *parsed.state, journal_.record()});
    if (!objections.empty()) {
        source_failed("Held", held_words(revision, objections));
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

/// False: it sends credentials where operator.yaml does not let them go; each is said.
bool Controller::may_be_in_force(const DesiredState& state) {
    auto refused = outside_.refuse ? outside_.refuse(state) : std::vector<Diagnostic>();
    if (refused.empty()) {
        return true;
    }
    source_.found = std::move(refused);
    source_failed(
        "NotAllowed",
        fmt::format(
            "revision {} sends credentials where operator.yaml does not let them go: {}",
            state.revision,
            to_text(source_.found.front())));
    return false;
}

void Controller::take_up(DesiredState state) {
    desired_ = std::make_shared<const DesiredState>(std::move(state));
    backends_ = outside_.connect(desired_->fleet);
    observed_.reset();
    source_.revision = desired_->revision;
}

void Controller::put_in_force(DesiredState state) {
    held_.reset();
    take_up(std::move(state));
    source_.ready = true;
    source_.reason = "Fetched";
    source_.message.clear();
    source_.since = outside_.clock.now();
    log::info("revision {} is in force", desired_->revision);
}

void Controller::source_failed(std::string reason, std::string message) {
    const bool other = source_.ready || source_.reason != reason;
    if (other) {
        source_.since = outside_.clock.now();
    }
    if (other || source_.message != message) {
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
    if (named != revision.id) {
        co_return Error(ErrorKind::Conflict, "the revision that is held back is " + revision.id);
    }
    auto parsed = desired::parse(revision, schemas_);
    if (!parsed.state) {
        co_return Error(ErrorKind::Invalid, "the held revision has errors");
    }
    if (outside_.refuse && !outside_.refuse(*parsed.state).empty()) {
        co_return Error(
            ErrorKind::Denied,
            "the held revision sends credentials where operator.yaml does not let them go");
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
