#include "operator/render/json_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace wavegate::render {
namespace {

namespace json = boost::json;

void indent(std::string& out, std::size_t depth) {
    out += '\n';
    out.append(depth * 2, ' ');
}

void print(std::string& out, const json::value& value, std::size_t depth);

void print_object(std::string& out, const json::object& object, std::size_t depth) {
    out += '{';
    bool first = true;
    for (const auto& [key, value] : object) {
        out += first ? "" : ",";
        first = false;
        indent(out, depth + 1);
        out += json::serialize(json::string(key)) + ": ";
        print(out, value, depth + 1);
    }
    indent(out, depth);
    out += '}';
}

void print_array(std::string& out, const json::array& array, std::size_t depth) {
    const bool flat = array.empty() || !array.front().is_structured();
    out += '[';
    bool first = true;
    for (const auto& value : array) {
        if (!first) {
            out += flat ? ", " : ",";
        }
        first = false;
        if (!flat) {
            indent(out, depth + 1);
        }
        print(out, value, depth + 1);
    }
    if (!flat) {
        indent(out, depth);
    }
    out += ']';
}

/// Files that people read and diff are indented; Boost.JSON has no printer for that.
void print(std::string& out, const json::value& value, std::size_t depth) {
    if (value.is_object() && !value.get_object().empty()) {
        print_object(out, value.get_object(), depth);
    } else if (value.is_array()) {
        print_array(out, value.get_array(), depth);
    } else {
        out += json::serialize(value);
    }
}

}  // namespace

std::string json_text(const json::value& value) {
    std::string text;
    print(text, value, 0);
    return text + "\n";
}

}  // namespace wavegate::render
