#include "reconcilers/fleet/controller.hpp"

#include "operator/base/log.hpp"
#include "operator/base/task_group.hpp"
#include "operator/model/inputs.hpp"
#include "reconcilers/fleet/diff_all.hpp"
#include "reconcilers/gates/check.hpp"
#include "reconcilers/policies/diff.hpp"
#include "reconcilers/rollout/waves.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace wavegate::fleet {
namespace {

constexpr Duration kBreath = std::chrono::milliseconds(50);

}  // namespace

Controller::Controller(Outside outside, desired::Schemas schemas, Settings settings)
    : outside_(std::move(outside)),
      schemas_(std::make_shared<const desired::Schemas>(std::move(schemas))),
      settings_(std::move(settings)),
      journal_(outside_.store, outside_.clock),
      observer_(outside_.clock, outside_.env_files),
      actor_(outside_.clock, journal_, observer_),
      view_(std::make_shared<status::View>()) {}

Task<void> Controller::start() {
    auto opened = co_await journal_.open();
    if (!opened) {
        co_return opened.take_error();
    }
    co_await take_up_last_good();
    co_return Result<void>();
}

asio::awaitable<bool> Controller::pass() {
    const auto requested = requested_;
    if (journal_.must_open()) {
        // Somebody else wrote: nothing is known until it is read again.
        static_cast<void>(co_await journal_.open());
        co_await take_up_last_good();
    }
    co_await journal_.check();
    co_await refresh_source();
    bool moved = false;
    Step step;
    step.next = journal_.record();
    step.look_again = outside_.clock.now().mono + std::chrono::seconds(5);
    if (desired_ != nullptr) {
        Sight sight;
        sight.desired = desired_;
        sight.backends = backends_;
        const auto& desired = sight.desired;
        auto context = stacks::DiffContext();
        if (observed_ != nullptr) {
            context = context_of(*desired, *observed_, journal_.record(), *journal_.ledger());
        }
        context.files = &files_;
        auto observed = co_await observer_.observe(desired, sight.backends, std::move(context));
        observed->tools = journal_.record().seen_tools;
        diff_ = diff_all(*desired, *observed, journal_.record(), *journal_.ledger(), files_);
        const bool durable = journal_.healthy();
        const auto read = journal_.record_number();
        step = settings_.planner(
            *desired,
            *observed,
            diff_,
            journal_.record(),
            *journal_.ledger(),
            outside_.clock.now());
        sight.observed = observed;
        if (desired == desired_) {
            observed_ = std::move(observed);
        }
        if (!settings_.only_look) {
            moved = co_await carry_out(step, std::move(sight), read, durable);
        }
    }
    ++passes_;
    answered_ = std::max(answered_, requested);
    look_again_ = next_look(step);
    publish(step);
    const bool again = moved && journal_.healthy();
    co_return again;
}

/// A pass that did nothing is never followed by another at once: whatever asked for it, the world
/// has not moved. What the guard refused would be released again without end.
Mono Controller::next_look(const Step& step) const {
    constexpr Duration after_refusal = std::chrono::seconds(1);
    constexpr Duration store_again = std::chrono::seconds(5);
    const auto now = outside_.clock.now().mono;
    const bool stored = journal_.healthy();
    auto next = std::min(step.look_again, next_source_);
    next = stored ? next : std::min(next, now + store_again);
    return std::max(next, now + (stored && step.release.empty() ? kBreath : after_refusal));
}

/// Commits what a pass concluded from the record of that number. No: what it begins is not to be
/// done. A pass that was planned without the store begins nothing, and counts whether the store
/// takes it or not.
asio::awaitable<Controller::Conclusion>
Controller::conclude(const Step& step, std::uint64_t read, bool durable) {
    const bool news =
        !step.events.empty() || !step.settled.empty() || step.next != journal_.record();
    // A store that failed is tried again whatever there is to say.
    if (!news && journal_.healthy()) {
        co_return Conclusion::Counts;
    }
    bool overtaken = false;
    Journal::Decide decide = [&]() -> Result<Journal::Change> {
        overtaken = read != journal_.record_number();
        if (overtaken) {
            return Error(ErrorKind::Conflict, "a person's word came between");
        }
        Journal::Change change;
        change.batch.record = step.next;
        change.batch.events = step.events;
        change.batch.intents = still_open(step.settled);
        change.keep = !durable;
        return change;
    };
    const auto committed = co_await journal_.change(std::move(decide));
    if (overtaken) {
        co_return Conclusion::Overtaken;
    }
    const bool counts = durable ? committed.has_value() : !journal_.must_open();
    co_return counts ? Conclusion::Counts : Conclusion::No;
}

