// What the controller shows of itself: its view, and the log of its systems' health.
#include "operator/base/log.hpp"
#include "operator/status/turns.hpp"
#include "reconcilers/fleet/controller.hpp"
#include "reconcilers/policies/diff.hpp"

#include <algorithm>
#include <utility>

namespace wavegate::fleet {

/// Of several objects of one backend, one that could not be read is what people should see.
void Controller::add_backend(
    status::View& view,
    const std::string& name,
    bool ok,
    const Error& error,
    Time at) {
    auto& backend = view.backends.try_emplace(name).first->second;
    if (backend.message.empty()) {
        backend.ok = ok;
        backend.message = ok ? "" : error.message();
        backend.at = at;
    }
}

/// Once per change: what stays as it is stands in the status, not in the log at each pass.
void Controller::log_backends(const std::map<std::string, status::BackendView>& seen) {
    for (const auto& [name, backend] : seen) {
        auto& told = backend_trouble_[name];
        if (told == backend.message) {
            continue;
        }
        told = backend.message;
        if (backend.ok) {
            log::info("{}: answers again", name);
        } else {
            log::warn("{}: {}", name, backend.message);
        }
    }
}

void Controller::publish() {
    auto view = std::make_shared<status::View>();
    view->now = outside_.clock.now();
    view->leads = lease_.leadership();
    view->acts = journal_.healthy() && lease_.mandate().has_value();
    view->source = source_;
    view->desired = desired_;
    view->observed = observed_;
    view->ledger = journal_.ledger();
    view->record = journal_.record();
    view->diff = diff_;
    view->waits = step_.waits;
    view->release = step_.release;
    view->ask = step_.ask;
    view->holds = step_.holds;
    view->waves = step_.waves;
    view->excepted = step_.excepted;
    view->events = journal_.events();
    view->passes = passes_;
    // "Look now" is answered once what the pass began to write has ended, too.
    told_ = writers_.size() == 0 ? answered_ : told_;
    view->answered = told_;
    view->refusals = actor_.refusals();
    if (desired_ != nullptr && observed_ != nullptr) {
        describe(*view);
        log_backends(view->backends);
    }
    if (!journal_.healthy()) {
        const Error trouble(ErrorKind::Unavailable, journal_.trouble());
        add_backend(*view, "store", false, trouble, view->now);
    }
    date(*view);
    view_ = std::move(view);
    changed_.ring();
}

/// What is said turns with a pass, not with each time that it is told. Where everything is in its
/// place, and nothing of it changed, it turns by time alone: a proof grows old.
void Controller::date(status::View& view) {
    constexpr Duration each = std::chrono::seconds(30);
    const bool rests = view_ != nullptr && view_->standing == view.standing &&
                       view.record.finished() && view_->record == view.record &&
                       view_->waits.empty() && view.waits.empty() && view_->holds.empty() &&
                       view.holds.empty() && view_->desired == view.desired &&
                       view_->observed == view.observed && view.now.mono - turned_ < each;
    const bool passed = view_ == nullptr || view_->passes != view.passes;
    if (turns_ == nullptr || (passed && !rests)) {
        turned_ = view.now.mono;
        turns_ = std::make_shared<const status::Turns>(status::turns_of(view, turns_.get()));
    }
    view.turns = turns_;
    status::date_waits(view);
}

void Controller::describe(status::View& view) const {
    view.standing = to_string(step_.standing);
    const auto& seen = *observed_;
    for (const auto& policy : seen.policies.ok() ? *seen.policies : std::vector<Policy>()) {
        if (auto document = policies::document_of(*desired_, policy); !document.empty()) {
            view.policies[std::move(document)] = policy.name;
        }
    }
    describe_backends(view);
}

void Controller::describe_backends(status::View& view) const {
    const auto& seen = *observed_;
    const auto add = [&](const char* name, const auto& object) {
        add_backend(view, name, object.ok(), object.error(), object.at());
    };
    add("portainer", seen.stacks);
    add("swarm", seen.swarm);
    add("eunomia", seen.policies);
    for (const auto& [id, client] : seen.clients) {
        add("keycloak", client);
    }
    for (const auto& [path, entry] : seen.vault) {
        add("openbao", entry);
    }
    if (desired_->fleet.grafana) {
        add("grafana", seen.annotations);
    }
}

/// While something is under way and no pass ends, what is known is told all the same.
asio::awaitable<void> Controller::keep_view_fresh() {
    constexpr Duration each = std::chrono::seconds(1);
    while (!stopping_) {
        if (!is_busy()) {
            co_await busy_.wait();
        }
        const auto due = std::max(view_->now.mono, outside_.clock.now().mono - each) + each;
        static_cast<void>(co_await outside_.clock.sleep_until(due));
        if (is_busy() && outside_.clock.now().mono - view_->now.mono >= each) {
            publish();
        }
    }
}

bool Controller::is_busy() const {
    return fetching_ || (passing_ != nullptr && passing_->size() > 0) || checks_.size() > 0 ||
           writers_.size() > 0 || looks_.running() > 0;
}

}  // namespace wavegate::fleet
