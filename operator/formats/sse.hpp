#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wavegate::formats {

struct SseEvent {
    std::string event;  ///< "message" when the stream names none
    std::string data;   ///< lines joined by \n
    std::string id;     ///< the last one given, empty when none was
};

/// The complete events of a text/event-stream body (WHATWG HTML §9.2): CR, LF and CRLF ends,
/// comments and retry lines skipped; dropped are an unfinished last event and those without data,
/// also with an empty one (servers that keep events open their streams so). The id stays in force
/// until the stream gives another.
std::vector<SseEvent> parse_sse(std::string_view body);

}  // namespace wavegate::formats
