#include "operator/base/log.hpp"

#include "operator/base/text.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <utility>

namespace wavegate::log {
namespace {

spdlog::level::level_enum to_spdlog(Level level) {
    switch (level) {
        case Level::Debug:
            return spdlog::level::debug;
        case Level::Info:
            return spdlog::level::info;
        case Level::Warn:
            return spdlog::level::warn;
        case Level::Error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

/// spdlog's own pattern does not escape the message: it would not be JSON.
class JsonLines final : public spdlog::formatter {
  public:
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& destination)
        override {
        namespace json = boost::json;
        const auto level = spdlog::level::to_string_view(message.level);
        const auto millis =
            std::chrono::duration_cast<std::chrono::milliseconds>(message.time.time_since_epoch())
                .count();
        json::object line;
        line["time_ms"] = millis;
        line["level"] = json::string_view(level.data(), level.size());
        line["message"] = json::string_view(message.payload.data(), message.payload.size());
        const std::string text = json::serialize(line) + "\n";
        destination.append(text.data(), text.data() + text.size());
    }
    [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
        return std::make_unique<JsonLines>();
    }
};

std::function<void(Level, std::string_view)>& diverted() {
    static std::function<void(Level, std::string_view)> sink;
    return sink;
}

spdlog::logger& logger() {
    static const auto instance = [] {
        auto made = std::make_shared<spdlog::logger>(
            "wavegate", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %-5l %v", spdlog::pattern_time_type::utc);
        made->flush_on(spdlog::level::info);
        return made;
    }();
    return *instance;
}

}  // namespace

void configure(Level level, Format format) {
    logger().set_level(to_spdlog(level));
    if (format == Format::Json) {
        logger().set_formatter(std::make_unique<JsonLines>());
    }
}

bool enabled(Level level) {
    return logger().should_log(to_spdlog(level));
}

void divert(std::function<void(Level, std::string_view)> sink) {
    diverted() = std::move(sink);
}

void write(Level level, std::string_view message) {
    const auto line = one_line(message);
    if (diverted()) {
        diverted()(level, line);
        return;
    }
    logger().log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace wavegate::log