/// A write's own answer, where it came meanwhile, tells more than what was seen.
std::vector<Intent> Controller::still_open(const std::vector<Intent>& settled) const {
    std::vector<Intent> open;
    std::copy_if(
        settled.begin(), settled.end(), std::back_inserter(open), [&](const Intent& intent) {
            const auto* known = std::as_const(*journal_.ledger()).intent(intent.id);
            return known == nullptr || known->state == IntentState::Open ||
                   known->state == IntentState::Lost;
        });
    return open;
}

/// True when something was written or asked.
asio::awaitable<bool>
Controller::carry_out(const Step& step, Sight sight, std::uint64_t read, bool durable) {
    const auto conclusion = co_await conclude(step, read, durable);
    if (conclusion != Conclusion::Counts) {
        co_return conclusion == Conclusion::Overtaken;
    }
    // Rollback goes before everything else.
    std::vector<Edit> edits = step.release;
    std::stable_partition(
        edits.begin(), edits.end(), [](const Edit& edit) { return edit.is_way_back(); });
    bool moved = !step.ask.empty();
    for (auto& edit : edits) {
        const bool written =
            co_await actor_.act(sight.desired, sight.observed, sight.backends, std::move(edit));
        moved = moved || written;
    }
    if (!step.ask.empty()) {
        co_await ask(step, std::move(sight));
    }
    co_await journal_.prune();
    co_return moved;
}

asio::awaitable<void> Controller::ask(const Step& step, Sight sight) {
    Batch batch;
    std::size_t next = 0;
    while (next < step.ask.size()) {
        TaskGroup group(co_await asio::this_coro::executor);
        const auto end = std::min(step.ask.size(), next + settings_.checks_at_once);
        for (; next < end; ++next) {
            group.spawn("check", ask_one(step.ask[next], sight, batch));
        }
        co_await group.join();
    }
    static_cast<void>(co_await journal_.commit_or_keep(std::move(batch)));
}

asio::awaitable<void> Controller::ask_one(Check check, Sight sight, Batch& batch) {
    gates::Ports ports{
        outside_.clock,
        outside_.credentials,
        *sight.backends->identity,
        *sight.backends->policies,
        *sight.backends->mcp};
    gates::Scene scene;
    scene.desired = std::move(sight.desired);
    scene.observed = std::move(sight.observed);
    scene.ledger = journal_.ledger();
    scene.rollout = journal_.record().id;
    auto evidence = co_await gates::run(ports, std::move(scene), std::move(check));
    batch.evidence.push_back(std::move(evidence));
}

asio::awaitable<void> Controller::run() {
    using asio::experimental::awaitable_operators::operator||;
    while (!stopping_) {
        bool again = false;
        const auto began = outside_.clock.now().mono;
        try {
            again = co_await pass();
        } catch (const boost::system::system_error&) {
            throw;  // cancelled
        } catch (const std::exception& error) {
            ++counted_.failed;
            log::error("the pass ended by an exception: {}", error.what());
            look_again_ = outside_.clock.now().mono + std::chrono::seconds(5);
        }
        counted_.times.observe(outside_.clock.now().mono - began);
        changed_.ring();
        if ((!again || is_spinning(began)) && !stopping_) {
            co_await (outside_.clock.sleep_until(look_again_) || bell_.wait());
        }
    }
}

/// Many passes within one breath ask or release the same again and again.
bool Controller::is_spinning(Mono began) {
    constexpr int most = 64;
    if (began - breath_began_ > kBreath) {
        breath_began_ = began;
        in_breath_ = 0;
    }
    return ++in_breath_ > most;
}

void Controller::stop() {
    stopping_ = true;
    bell_.ring();
}

std::uint64_t Controller::look_now() {
    source_due_ = true;
    bell_.ring();
    return ++requested_;
}

/// Read, decided and written within one turn of the journal: what the pass concludes meanwhile goes
/// by the record that this leaves.
Task<void> Controller::command(Command command) {
    Journal::Decide decide = [this, &command] { return decide_on(command); };
    auto committed = co_await journal_.change(std::move(decide));
    bell_.ring();
    co_return committed;
}

