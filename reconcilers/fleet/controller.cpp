#include "reconcilers/fleet/controller.hpp"

#include "operator/base/log.hpp"
#include "operator/model/freeze.hpp"
#include "reconcilers/gates/check.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

namespace wavegate::fleet {
namespace {

/// Between the beginnings of two passes where everything is in its place, and its services answer
/// as they should: a pass for each answer of the watch would cost a large fleet more than all the
/// rest.
Duration gathering(std::size_t services) {
    constexpr Duration least = std::chrono::seconds(2);
    constexpr Duration most = std::chrono::seconds(15);
    const Duration own = std::chrono::milliseconds(4) * static_cast<Duration::rep>(services);
    return std::clamp(own, least, most);
}
/// The same where services move: their answers come one after the other within such a time.
constexpr Duration kTogether = std::chrono::milliseconds(200);
/// So long such answers are gathered for one commit, which costs nearly as much as a pass.
constexpr Duration kCommitTogether = std::chrono::milliseconds(500);

/// Good, or none at all: it was over a rate limit, say, or what a verifier must refuse could not be
/// sent yet, and is asked again in its time.
bool is_no_news(const Evidence& evidence) {
    const bool not_sent =
        evidence.kind == CheckKind::Canary && evidence.verdict == wavegate::Verdict::Unknown;
    return evidence.verdict == wavegate::Verdict::Pass || not_sent ||
           evidence.seen == ProbeClass::Converging;
}

}  // namespace

Controller::Controller(Outside outside, desired::Schemas schemas, Settings settings)
    : outside_(std::move(outside)),
      schemas_(std::make_shared<const desired::Schemas>(std::move(schemas))),
      settings_(std::move(settings)),
      journal_(outside_.store, outside_.clock),
      looks_(outside_.clock, order_, std::bind_front(&Controller::wake, this)),
      observer_(looks_),
      lease_(
          outside_.clock,
          settings_.self,
          [this] { return journal_.held_until(); },
          std::bind_front(&Controller::lead_turned, this)),
      actor_(outside_.clock, journal_, lease_),
      writers_(order_),
      checks_(outside_.clock, settings_.checks, std::bind_front(&Controller::keep, this)),
      listener_(
          outside_.clock,
          outside_.random,
          std::bind_front(&Controller::hear, this),
          std::bind_front(&Controller::awaits, this)),
      view_(std::make_shared<status::View>()) {}

Task<void> Controller::start() {
    executor_ = co_await asio::this_coro::executor;
    passing_ = std::make_unique<TaskGroup>(*executor_);
    beside_ = std::make_unique<TaskGroup>(*executor_);
    auto opened = co_await journal_.open();
    // One that is another's may be read later; one of a newer version never.
    if (!opened && (journal_.is_held() || opened.error().kind() == ErrorKind::Invalid)) {
        co_return opened.take_error();
    }
    co_await take_up_last_good();
    co_return Result<void>();
}

asio::awaitable<void> Controller::look() {
    co_await refresh_source();
    // The second pass knows what the first one saw: what is read per item is complete then.
    static_cast<void>(co_await pass());
    static_cast<void>(co_await pass());
}

asio::awaitable<bool> Controller::pass() {
    const auto fetched = fetched_;
    follow_store();
    if (journal_.must_open()) {
        // Somebody else wrote: nothing is known until it is read again.
        static_cast<void>(co_await journal_.open());
        co_await take_up_last_good();
    }
    co_await journal_.check();
    bool again = false;
    if (desired_ != nullptr) {
        again = co_await reconcile();
    }
    ++passes_;
    answered_ = std::max(answered_, fetched);
    look_again_ = next_look();
    publish();
    const bool now = again && journal_.healthy();
    co_return now;
}

/// True when another pass should follow at once: what this one decided on has changed.
asio::awaitable<bool> Controller::reconcile() {
    if (!settings_.only_look && !stopping_) {
        // What comes after this look is told.
        listener_.listen(*executor_, systems_->shared_backends());
        if (journal_.is_held()) {
            co_await keep_lease();
        }
    }
    // What was seen before it was held may be what another was changing.
    const auto mandate = lease_.mandate();
    const auto looked_at = looked_at_;
    const auto sight = co_await observe();
    if (sight.desired != desired_) {
        co_return true;
    }
    heed_marks(*sight.observed);
    const auto ledger = writers_.with_all(journal_.ledger());
    diff_ = sight.systems->diff(
        {*sight.desired, *sight.observed, journal_.record(), *journal_.ledger()});
    const bool durable = journal_.healthy();
    step_ = settings_.planner(
        *sight.desired, *sight.observed, diff_, journal_.record(), *ledger, outside_.clock.now());
    // Who decides again without a look does not put off the look that was due.
    see_again_ = looked_at == looked_at_ ? std::min(see_again_, step_.see_again) : step_.see_again;
    observed_ = sight.observed;
    if (settings_.only_look) {
        co_return false;
    }
    if (!mandate || mandate != lease_.mandate()) {
        checks_.want(*executor_, {}, {}, nullptr);
        co_return false;
    }
    const auto conclusion = co_await conclude(step_, durable);
    if (conclusion == Conclusion::Overtaken || sight.desired != desired_) {
        co_return true;
    }
    if (conclusion == Conclusion::Counts) {
        begin_writes(sight);
        begin_checks(sight);
        co_await journal_.prune();
    }
    co_return false;
}

/// Commits what a pass concluded. No: what it begins is not to be done. A pass that was planned
/// without the store begins nothing, and counts whether the store takes it or not.
asio::awaitable<Controller::Conclusion> Controller::conclude(const Step& step, bool durable) {
    const bool news =
        !step.events.empty() || !step.settled.empty() || step.next != journal_.record();
    const bool anew = step.anew || !step.settled.empty();
    moved_ = moved_ || anew;
    memory_->moved = memory_->moved || anew;
    // A store that failed is tried again whatever there is to say.
    if (!news && journal_.healthy()) {
        co_return Conclusion::Counts;
    }
    bool overtaken = false;
    Journal::Decide decide = [&]() -> Result<Journal::Change> {
        overtaken = step.next.heard() != journal_.ledger()->words.size();
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

void Controller::begin_writes(const Sight& sight) {
    std::vector<Edit> edits;
    for (const auto& edit : step_.release) {
        const bool stack = edit.room() == Room::Stacks;
        const auto lane = Writers::lane_of(edit);
        const auto seen = stack ? listed_at_ : looks_.began(lane);
        if (writers_.is_news(edit, seen)) {
            edits.push_back(edit);
        } else if (stack && writers_.ended(lane) > seen) {
            // What was written there is not in the list yet.
            moved_ = true;
            memory_->moved = true;
        }
    }
    Writers::Perform perform = [this, desired = sight.desired](Edit edit) {
        return write(std::move(edit), desired);
    };
    writers_.begin(*executor_, std::move(edits), outside_.clock.now(), std::move(perform));
}

/// Said since the flip was released: it is not begun.
bool Controller::begins_nothing() const {
    const auto& ledger = *journal_.ledger();
    return ledger.paused() || freeze_at(*desired_, ledger, outside_.clock.now().wall);
}

/// Judged by what is known when its turn has come, which may be later than it was released.
asio::awaitable<bool> Controller::write(
    Edit edit,
    std::shared_ptr<const DesiredState> released_for) {
    if (released_for != desired_ || observed_ == nullptr || !lease_.mandate()) {
        co_return false;
    }
    Sight sight;
    sight.desired = desired_;
    sight.systems = systems_;
    sight.observed = observed_;
    Actor::Wanted wanted = [this, released_for](const Edit& judged) {
        const bool begins = judged.is_flip() && judged.stack()->to == AuthMode::Jwt;
        return released_for == desired_ && !(begins && begins_nothing());
    };
    const bool goes_on = edit.is_flip() ||
                         (edit.stack() != nullptr && edit.stack()->purpose == StackPurpose::Wiring);
    const auto flip = goes_on && edit.stack()->head_before.empty() ? edit.intent : "";
    const bool stack = edit.room() == Room::Stacks;
    const bool sent = co_await actor_.act(std::move(sight), std::move(edit), std::move(wanted));
    // Accepted is not deployed: where Swarm tells when there is something to be seen of a flip, it
    // is looked at then.
    const bool told = observed_ != nullptr && observed_->told;
    const auto* known = std::as_const(*journal_.ledger()).intent(flip);
    const bool lands = told && known != nullptr && known->state == IntentState::Written;
    moved_ = moved_ || !sent || (stack && !lands);
    others_moved_ = others_moved_ || !stack;
    memory_->moved = memory_->moved || (stack && !lands);
    if (sent && lands) {
        bell_.ring();
    } else if (sent) {
        ring_urgently();
    }
    co_return sent;
}

void Controller::begin_checks(const Sight& sight) {
    Checks::Scope scope;
    scope.rollout = journal_.record().id();
    scope.revision = sight.desired->revision;
    Checks::Perform perform = [this, sight](Check check) {
        return ask_one(std::move(check), sight);
    };
    checks_.want(*executor_, scope, step_.ask, std::move(perform));
}

/// The first gate is about what Keycloak and the vault hold now, not about what a pass saw of them
/// some seconds ago.
asio::awaitable<std::shared_ptr<const Observed>> Controller::identity_anew(Sight sight) {
    auto seen = std::make_shared<Observed>(*sight.observed);
    for (const auto room : {Room::Clients, Room::Secrets}) {
        auto* system = sight.systems->of(room);
        const auto asked = outside_.clock.now();
        const auto order = ++order_;
        const auto sighting = co_await system->look(sight.desired);
        sighting(*seen);
        if (sight.systems == systems_) {
            looks_.take(std::string(system->name()), sighting, asked, order);
        }
    }
    co_return seen;
}

gates::Ports Controller::ports_of(Systems& systems) {
    const auto& backends = systems.backends();
    return {
        outside_.clock,
        outside_.credentials,
        *backends.identity,
        *backends.policies,
        *backends.mcp,
        &spent_};
}

asio::awaitable<Evidence> Controller::ask_one(Check check, Sight sight) {
    if (check.kind == CheckKind::Token) {
        sight.observed = co_await identity_anew(sight);
    }
    const auto ports = ports_of(*sight.systems);
    gates::Scene scene;
    scene.desired = std::move(sight.desired);
    scene.observed = std::move(sight.observed);
    scene.ledger = journal_.ledger();
    scene.rollout = journal_.record().id();
    co_return co_await gates::run(ports, std::move(scene), std::move(check));
}

asio::awaitable<void> Controller::keep(std::vector<Evidence> evidence) {
    const bool good = std::all_of(evidence.begin(), evidence.end(), is_no_news);
    Batch batch;
    batch.evidence = std::move(evidence);
    static_cast<void>(co_await journal_.commit_or_keep(std::move(batch)));
    moved_ = moved_ || !good;
    if (good) {
        bell_.ring();
    } else {
        ring_urgently();
    }
    if (good && is_at_rest() && has_just_looked()) {
        // What is answered meanwhile is kept by the next commit.
        static_cast<void>(
            co_await outside_.clock.sleep_until(outside_.clock.now().mono + kCommitTogether));
    }
}

asio::awaitable<void> Controller::one_pass() {
    const auto began = outside_.clock.now().mono;
    again_ = false;
    look_again_ = began + std::chrono::seconds(5);  // unless it ends as it should
    try {
        again_ = co_await pass();
    } catch (const boost::system::system_error&) {
        throw;  // cancelled
    } catch (const std::exception& error) {
        ++counted_.failed;
        log::error("the pass ended by an exception: {}", error.what());
    }
    counted_.times.observe(outside_.clock.now().mono - began);
}

asio::awaitable<void> Controller::run() {
    using asio::experimental::awaitable_operators::operator||;
    auto& clock = outside_.clock;
    beside_->spawn("source", follow_source());
    beside_->spawn("view", keep_view_fresh());
    // What is in force may be older than what is wanted; but it is not waited for for long.
    constexpr Duration patience = std::chrono::seconds(2);
    co_await (first_fetch_.wait() || clock.sleep_until(clock.now().mono + patience));
    while (!stopping_) {
        const auto began = clock.now().mono;
        urgent_ = false;
        passing_->spawn("pass", one_pass());
        busy_.ring();
        co_await passing_->join();
        if (!again_ && !stopping_) {
            co_await (clock.sleep_until(look_again_) || bell_.wait());
        }
        co_await gather(began);
        if (!stopping_) {
            static_cast<void>(co_await clock.sleep_until(began + kBreath));
        }
    }
    co_await end_all();
}

/// What comes together is decided together: good answers, and what was written without a hitch.
asio::awaitable<void> Controller::gather(Mono began) {
    using asio::experimental::awaitable_operators::operator||;
    while (!stopping_ && !again_ && !urgent_ && has_just_looked()) {
        const bool rests = is_at_rest();
        const auto all = rests ? gathering(desired_->services.size()) : kTogether;
        const auto next = rests ? began + all : std::min(began + all, look_again_);
        if (outside_.clock.now().mono >= next) {
            co_return;
        }
        co_await (outside_.clock.sleep_until(next) || bell_.wait());
    }
}

void Controller::stop() {
    unsettled_ = unsettled_ || writers_.size() > 0;
    stopping_ = true;
    for (auto* bell : {&bell_, &source_bell_, &first_fetch_, &busy_}) {
        bell->ring();
    }
    if (passing_ != nullptr) {
        passing_->cancel();
        beside_->cancel();
    }
    checks_.cancel();
    listener_.cancel();
    lease_.cancel();
    looks_.forget();
    writers_.cancel();
}

asio::awaitable<void> Controller::end_all() {
    co_await beside_->join();
    co_await checks_.join();
    co_await listener_.join();
    co_await looks_.join();
    co_await writers_.join();
    co_await lease_.end(unsettled_);
}

void Controller::store_turned() {
    source_due_ = true;
    source_bell_.ring();
    wake();
}

std::uint64_t Controller::look_now() {
    source_due_ = true;
    source_bell_.ring();
    asked_at_ = ++order_;
    return ++requested_;
}

}  // namespace wavegate::fleet
