#include "operator/formats/sse.hpp"

#include "operator/formats/byte_order_mark.hpp"

#include <utility>

namespace wavegate::formats {
namespace {

/// Takes the next complete line off `rest`; false when only a piece of one is left.
bool take_line(std::string_view& rest, std::string_view& line) {
    const auto end = rest.find_first_of("\r\n");
    if (end == std::string_view::npos) {
        return false;
    }
    line = rest.substr(0, end);
    const bool two = rest.substr(end, 2) == "\r\n";
    rest.remove_prefix(end + (two ? 2 : 1));
    return true;
}

class Reader {
  public:
    void take(std::string_view line) {
        if (line.empty()) {
            dispatch();
            return;
        }
        const auto colon = line.find(':');
        const std::string_view field = line.substr(0, colon);
        std::string_view value;
        if (colon != std::string_view::npos) {
            value = line.substr(colon + 1);
            value.remove_prefix(value.starts_with(' ') ? 1 : 0);
        }
        set(field, value);
    }

    std::vector<SseEvent> events;

  private:
    void set(std::string_view field, std::string_view value) {
        if (field == "data") {
            data_ += value;
            data_ += '\n';
        } else if (field == "event") {
            event_ = value;
        } else if (field == "id" && value.find('\0') == std::string_view::npos) {
            id_ = value;  // stays for the events that follow, as the standard has it
        }
    }

    void dispatch() {
        if (data_.size() > 1) {
            data_.pop_back();
            events.push_back({event_.empty() ? "message" : event_, std::move(data_), id_});
        }
        data_.clear();
        event_.clear();
    }

    std::string data_;
    std::string event_;
    std::string id_;
};

}  // namespace

std::vector<SseEvent> parse_sse(std::string_view body) {
    if (body.starts_with(kByteOrderMark)) {
        body.remove_prefix(kByteOrderMark.size());
    }
    Reader reader;
    std::string_view line;
    while (take_line(body, line)) {
        reader.take(line);
    }
    return std::move(reader.events);
}

}  // namespace wavegate::formats