Result<Journal::Change> Controller::decide_on(const Command& command) const {
    constexpr std::array<std::string_view, 4> verbs{"pause", "resume", "retry", "accept"};
    constexpr std::array<std::string_view, 4> done{"Paused", "Resumed", "Retried", "Accepted"};
    const auto& record = journal_.record();
    if (!command.rollout.empty() && command.rollout != record.id) {
        return Error(ErrorKind::NotFound, "no such rollout: it was superseded or never was");
    }
    const auto now = outside_.clock.now();
    auto next = rollout::apply(record, command, now);
    if (!next) {
        return next.take_error();
    }
    const auto verb = static_cast<std::size_t>(command.verb);
    Journal::Change change;
    auto& batch = change.batch;
    AuditEntry audit;
    audit.at = now;
    audit.who = command.who;
    audit.what = fmt::format("{} {}", verbs.at(verb), command.service);
    batch.audit.push_back(std::move(audit));
    Event event;
    event.at = now;
    event.kind = "Normal";
    const auto fleet = desired_ == nullptr ? std::string() : desired_->fleet.name;
    event.object = command.service.empty() ? "Fleet/" + fleet : "Service/" + command.service;
    event.reason = done.at(verb);
    event.message = fmt::format("{} asked for it", command.who.empty() ? "a person" : command.who);
    batch.events.push_back(std::move(event));
    if (command.verb == Command::Verb::Accept) {
        Exception exception;
        exception.rollout = next->id;
        exception.service = command.service;
        exception.who = command.who;
        exception.at = now;
        batch.exceptions.push_back(std::move(exception));
    }
    batch.record = std::move(*next);
    return change;
}

/// Of several objects of one backend, one that could not be read is what people should see.
void Controller::add_backend(
    status::View& view,
    const std::string& name,
    bool ok,
    const Error& error) const {
    auto& backend = view.backends.try_emplace(name).first->second;
    if (backend.message.empty()) {
        backend.ok = ok;
        backend.message = ok ? "" : error.message();
        backend.at = outside_.clock.now();
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

void Controller::publish(const Step& step) {
    auto view = std::make_shared<status::View>();
    view->now = outside_.clock.now();
    view->leader = journal_.healthy();
    view->source = source_;
    view->desired = desired_;
    view->observed = observed_;
    view->ledger = journal_.ledger();
    view->record = journal_.record();
    view->diff = diff_;
    view->waits = step.waits;
    view->release = step.release;
    view->ask = step.ask;
    view->events.assign(journal_.events().begin(), journal_.events().end());
    view->passes = passes_;
    view->answered = answered_;
    view->refusals = actor_.refusals();
    if (desired_ != nullptr && observed_ != nullptr) {
        describe(*view);
        log_backends(view->backends);
    }
    if (!journal_.healthy()) {
        const Error trouble(ErrorKind::Unavailable, journal_.trouble());
        add_backend(*view, "store", false, trouble);
    }
    view_ = std::move(view);
}

void Controller::describe(status::View& view) const {
    constexpr std::array<std::string_view, 4> standings{"Converged", "Moving", "Halted", "Awaited"};
    const auto& record = view.record;
    view.standing =
        standings.at(static_cast<std::size_t>(rollout::standing(*desired_, record, diff_)));
    for (const auto& wave : desired_->fleet.waves) {
        view.waves[wave.name] = rollout::wave_phase(*desired_, record, wave.name);
    }
    for (const auto& member : record.members) {
        if (rollout::is_excepted(*desired_, record, member)) {
            view.excepted.push_back(member.service);
        }
    }
    const auto& seen = *observed_;
    for (const auto& policy : seen.policies.ok() ? *seen.policies : std::vector<Policy>()) {
        if (auto document = policies::document_of(*desired_, policy); !document.empty()) {
            view.policies[std::move(document)] = policy.name;
        }
    }
    add_backend(view, "portainer", seen.stacks.ok(), seen.stacks.error());
    add_backend(view, "swarm", seen.swarm.ok(), seen.swarm.error());
    add_backend(view, "eunomia", seen.policies.ok(), seen.policies.error());
    for (const auto& [id, client] : seen.clients) {
        add_backend(view, "keycloak", client.ok(), client.error());
    }
    for (const auto& [path, entry] : seen.vault) {
        add_backend(view, "openbao", entry.ok(), entry.error());
    }
    if (desired_->fleet.grafana) {
        add_backend(view, "grafana", seen.annotations.ok(), seen.annotations.error());
    }
}

}  // namespace wavegate::fleet
