#include "reconcilers/fleet/act.hpp"

#include "operator/model/epoch.hpp"
#include "operator/model/intent.hpp"
#include "reconcilers/guard/judge.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::fleet {
namespace {

Event event_of(
    const Intent& intent,
    std::string object,
    Time now,
    std::string reason,
    std::string message) {
    Event event;
    event.at = now;
    event.kind = reason == "Written" ? "Normal" : "Warning";
    event.object = std::move(object);
    event.reason = std::move(reason);
    event.message = fmt::format("{}: {}", intent.kind, message);
    return event;
}

void note_error(Intent& intent, const Error& error) {
    const bool refused = error.effect() == Effect::None;
    const bool failed = error.status() != 0;
    intent.state = refused  ? IntentState::Refused
                   : failed ? IntentState::Failed
                            : IntentState::Lost;
    // A branch that is protected, a role that is lacking, a schema that is broken: none of them
    // passes by itself.
    const bool stays = error.kind() == ErrorKind::Denied || error.kind() == ErrorKind::Invalid;
    intent.lasting = (refused || failed) && stays;
    intent.note = error.message();
}

}  // namespace

/// One edit on its way, up to its write.
struct Actor::Case {
    Sight sight;
    Edit edit;
    Wanted wanted;
    Intent intent;
    std::string object;
    Live live;
    std::optional<Write> body;  ///< as it will be sent; the permit's once it is judged
    std::optional<Permit> permit;
};

asio::awaitable<bool> Actor::act(Sight sight, Edit edit, Wanted wanted) {
    Case at;
    at.intent = intent_of(edit, clock_.now());
    at.sight = std::move(sight);
    at.edit = std::move(edit);
    at.wanted = std::move(wanted);
    auto* system = at.sight.systems->of(at.edit.room());
    if (system == nullptr) {
        co_return false;  // it was there when this was planned, and another state is in force
    }
    if (!co_await prepare(at, *system)) {
        co_return false;
    }
    auto permit = co_await begin(at);
    if (!permit) {
        co_return false;
    }
    auto receipt = co_await system->apply(std::move(*permit));
    co_await settle(std::move(at.intent), std::move(at.object), std::move(receipt));
    co_return true;
}

/// Reads again what it touches, and makes the body of that.
asio::awaitable<bool> Actor::prepare(Case& at, System& system) {
    at.object = system.object_of(at.edit, *at.sight.desired);
    auto live = co_await system.reread(at.edit);
    if (!live) {
        co_await refuse(at.intent, at.object, 0, live.error().message());
        co_return false;
    }
    at.live = std::move(*live);
    if (is_overtaken(at)) {
        co_await refuse(
            at.intent, at.object, 0, "its stack bears a higher term: who acts is asked again");
        co_return false;
    }
    auto body = system.write_of(at.edit, at.live);
    if (!body) {
        co_await refuse(at.intent, at.object, 0, body.error().message());
        co_return false;
    }
    if (auto* stack = std::get_if<StackWrite>(&*body); stack != nullptr) {
        stamp(*stack, lease_.leadership().term);
    }
    system.note(at.intent, at.edit, *body, at.live);
    at.body.emplace(std::move(*body));
    co_return true;
}

/// Did one of a higher term write to this stack? Then the lock is looked at: it is another's, or a
/// new term is taken. A way back is not refused by it, as long as the lock is held.
bool Actor::is_overtaken(const Case& at) {
    const auto& leads = lease_.leadership();
    const auto mark = at.live.stack ? epoch_in(at.live.stack->env) : 0;
    if (!leads.locked || mark <= leads.term) {
        return false;
    }
    lease_.heed(mark);
    return !at.edit.is_way_back();
}

/// Judged and committed within one turn of the journal: the ledger that was judged is the one that
/// the intent is added to. Without a store no flip begins; what is in flight may still go back
/// (invariant 10), unless somebody else wrote to it.
asio::awaitable<std::optional<Permit>> Actor::begin(Case& at) {
    constexpr Duration good_for = std::chrono::seconds(10);
    Journal::Decide decide = [this, &at] { return judge(at); };
    const auto committed = co_await journal_.change(std::move(decide));
    if (!at.permit) {
        co_return std::nullopt;
    }
    const bool way_back = at.edit.is_way_back();
    const bool begun = way_back ? !journal_.must_open() : committed.has_value();
    if (!begun) {
        co_return std::nullopt;
    }
    if (!way_back && clock_.now().mono - at.intent.at.mono > good_for) {
        co_await refuse(
            at.intent, at.object, 0, "its evidence grew old while the intent was being stored");
        co_return std::nullopt;
    }
    co_return std::move(at.permit);
}

/// The intent of what may be written, or the refusal.
Result<Journal::Change> Actor::judge(Case& at) {
    if (at.wanted && !at.wanted(at.edit)) {
        return Error(ErrorKind::Cancelled, "it is not wanted any more");
    }
    at.intent.at = clock_.now();
    const auto ledger = journal_.ledger();
    const guard::Judge judge(*at.sight.desired, *at.sight.observed, *ledger, at.intent.at);
    const LeaseProof lease(journal_.healthy(), lease_.until());
    auto verdict = judge.judge(at.edit, std::move(*at.body), at.live, lease);
    Journal::Change change;
    if (auto* refused = std::get_if<guard::Refusal>(&verdict)) {
        change.batch = refusal(at.intent, at.object, refused->invariant, refused->message);
        change.keep = true;
        return change;
    }
    at.permit.emplace(std::get<Permit>(std::move(verdict)));
    change.batch.intents.push_back(at.intent);
    change.keep = at.edit.is_way_back();
    return change;
}

Batch Actor::refusal(Intent intent, std::string object, int invariant, std::string message) {
    intent.state = IntentState::Refused;
    intent.settled = clock_.now();
    intent.note = std::move(message);
    Batch batch;
    if (invariant > 0) {
        ++refusals_[invariant];
        batch.events.push_back(event_of(
            intent,
            std::move(object),
            intent.settled,
            "GuardRefused",
            fmt::format("invariant {}: {}", invariant, intent.note)));
    }
    batch.intents.push_back(std::move(intent));
    return batch;
}

asio::awaitable<void>
Actor::refuse(Intent intent, std::string object, int invariant, std::string message) {
    auto batch = refusal(std::move(intent), std::move(object), invariant, std::move(message));
    static_cast<void>(co_await journal_.commit_or_keep(std::move(batch)));
}

asio::awaitable<void> Actor::settle(Intent intent, std::string object, Result<Receipt> receipt) {
    intent.settled = clock_.now();
    if (receipt) {
        intent.state = IntentState::Written;
    } else {
        note_error(intent, receipt.error());
    }
    Batch batch;
    std::string reason(to_string(intent.state));
    std::string message = intent.note.empty() ? intent.target : intent.note;
    batch.events.push_back(
        event_of(intent, std::move(object), intent.settled, std::move(reason), std::move(message)));
    batch.intents.push_back(std::move(intent));
    static_cast<void>(co_await journal_.commit_or_keep(std::move(batch)));
}

}  // namespace wavegate::fleet
