#include "operator/client/objects.hpp"
#include "operator/client/output.hpp"
#include "operator/client/verbs.hpp"

#include <algorithm>
#include <ostream>

namespace wavegate::client {
namespace json = boost::json;
namespace {

Cell word(const json::object& object, std::string_view key) {
    auto text = text_of(object, key);
    const Tint tint = tint_of(text);
    return {std::move(text), tint};
}

/// What a probe saw; nothing where it saw nothing of note.
std::string seen_of(const json::object& evidence) {
    auto text = text_of(evidence, "seen");
    return text == "None" ? std::string() : text;
}

/// A wave counts those that wait for one reason.
std::string waiting_of(const json::object& wait) {
    const auto services = text_of(wait, "services");
    return services.empty() ? text_of(wait, "object") : services + " of it";
}

/// The sentence beside what the operator says of every wait for that reason.
std::string detail_of(const json::object& wait) {
    auto message = text_of(wait, "message");
    return message == text_of(wait, "for") ? std::string() : message;
}

/// What is left until then, in the unit that ages have.
std::string left_until(const std::string& until, Wall now) {
    const auto then = parse_rfc3339(until);
    return then ? age_text(to_rfc3339(now), std::max(*then, now)) : std::string();
}

}  // namespace

int fail(const Context& context, const Error& error) {
    *context.error << "error: " << printable(error.message()) << "\n";
    return kExitError;
}

bool in_color(const Context& context) {
    return context.terminal && !context.no_color;
}

bool wants_text(const Context& context) {
    return context.output != "json" && context.output != "yaml";
}

void print_value(const Context& context, const json::value& value) {
    *context.out << (context.output == "yaml" ? to_yaml_text(value) : to_json_text(value));
}

void print_section(const Context& context, std::string_view title, const Table& table) {
    if (table.empty()) {
        return;
    }
    *context.out << title << ":\n";
    const std::string text = table.text(in_color(context));
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = text.find('\n', start) + 1;
        *context.out << "  " << text.substr(start, end - start);
        start = end;
    }
}

std::vector<json::object> newest_evidence(const json::object& status) {
    std::vector<json::object> newest;
    for (json::object& one : part_of(status, "evidence")) {
        const auto same = [&one](const json::object& other) {
            return text_of(other, "kind") == text_of(one, "kind");
        };
        const auto found = std::find_if(newest.begin(), newest.end(), same);
        if (found == newest.end()) {
            newest.push_back(std::move(one));
        } else if (text_of(*found, "taken") <= text_of(one, "taken")) {
            *found = std::move(one);
        }
    }
    return newest;
}

Table evidence_table(const std::vector<json::object>& evidence, Wall now) {
    Table table({"Check", "Verdict", "Seen", "Age", "Phrase"});
    for (const json::object& one : evidence) {
        table.add(
            {{text_of(one, "kind")},
             word(one, "verdict"),
             {seen_of(one)},
             {age_text(text_of(one, "taken"), now)},
             {text_of(one, "phrase")}});
    }
    return table;
}

Table waits_table(const std::vector<json::object>& waits, Wall now) {
    Table table({"Object", "Reason", "Since", "Left", "Waits for", "Ended by", "Message"});
    for (const json::object& wait : waits) {
        table.add(
            {{waiting_of(wait)},
             {text_of(wait, "reason")},
             {age_text(text_of(wait, "since"), now)},
             {left_until(text_of(wait, "until"), now)},
             {text_of(wait, "for")},
             {text_of(wait, "endedBy")},
             {detail_of(wait)}});
    }
    return table;
}

Table events_table(const std::vector<json::object>& events, Wall now) {
    Table table({"Age", "Type", "Reason", "Object", "Message"});
    for (const json::object& event : events) {
        table.add(
            {{age_text(text_of(event, "at"), now)},
             word(event, "kind"),
             {text_of(event, "reason")},
             {text_of(event, "object")},
             {text_of(event, "message")}});
    }
    return table;
}

}  // namespace wavegate::client
