#include "reconcilers/fleet/writers.hpp"

#include "operator/model/intent.hpp"

#include <algorithm>
#include <utility>

namespace wavegate::fleet {
namespace {

constexpr std::string_view kStack = "stack/";
/// Writes of stacks at once, ways back not counted: each may take minutes, and holds one of the few
/// connections by which the others are looked at and brought back.
constexpr std::ptrdiff_t kStacksAtOnce = 3;

/// Does the rollout's record name the intent of such an edit?
bool is_recorded(const Edit& edit) {
    const auto* stack = edit.stack();
    return edit.restart() != nullptr ||
           (stack != nullptr && stack->purpose != StackPurpose::EnvSync);
}

}  // namespace

struct Writers::Entry {
    Edit edit;
    Intent intent;
    std::string lane;
    bool way_back = false;
    bool running = false;
    std::shared_ptr<const Perform> perform;
};

std::string Writers::lane_of(const Edit& edit) {
    if (const auto* stack = edit.stack()) {
        return std::string(kStack) + stack->stack;
    }
    if (const auto* restart = edit.restart()) {
        return std::string(kStack) + restart->service;
    }
    return std::string(edit.kind());
}

bool Writers::is_news(const Edit& edit, std::uint64_t looked) const {
    const auto lane = lane_of(edit);
    const bool recorded = is_recorded(edit);
    const bool under_way = std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) {
        return entry->lane == lane && (!recorded || entry->edit.id == edit.id);
    });
    return !under_way && (recorded || ended(lane) <= looked);
}

std::uint64_t Writers::stacks_ended() const {
    std::uint64_t newest = 0;
    for (const auto& [lane, at] : ended_) {
        newest = lane.starts_with(kStack) ? std::max(newest, at) : newest;
    }
    return newest;
}

std::uint64_t Writers::ended(const std::string& lane) const {
    const auto at = ended_.find(lane);
    return at == ended_.end() ? 0 : at->second;
}

void Writers::begin(
    const asio::any_io_executor& executor,
    std::vector<Edit> edits,
    Time now,
    Perform perform) {
    if (edits.empty()) {
        return;
    }
    if (tasks_ == nullptr) {
        tasks_ = std::make_unique<TaskGroup>(executor);
    }
    const auto shared = std::make_shared<const Perform>(std::move(perform));
    for (auto& edit : edits) {
        auto entry = std::make_shared<Entry>();
        entry->intent = intent_of(edit, now);
        entry->lane = lane_of(edit);
        entry->way_back = edit.is_way_back();
        entry->perform = shared;
        entry->edit = std::move(edit);
        const auto place = entry->way_back ? std::find_if(
                                                 entries_.begin(),
                                                 entries_.end(),
                                                 [](const auto& other) { return !other->way_back; })
                                           : entries_.end();
        entries_.insert(place, std::move(entry));
    }
    start_waiting();
}

bool Writers::may_start(const Entry& entry) const {
    const auto busy = [&](const auto& other) {
        return other->running && other->lane == entry.lane;
    };
    if (entry.running || std::any_of(entries_.begin(), entries_.end(), busy)) {
        return false;
    }
    if (entry.way_back || !entry.lane.starts_with(kStack)) {
        return true;
    }
    return std::count_if(entries_.begin(), entries_.end(), [](const auto& other) {
               return other->running && !other->way_back && other->lane.starts_with(kStack);
           }) < kStacksAtOnce;
}

void Writers::start_waiting() {
    // Of a copy: a write that ends before it waits for anything takes itself out of the list.
    const auto all = entries_;
    for (const auto& entry : all) {
        if (!cancelled_ && may_start(*entry)) {
            entry->running = true;
            tasks_->spawn("write", run(entry));
        }
    }
}

asio::awaitable<void> Writers::run(std::shared_ptr<Entry> entry) {
    std::exception_ptr thrown;
    try {
        static_cast<void>(co_await (*entry->perform)(entry->edit));
    } catch (...) {
        thrown = std::current_exception();
    }
    ended_[entry->lane] = ++order_;
    std::erase(entries_, entry);
    start_waiting();
    if (thrown) {
        std::rethrow_exception(thrown);
    }
}

std::shared_ptr<const Ledger> Writers::with_all(std::shared_ptr<const Ledger> ledger) const {
    if (entries_.empty()) {
        return ledger;
    }
    auto whole = std::make_shared<Ledger>(*ledger);
    for (const auto& entry : entries_) {
        whole->under_way.insert(entry->intent.id);
        if (std::as_const(*ledger).intent(entry->intent.id) == nullptr) {
            whole->intents.push_back(entry->intent);
        }
    }
    return whole;
}

void Writers::cancel() {
    cancelled_ = true;
    if (tasks_ != nullptr) {
        tasks_->cancel();
    }
}

asio::awaitable<void> Writers::join() {
    if (tasks_ != nullptr) {
        co_await tasks_->join();
    }
}

}  // namespace wavegate::fleet
