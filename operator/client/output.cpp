#include "operator/client/output.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cmath>

namespace wavegate::client {
namespace json = boost::json;
namespace {

bool is_empty_container(const json::value& value) {
    return (value.is_object() && value.get_object().empty()) ||
           (value.is_array() && value.get_array().empty());
}

/// Boost.JSON writes 1.0 as 1E0, and infinity as a number that no reader takes.
std::string number_text(double number) {
    return std::isfinite(number) ? fmt::format("{}", number) : "null";
}

/// JSON on one line: of what has no members.
std::string scalar_text(const json::value& value) {
    return value.is_double() ? number_text(value.get_double()) : json::serialize(value);
}

void write_json(std::string& out, const json::value& value, std::size_t depth);

void write_json_members(std::string& out, const json::value& value, std::size_t depth) {
    bool first = true;
    const auto begin_line = [&] {
        out += first ? "\n" : ",\n";
        out.append(kIndent * (depth + 1), ' ');
        first = false;
    };
    if (const auto* object = value.if_object()) {
        for (const auto& member : *object) {
            begin_line();
            out += json::serialize(member.key()) + ": ";
            write_json(out, member.value(), depth + 1);
        }
    } else {
        for (const auto& element : value.get_array()) {
            begin_line();
            write_json(out, element, depth + 1);
        }
    }
    out += '\n';
    out.append(kIndent * depth, ' ');
}

void write_json(std::string& out, const json::value& value, std::size_t depth) {
    const bool members = (value.is_object() || value.is_array()) && !is_empty_container(value);
    if (!members) {
        out += scalar_text(value);
        return;
    }
    out += value.is_object() ? '{' : '[';
    write_json_members(out, value, depth);
    out += value.is_object() ? '}' : ']';
}

/// Words that some YAML reader takes for null or a boolean.
bool is_reserved(std::string_view text) {
    static constexpr std::array<std::string_view, 10> words{
        "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan"};
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char sign) {
        return static_cast<char>(std::tolower(sign));
    });
    return std::find(words.begin(), words.end(), lower) != words.end();
}

bool is_plain(std::string_view text) {
    const auto letter = [](char sign) {
        return std::isalpha(static_cast<unsigned char>(sign)) != 0 || sign == '/';
    };
    const auto inside = [](char sign) {
        return std::isalnum(static_cast<unsigned char>(sign)) != 0 ||
               std::string_view("/._- +=@(),;").find(sign) != std::string_view::npos;
    };
    return !text.empty() && letter(text.front()) && text.back() != ' ' &&
           std::all_of(text.begin(), text.end(), inside) && !is_reserved(text);
}

std::string yaml_string(std::string_view text) {
    return is_plain(text) ? std::string(text) : json::serialize(json::string(text));
}

std::string yaml_scalar(const json::value& value) {
    return value.is_string() ? yaml_string(value.get_string()) : scalar_text(value);
}

void write_yaml(std::string& out, const json::value& value, std::size_t depth, bool after_key);

void write_yaml_object(std::string& out, const json::object& object, std::size_t depth) {
    bool first = true;
    for (const auto& member : object) {
        if (!first) {
            out.append(kIndent * depth, ' ');
        }
        first = false;
        out += yaml_string(member.key()) + ":";
        write_yaml(out, member.value(), depth, true);
    }
}

void write_yaml_array(std::string& out, const json::array& array, std::size_t depth) {
    bool first = true;
    for (const auto& element : array) {
        if (!first) {
            out.append(kIndent * depth, ' ');
        }
        first = false;
        out += "- ";
        write_yaml(out, element, depth + 1, false);
    }
}

void write_yaml(std::string& out, const json::value& value, std::size_t depth, bool after_key) {
    const auto* object = value.if_object();
    const auto* array = value.if_array();
    if ((object == nullptr && array == nullptr) || is_empty_container(value)) {
        out += (after_key ? " " : "") + yaml_scalar(value) + "\n";
        return;
    }
    // Lists stand in the column of their key, maps one level deeper.
    const std::size_t inner = after_key && object != nullptr ? depth + 1 : depth;
    if (after_key) {
        out += '\n';
        out.append(kIndent * inner, ' ');
    }
    if (object != nullptr) {
        write_yaml_object(out, *object, inner);
    } else {
        write_yaml_array(out, *array, inner);
    }
}

std::string element_text(const json::value& element) {
    const auto* object = element.if_object();
    if (object == nullptr) {
        return to_cell_text(element);
    }
    for (const auto* key : {"reason", "name", "message"}) {
        const auto* member = object->if_contains(key);
        if (member != nullptr && member->is_string()) {
            return std::string(member->get_string());
        }
    }
    return json::serialize(element);
}

}  // namespace

std::string to_json_text(const json::value& value) {
    std::string out;
    write_json(out, value, 0);
    return out + "\n";
}

std::string to_yaml_text(const json::value& value) {
    std::string out;
    write_yaml(out, value, 0, false);
    return out;
}

std::string to_cell_text(const json::value& value) {
    if (value.is_null()) {
        return {};
    }
    if (value.is_string()) {
        return std::string(value.get_string());
    }
    if (value.is_object()) {
        return element_text(value);
    }
    const auto* array = value.if_array();
    if (array == nullptr) {
        return scalar_text(value);
    }
    std::string out;
    for (const auto& element : *array) {
        out += (out.empty() ? "" : ",") + element_text(element);
    }
    return out;
}

std::string age_text(std::string_view since, Wall now) {
    using namespace std::chrono;
    const auto wall = parse_rfc3339(since);
    if (!wall) {
        return {};
    }
    const auto age = std::max(duration_cast<seconds>(now - *wall), seconds(0));
    if (age < 2min) {
        return fmt::format("{}s", age.count());
    }
    if (age < 2h) {
        return fmt::format("{}m", duration_cast<minutes>(age).count());
    }
    if (age < 48h) {
        return fmt::format("{}h", duration_cast<hours>(age).count());
    }
    return fmt::format("{}d", duration_cast<hours>(age).count() / 24);
}

Tint tint_of(std::string_view word) {
    static constexpr std::array<std::string_view, 6> good{
        "Ready", "True", "Complete", "Pass", "Converged", "Wired"};
    static constexpr std::array<std::string_view, 12> bad{
        "Stuck",
        "Failed",
        "False",
        "Halted",
        "Blind",
        "Fail",
        "RolledBack",
        "RollingBack",
        "Degraded",
        "Unwiring",
        "Unreachable",
        "Warning"};
    static constexpr std::array<std::string_view, 16> busy{
        "Flipping",
        "Converging",
        "Probing",
        "Probed",
        "Progressing",
        "Soaking",
        "Moving",
        "Wiring",
        "Restarting",
        "Held",
        "Awaited",
        "Paused",
        "Frozen",
        "Stale",
        "Unknown",
        "CompleteWithExceptions"};
    const auto in = [word](const auto& words) {
        return std::find(words.begin(), words.end(), word) != words.end();
    };
    if (in(good)) {
        return Tint::Good;
    }
    if (in(bad)) {
        return Tint::Bad;
    }
    return in(busy) ? Tint::Busy : Tint::Plain;
}

}  // namespace wavegate::client
