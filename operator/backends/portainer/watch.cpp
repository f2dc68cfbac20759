#include "operator/backends/portainer/client.hpp"
#include "operator/backends/portainer/events.hpp"
#include "operator/backends/portainer/fields.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace wavegate::portainer {
namespace {

/// What hears a stream: its lines, and whether it turned out to be none.
struct Ear {
    EventLines lines;
    bool garbage = false;
    std::function<void(Stacks::Hint)> tell;

    bool take(std::string_view piece) {
        if (piece.empty()) {
            tell({Stacks::Hint::Kind::Open, {}});
            return true;
        }
        garbage = !lines.take(piece, tell);
        return !garbage;
    }
};

std::shared_ptr<Ear> ear_for(std::function<void(Stacks::Hint)> tell) {
    auto ear = std::make_shared<Ear>();
    ear->tell = std::move(tell);
    return ear;
}

}  // namespace

Task<void> Client::watch(std::function<void(Hint)> tell) {
    auto where = co_await api_.environment();
    if (!where) {
        co_return where.take_error();
    }
    // Unbuffered through Portainer, the head at once (swarm.md).
    auto request = api_.request_for(
        "GET",
        fmt::format(
            "/endpoints/{}/docker/events?{}", where->id, docker_filters("type", "service")));
    const auto ear = ear_for(std::move(tell));
    request.each = [ear](std::string_view piece) { return ear->take(piece); };
    auto answer = co_await api_.send(std::move(request));
    if (!answer) {
        co_return answer.take_error().with_effect(Effect::None);
    }
    if (answer->status == 404) {
        api_.forget_environment();
    }
    if (answer->status != 200) {
        co_return read_error(*answer);
    }
    if (ear->garbage) {
        co_return malformed("events");
    }
    co_return Result<void>();
}

}  // namespace wavegate::portainer
