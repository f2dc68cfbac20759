#include "reconcilers/fleet/act.hpp"

#include "operator/base/digest.hpp"
#include "operator/model/inputs.hpp"
#include "reconcilers/annotations/write.hpp"
#include "reconcilers/clients/write.hpp"
#include "reconcilers/guard/judge.hpp"
#include "reconcilers/policies/write.hpp"
#include "reconcilers/secrets/write.hpp"
#include "reconcilers/stacks/write.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::fleet {
namespace {

void describe(Intent& intent, const Edit& edit) {
    intent.kind = edit.kind();
    if (const auto* stack = edit.stack()) {
        intent.service = stack->service;
        intent.to = stack->to;
        intent.block_before = canonical(stack->block_before);
        intent.block_after = canonical(stack->block_after);
    }
    if (const auto* restart = edit.restart()) {
        intent.service = restart->service;
    }
}

/// What the write meets, so that its outcome can be told from others' doings afterwards.
void note_live(Intent& intent, const Edit& edit, const Write& write, const Live& live) {
    intent.version = live.service ? live.service->version : 0;
    const auto* stack = edit.stack();
    if (stack == nullptr) {
        return;
    }
    if (live.service) {
        intent.keys = stack->keys;
        intent.untouched = untouched_digest(*live.service, stack->keys);
    }
    if (live.stack && live.stack->git) {
        intent.deployed = live.stack->git->config_hash;
        intent.head_before = stack->head_before;
    }
    const auto* body = std::get_if<StackWrite>(&write);
    if (body != nullptr && body->commit) {
        intent.file_after = sha256_hex(body->commit->text);
    }
}

/// What an edit is about, as status names it: Kind/name.
struct ObjectOf {
    const DesiredState& desired;

    [[nodiscard]] std::string service(const std::string& name) const {
        const bool multiplexer = name == desired.fleet.multiplexer.stack;
        return (multiplexer ? "Multiplexer/" : "Service/") + name;
    }
    template <class Same>
    [[nodiscard]] std::string client(const std::string& otherwise, Same same) const {
        const auto& clients = desired.clients;
        const auto at = std::find_if(clients.begin(), clients.end(), same);
        return "OidcClient/" + (at == clients.end() ? otherwise : at->name);
    }

    std::string operator()(const StackEdit& edit) const { return service(edit.service); }
    std::string operator()(const RestartEdit& edit) const { return service(edit.service); }
    std::string operator()(const ClientEdit& edit) const {
        return client(edit.client_id, [&](const OidcClientSpec& spec) {
            return spec.client_id == edit.client_id;
        });
    }
    std::string operator()(const SecretEdit& edit) const {
        return client(
            edit.path, [&](const OidcClientSpec& spec) { return spec.secret_path == edit.path; });
    }
    std::string operator()(const PolicyEdit& edit) const {
        return "EunomiaPolicy/" + (edit.document.empty() ? edit.policy.name : edit.document);
    }
    std::string operator()(const AnnotationEdit& /*edit*/) const {
        return "Fleet/" + desired.fleet.name;
    }
};

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

/// The whole body, by the room whose edit it is.
Result<Write> write_of(const Edit& edit, const Live& live) {
    switch (edit.room()) {
        case Room::Stacks:
            return stacks::write_of(edit, live);
        case Room::Clients:
            return clients::write_of(edit, live);
        case Room::Secrets:
            return secrets::write_of(edit, live);
        case Room::Policies:
            return policies::write_of(edit, live);
        case Room::Annotations:
            return annotations::write_of(edit, live);
    }
    return Error(ErrorKind::Internal, "an edit of no room");
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

std::string object_of(const Edit& edit, const DesiredState& desired) {
    return std::visit(ObjectOf{desired}, edit.body);
}

Intent intent_of(const Edit& edit, Time now) {
    Intent intent;
    intent.id = edit.intent;
    intent.edit = edit.id;
    intent.target = edit.target;
    intent.rollout = edit.rollout;
    intent.at = now;
    describe(intent, edit);
    return intent;
}

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
    at.object = object_of(edit, *sight.desired);
    at.sight = std::move(sight);
    at.edit = std::move(edit);
    at.wanted = std::move(wanted);
    auto live = co_await observer_.reread(at.sight.backends, at.edit);
    if (!live) {
        co_await refuse(std::move(at.intent), std::move(at.object), 0, live.error().message());
        co_return false;
    }
    auto body = write_of(at.edit, *live);
    if (!body) {
        co_await refuse(std::move(at.intent), std::move(at.object), 0, body.error().message());
        co_return false;
    }
    note_live(at.intent, at.edit, *body, *live);
    at.live = std::move(*live);
    at.body.emplace(std::move(*body));
    auto permit = co_await begin(at);
    if (!permit) {
        co_return false;
    }
    auto receipt = co_await write(*at.sight.backends, std::move(*permit));
    co_await settle(std::move(at.intent), std::move(at.object), std::move(receipt));
    co_return true;
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
    const LeaseProof lease(journal_.healthy());
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

Task<Receipt> Actor::write(Backends& backends, Permit permit) {
    if (const auto* stack = permit.as<StackWrite>()) {
        if (!stack->commit) {
            co_return co_await backends.stacks->apply(std::move(permit));
        }
        if (backends.repositories == nullptr) {
            co_return Error(ErrorKind::Invalid, "no stackRepo credentials are declared");
        }
        // What git sends does not go over a transport of ours, which asks at each attempt.
        if (permit.good_until() && clock_.now().mono > *permit.good_until()) {
            co_return Error(ErrorKind::Conflict, "its permit has ended");
        }
        auto rest = co_await backends.repositories->push(std::move(permit));
        if (!rest) {
            co_return rest.take_error();
        }
        co_return co_await backends.stacks->apply(std::move(*rest));
    }
    if (permit.as<ServiceRestart>() != nullptr) {
        co_return co_await backends.stacks->apply(std::move(permit));
    }
    if (permit.as<ClientWrite>() != nullptr) {
        co_return co_await backends.identity->apply(std::move(permit));
    }
    if (permit.as<VaultWrite>() != nullptr) {
        co_return co_await backends.vault->apply(std::move(permit));
    }
    if (permit.as<PolicyWrite>() != nullptr) {
        co_return co_await backends.policies->apply(std::move(permit));
    }
    if (backends.annotations == nullptr) {
        co_return Error(ErrorKind::Invalid, "no Grafana is declared");
    }
    co_return co_await backends.annotations->apply(std::move(permit));
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
