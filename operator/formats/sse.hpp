#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wavegate::formats {

struct SseEvent {
    std::string event;  ///< "message" when the stream names none
    std::string data;   ///< lines joined by \n
    std::string id;
};

/// The complete events of a text/event-stream body (WHATWG HTML §9.2): CR, LF and CRLF ends,
/// comments and retry lines skipped, an event without data dropped, an unfinished last one too.
std::vector<SseEvent> parse_sse(std::string_view body);

}  // namespace wavegate::formats
