#pragma once

#include "operator/base/task.hpp"
#include "operator/sandbox/portainer/filters.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace wavegate::sandbox {

/// Who follows the engine's events, each by what its filters let through. Silent when nothing
/// happens: one that has left is noticed at the next event, or when another comes.
class EventStreams {
  public:
    using Each = std::function<bool(std::string_view piece)>;

    /// Ends when the follower has enough, or all are cut.
    asio::awaitable<void> follow(Filters filters, Each each);
    void tell(const boost::json::object& event);
    void cut();
    [[nodiscard]] std::size_t open() const { return followers_.size(); }

  private:
    struct Follower;
    std::vector<std::shared_ptr<Follower>> followers_;
};

}  // namespace wavegate::sandbox
