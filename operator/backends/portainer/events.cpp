#include "operator/backends/portainer/events.hpp"

#include "operator/backends/portainer/fields.hpp"
#include "operator/backends/portainer/wire.hpp"
#include "operator/base/text.hpp"

#include <algorithm>

namespace wavegate::portainer {
namespace {

using Hint = Stacks::Hint;

/// An event names a service and what of it changed: a few hundred bytes.
constexpr std::size_t kLineLimit = std::size_t{64} << 10U;

/// Of the states of an update (swarm.md) one alone says that it goes on as it should.
Hint hint_of(const json::object& event) {
    const auto state = text_at(event, {"Actor", "Attributes", "updatestate.new"});
    const bool goes_on = state.empty() || state == "updating";
    return {
        goes_on ? Hint::Kind::Changed : Hint::Kind::Ended,
        text_at(event, {"Actor", "Attributes", "name"})};
}

/// False: it is no event.
bool hear(std::string_view line, const EventLines::Tell& tell) {
    if (trim(line).empty()) {
        return true;
    }
    const auto event = parse_body(line);
    const auto* object = event ? event->if_object() : nullptr;
    const auto type = object == nullptr ? std::string() : text_at(*object, {"Type"});
    if (type == "service") {
        tell(hint_of(*object));
    }
    return !type.empty();
}

}  // namespace

bool EventLines::take(std::string_view piece, const Tell& tell) {
    while (!piece.empty()) {
        const auto end = std::min(piece.find('\n'), piece.size());
        if (line_.size() + end > kLineLimit) {
            return false;
        }
        line_ += piece.substr(0, end);
        if (end == piece.size()) {
            return true;
        }
        if (!hear(line_, tell)) {
            return false;
        }
        line_.clear();
        piece.remove_prefix(end + 1);
    }
    return true;
}

}  // namespace wavegate::portainer
