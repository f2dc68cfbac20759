#pragma once

#include <fmt/core.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace wavegate::log {

enum class Level { Debug, Info, Warn, Error };
enum class Format { Text, Json };

/// Where lines go and how they look; call once, before other threads start. Default: text, Info.
void configure(Level level, Format format);
bool enabled(Level level);
/// Writes one line to stderr. Thread-safe.
void write(Level level, std::string_view message);

/// Lines go to `sink` and no longer to stderr; null: back to stderr. For tests that judge what is
/// logged; not while other threads log.
void divert(std::function<void(Level, std::string_view)> sink);

/// Secret has no formatter: a line that names one does not compile.
template <class... Args>
void line(Level level, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(level)) {
        write(level, fmt::format(format, std::forward<Args>(args)...));
    }
}
template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
    line(Level::Debug, format, std::forward<Args>(args)...);
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
    line(Level::Info, format, std::forward<Args>(args)...);
}
template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
    line(Level::Warn, format, std::forward<Args>(args)...);
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
    line(Level::Error, format, std::forward<Args>(args)...);
}

}  // namespace wavegate::log
