#include "operator/backends/portainer/events.hpp"

#include "operator/backends/portainer/fields.hpp"
#include "operator/backends/portainer/wire.hpp"
#include "operator/base/text.hpp"

#include <algorithm>

namespace wavegate::portainer {
namespace {

using Heard = EventLines::Heard;

/// An event names a service and what of it changed: a few hundred bytes.
constexpr std::size_t kLineLimit = std::size_t{64} << 10U;

Heard heard_in(std::string_view line) {
    if (trim(line).empty()) {
        return Heard::Nothing;
    }
    const auto event = parse_body(line);
    const auto* object = event ? event->if_object() : nullptr;
    const auto type = object == nullptr ? std::string() : text_at(*object, {"Type"});
    if (type.empty()) {
        return Heard::Garbage;
    }
    return type == "service" ? Heard::Service : Heard::Nothing;
}

}  // namespace

Heard EventLines::take(std::string_view piece) {
    auto all = Heard::Nothing;
    while (!piece.empty()) {
        const auto end = std::min(piece.find('\n'), piece.size());
        if (line_.size() + end > kLineLimit) {
            return Heard::Garbage;
        }
        line_ += piece.substr(0, end);
        if (end == piece.size()) {
            break;
        }
        const auto heard = heard_in(line_);
        if (heard == Heard::Garbage) {
            return heard;
        }
        all = heard == Heard::Service ? heard : all;
        line_.clear();
        piece.remove_prefix(end + 1);
    }
    return all;
}

}  // namespace wavegate::portainer
