#include "reconcilers/fleet/observe.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace wavegate::fleet {
namespace {

/// Keeps the systems, and so their backends, as long as it looks.
asio::awaitable<Sighting> look_by(
    std::shared_ptr<Systems> /*kept*/,
    Lookout& lookout,
    std::shared_ptr<const DesiredState> desired) {
    co_return co_await lookout.look(std::move(desired));
}

asio::awaitable<Sighting> look_at_heads(
    std::shared_ptr<Systems> systems,
    std::set<std::string> names,
    std::shared_ptr<Observed> then) {
    co_await systems->stacks().read_heads(std::move(names), then);
    std::shared_ptr<const Observed> seen = std::move(then);
    Sighting sighting = [seen](Observed& to) {
        for (const auto& [name, head] : seen->heads) {
            const auto* before = seen->stack(name);
            const auto* now = to.stack(name);
            // Of what was deployed before, it says nothing of now.
            const bool holds = before != nullptr && now != nullptr && before->git && now->git &&
                               before->git->config_hash == now->git->config_hash;
            if (holds) {
                to.heads[name] = head;
            }
        }
    };
    co_return sighting;
}

}  // namespace

asio::awaitable<std::shared_ptr<Observed>> Observer::observe(
    std::shared_ptr<const DesiredState> desired,
    std::shared_ptr<Systems> systems,
    stacks::DiffContext context,
    Manner manner) {
    Look look;
    look.desired = std::move(desired);
    look.systems = std::move(systems);
    const auto executor = co_await asio::this_coro::executor;
    begin_looks(executor, look, manner);
    if (manner.kept == nullptr) {
        co_await look_at_stacks(look, manner, std::move(context));
    } else {
        // A list of its own: what is made of it is made anew, since others are seen anew.
        look.seen->stacks = Seen<std::vector<StackView>>(
            std::vector<StackView>(*manner.kept->stacks), manner.kept->stacks.at());
        look.seen->swarm = manner.kept->swarm;
        look.seen->heads = manner.kept->heads;
        co_await look_beside(look, manner);
    }
    co_return look.seen;
}

/// Waits for the looks beside it, and shows what they saw.
asio::awaitable<void> Observer::look_beside(const Look& look, const Manner& manner) {
    co_await looks_.wait(manner.patience);
    if (manner.asked > 0) {
        // A look that was under way when somebody asked has ended now, and is no answer.
        const auto executor = co_await asio::this_coro::executor;
        begin_looks(executor, look, manner);
        co_await looks_.wait(manner.patience);
    }
    for (const auto* lookout : look.systems->beside()) {
        looks_.show(std::string(lookout->name()), *look.seen);
    }
}

asio::awaitable<void>
Observer::look_at_stacks(Look& look, const Manner& manner, stacks::DiffContext context) {
    constexpr Duration trusted_where_told = std::chrono::minutes(1);
    constexpr Duration trusted = std::chrono::seconds(5);
    auto& stacks = look.systems->stacks();
    stacks.trust_list(manner.told ? trusted_where_told : trusted);
    if (manner.moved) {
        stacks.expect_changes();
    }
    const auto sighting = co_await stacks.look(look.desired);
    co_await look_beside(look, manner);
    sighting(*look.seen);
    if (look.seen->stacks.ok()) {
        co_await stacks.read_files(look.desired, context, look.seen);
        if (stacks.reads_branches()) {
            co_await show_heads(look, manner, std::move(context));
        }
    }
}

/// What the pass does not wait for: each system's look beside it.
void Observer::begin_looks(
    const asio::any_io_executor& executor,
    const Look& look,
    const Manner& manner) {
    for (auto* lookout : look.systems->beside()) {
        const std::string lane(lookout->name());
        Looks::Look begin = [systems = look.systems, lookout, desired = look.desired] {
            return look_by(systems, *lookout, desired);
        };
        Looks::Failed failed = [systems = look.systems, lookout, desired = look.desired](
                                   const Error& error, Time at) {
            return lookout->unseen(*desired, error, at);
        };
        looks_.begin(
            executor,
            lane,
            std::max(manner.written(lane), manner.asked),
            manner.anew ? Duration(0) : lookout->trusted(),
            std::move(begin),
            std::move(failed));
    }
}

/// The git host of stacks is another than any of these systems, and may be as slow.
asio::awaitable<void>
Observer::show_heads(Look& look, const Manner& manner, stacks::DiffContext context) {
    constexpr const char* lane = "branches";
    auto names = look.systems->stacks().needed_heads(*look.desired, *look.seen, std::move(context));
    if (names.empty()) {
        co_return;
    }
    auto seen = std::make_shared<Observed>(*look.seen);
    Looks::Look begin = [systems = look.systems, names, seen] {
        return look_at_heads(systems, names, seen);
    };
    Looks::Failed failed = [names](const Error& error, Time at) {
        return [names, error, at](Observed& to) {
            for (const auto& name : names) {
                to.heads[name] = Seen<BranchHead>(error, at);
            }
        };
    };
    const auto executor = co_await asio::this_coro::executor;
    looks_.begin(
        executor, lane, manner.written(lane), Duration(0), std::move(begin), std::move(failed));
    co_await looks_.wait(manner.patience);
    if (looks_.began(lane) > 0) {
        looks_.show(lane, *look.seen);
    }
}

}  // namespace wavegate::fleet
