// The controller's way from a fetched revision to the desired state in force.
#include "operator/base/log.hpp"
#include "reconcilers/fleet/controller.hpp"
#include "reconcilers/fleet/objection.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <fmt/format.h>

namespace wavegate::fleet {
namespace {

std::string held_words(const Revision& revision, const std::vector<std::string>& objections) {
    return fmt::format(
        "revision {} waits for a person: {}", revision.id, fmt::join(objections, "; "));
}

}  // namespace

/// Reads and checks a revision where it holds up nobody, unless this is the one that was checked
/// last: a bad one is fetched again and again.
asio::awaitable<void> Controller::check(std::shared_ptr<const Revision> revision) {
    if (verdict_ && verdict_->revision == revision->id) {
        co_return;
    }
    std::function<desired::Parsed()> work = [revision, schemas = schemas_] {
        return desired::parse(*revision, *schemas);
    };
    auto parsed = co_await run_blocking(outside_.parsing, std::move(work));
    Verdict verdict;
    verdict.revision = revision->id;
    verdict.found = std::move(parsed.found);
    if (parsed.state) {
        verdict.state = std::make_shared<const DesiredState>(std::move(*parsed.state));
    }
    verdict_ = std::move(verdict);
}

/// What the store holds as in force: after a restart, or when somebody else wrote, it may be
/// another than this process knew.
asio::awaitable<void> Controller::take_up_last_good() {
    const auto& last = journal_.last_good();
    if (!last || (desired_ != nullptr && desired_->revision == last->id)) {
        co_return;
    }
    auto revision = std::make_shared<const Revision>(*last);
    co_await check(revision);
    if (verdict_->state == nullptr) {
        log::warn("revision {}, in force, can't be read any more", revision->id);
        co_return;
    }
    if (may_be_in_force(*verdict_->state)) {
        take_up(verdict_->state);
        source_.since = outside_.clock.now();
    }
}

/// Empty: none was yet.
std::string Controller::in_force() const {
    return journal_.last_good() ? journal_.last_good()->id : std::string();
}

/// Beside the passes: they go on with what is in force, however long a fetch takes.
asio::awaitable<void> Controller::follow_source() {
    using asio::experimental::awaitable_operators::operator||;
    while (!stopping_) {
        co_await refresh_source();
        if (!source_due_ && !stopping_) {
            co_await (outside_.clock.sleep_until(next_source_) || source_bell_.wait());
        }
    }
}

/// Rings when there is something to do by it: another revision, or somebody waits for an answer.
asio::awaitable<void> Controller::refresh_source() {
    const auto requested = requested_;
    const auto before = desired_;
    source_due_ = false;
    next_source_ = outside_.clock.now().mono + settings_.source_interval;
    fetching_ = true;
    busy_.ring();
    std::string thrown;
    try {
        co_await fetch();
    } catch (const boost::system::system_error&) {
        throw;  // cancelled
    } catch (const std::exception& error) {
        thrown = error.what();
    }
    fetching_ = false;
    if (!thrown.empty()) {
        log::error("the fetch ended by an exception: {}", thrown);
        source_failed("FetchFailed", "an error of the operator's own", {});
    }
    fetched_ = requested;
    first_fetch_.ring();
    if (before != desired_ || fetched_ > answered_) {
        wake();
    }
    publish();
}

asio::awaitable<void> Controller::fetch() {
    if (!journal_.is_held()) {
        co_return;  // what is in force is for the one that acts to say
    }
    const auto last = in_force();
    auto revision = co_await outside_.source.fetch(last);
    if (!revision) {
        source_failed("FetchFailed", revision.error().message(), {});
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
    co_await adopt(std::make_shared<Revision>(std::move(*revision)), last);
}

/// `last`: what its ancestry speaks of.
asio::awaitable<void> Controller::adopt(std::shared_ptr<Revision> revision, std::string last) {
    co_await check(revision);
    const auto verdict = *verdict_;
    if (verdict.state == nullptr) {
        auto message = fmt::format(
            "revision {} has errors; {}",
            revision->id,
            desired_ == nullptr ? "none is in force" : "the last good one stays in force");
        source_failed("Invalid", std::move(message), verdict.found);
        co_return;
    }
    if (!may_be_in_force(*verdict.state)) {
        co_return;
    }
    if (last != in_force()) {
        // A person let another in meanwhile: how this one relates to that is not known.
        source_due_ = true;
        co_return;
    }
    const Proposal proposal{last, desired_.get(), *revision, *verdict.state, journal_.record()};
    const auto objections = objections_to(proposal);
    if (!objections.empty()) {
        source_failed("Held", held_words(*revision, objections), verdict.found);
        held_ = std::move(revision);
        co_return;
    }
    bool overtaken = false;
    Journal::Decide decide = [&]() -> Result<Journal::Change> {
        overtaken = last != in_force();
        if (overtaken) {
            return Error(ErrorKind::Conflict, "another revision was put in force meanwhile");
        }
        Journal::Change change;
        change.batch.last_good = std::move(*revision);
        return change;
    };
    const auto committed = co_await journal_.change(std::move(decide));
    if (overtaken) {
        source_due_ = true;
        co_return;
    }
    if (!committed) {
        source_failed("StoreFailed", committed.error().message(), verdict.found);
        co_return;
    }
    put_in_force(verdict);
}

/// False: it sends credentials where operator.yaml does not let them go; each is said.
bool Controller::may_be_in_force(const DesiredState& state) {
    auto refused = outside_.refuse ? outside_.refuse(state) : std::vector<Diagnostic>();
    if (refused.empty()) {
        return true;
    }
    auto message = fmt::format(
        "revision {} sends credentials where operator.yaml does not let them go: {}",
        state.revision,
        to_text(refused.front()));
    source_failed("NotAllowed", std::move(message), std::move(refused));
    return false;
}

void Controller::take_up(std::shared_ptr<const DesiredState> state) {
    const auto& next = state->fleet.portainer;
    const bool same = desired_ != nullptr && desired_->fleet.portainer.url == next.url &&
                      desired_->fleet.portainer.environment == next.environment;
    memory_ = same ? memory_ : std::make_shared<stacks::StackMemory>();
    desired_ = std::move(state);
    systems_ = std::make_shared<Systems>(
        outside_.clock, outside_.env_files, outside_.connect(desired_->fleet), memory_);
    looks_.forget();
    observed_.reset();
    source_.revision = desired_->revision;
}

void Controller::put_in_force(const Verdict& verdict) {
    held_.reset();
    take_up(verdict.state);
    source_.ready = true;
    source_.reason = "Fetched";
    source_.message.clear();
    source_.found = verdict.found;
    source_.since = outside_.clock.now();
    log::info("revision {} is in force", desired_->revision);
}

/// `found` speaks of the newest revision, where there is one to speak of.
void Controller::source_failed(
    std::string reason,
    std::string message,
    std::vector<Diagnostic> found) {
    const bool other = source_.ready || source_.reason != reason;
    if (other) {
        source_.since = outside_.clock.now();
    }
    source_.found = std::move(found);
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

Task<void> Controller::take_held_revision(std::string named, std::string who, std::string why) {
    if (auto standby = stands_by()) {
        co_return std::move(*standby);
    }
    if (held_ == nullptr) {
        co_return Error(ErrorKind::Invalid, "no revision is held back");
    }
    const auto revision = held_;
    if (named != revision->id) {
        co_return Error(ErrorKind::Conflict, "the revision that is held back is " + revision->id);
    }
    co_await check(revision);
    const auto verdict = *verdict_;
    if (outside_.refuse && !outside_.refuse(*verdict.state).empty()) {
        co_return Error(
            ErrorKind::Denied,
            "the held revision sends credentials where operator.yaml does not let them go");
    }
    Batch batch;
    AuditEntry audit;
    audit.at = outside_.clock.now();
    audit.who = who;
    audit.what = "take revision " + revision->id;
    audit.why = why;
    batch.audit.push_back(audit);
    Event event;
    event.at = audit.at;
    event.kind = "Normal";
    event.object = "Fleet/" + verdict.state->fleet.name;
    event.reason = "RevisionAccepted";
    event.message = asked_for_it(who, why) + ": revision " + revision->id + " is taken";
    batch.events.push_back(std::move(event));
    batch.last_good = *revision;
    auto committed = co_await journal_.commit(std::move(batch));
    if (!committed) {
        co_return committed;
    }
    put_in_force(verdict);
    wake();
    co_return Result<void>();
}

}  // namespace wavegate::fleet
