#include "operator/status/turns.hpp"

#include "operator/status/conditions.hpp"
#include "operator/status/objects.hpp"

#include <utility>

namespace wavegate::status {
namespace {

std::string key_of(const Wait& wait) {
    return wait.object + "/wait";
}

class Follower {
  public:
    Follower(const View& view, const Turns* before) : view_(view), before_(before) {}

    void take(std::string key, std::string said, Time derived) {
        Turn turn{std::move(said), derived};
        const auto* last = before_ == nullptr ? nullptr : find(key);
        if (last != nullptr && last->said == turn.said) {
            turn.since = last->since;
        } else if (last != nullptr && derived.mono <= last->since.mono) {
            turn.since = view_.now;
        }
        turns_.insert_or_assign(std::move(key), std::move(turn));
    }

    void take(const std::string& object, const std::vector<Condition>& conditions) {
        for (const auto& condition : conditions) {
            if (condition.type != kSourceReady) {
                take(turn_key(object, condition.type), condition.status, condition.since);
            }
        }
    }

    Turns turns() && { return std::move(turns_); }

  private:
    [[nodiscard]] const Turn* find(const std::string& key) const {
        const auto at = before_->find(key);
        return at == before_->end() ? nullptr : &at->second;
    }

    const View& view_;
    const Turns* before_;
    Turns turns_;
};

}  // namespace

Turns turns_of(const View& view, const Turns* before) {
    Follower follower(view, before);
    for (const auto& wait : view.waits) {
        follower.take(key_of(wait), std::string(to_string(wait.reason)), wait.since);
    }
    if (view.desired == nullptr) {
        return std::move(follower).turns();
    }
    const Index index(view);
    follower.take("Fleet/" + view.desired->fleet.name, fleet_conditions(view));
    for (const auto& service : view.desired->services) {
        follower.take("Service/" + service.name, service_conditions(index, service));
    }
    for (const auto& client : view.desired->clients) {
        follower.take("OidcClient/" + client.name, client_conditions(index, client));
    }
    for (const auto& policy : view.desired->policies) {
        follower.take("EunomiaPolicy/" + policy.name, policy_conditions(index, policy));
    }
    return std::move(follower).turns();
}

void date_waits(View& view) {
    for (auto& wait : view.waits) {
        const auto at = view.turns->find(key_of(wait));
        wait.since = at == view.turns->end() ? wait.since : at->second.since;
    }
}

}  // namespace wavegate::status
