#include "operator/sandbox/portainer/events.hpp"

#include "operator/base/doorbell.hpp"
#include "operator/sandbox/portainer/swarm.hpp"

#include <boost/json/serialize.hpp>

#include <utility>

namespace wavegate::sandbox {
namespace {

/// `label` matches no service event (swarm.md).
bool matches(const json::object& event, const Filters& filters) {
    const auto is = [&](std::initializer_list<const char*> path) {
        return [text = text_at(event, path)](const std::string& wanted) { return wanted == text; };
    };
    const auto id = text_at(event, {"Actor", "ID"});
    const auto name = text_at(event, {"Actor", "Attributes", "name"});
    return any(filters, "type", is({"Type"})) && any(filters, "event", is({"Action"})) &&
           any(filters, "scope", is({"scope"})) && !filters.contains("label") &&
           any(filters, "service", [&](const std::string& wanted) {
               return wanted == id || wanted == name;
           });
}

}  // namespace

struct EventStreams::Follower {
    Filters filters;
    Each each;
    Doorbell end;
    bool ended = false;

    void give(std::string_view piece) {
        if (!ended && !each(piece)) {
            ended = true;
            end.ring();
        }
    }
};

asio::awaitable<void> EventStreams::follow(Filters filters, Each each) {
    auto follower = std::make_shared<Follower>();
    follower->filters = std::move(filters);
    follower->each = std::move(each);
    for (const auto& other : followers_) {
        other->give({});
    }
    std::erase_if(followers_, [](const auto& other) { return other->ended; });
    followers_.push_back(follower);
    follower->give({});
    co_await follower->end.wait();
}

void EventStreams::tell(const json::object& event) {
    const auto line = json::serialize(event) + "\n";
    const auto all = followers_;
    for (const auto& follower : all) {
        if (matches(event, follower->filters)) {
            follower->give(line);
        }
    }
    std::erase_if(followers_, [](const auto& follower) { return follower->ended; });
}

void EventStreams::cut() {
    for (const auto& follower : std::exchange(followers_, {})) {
        follower->ended = true;
        follower->end.ring();
    }
}

}  // namespace wavegate::sandbox
