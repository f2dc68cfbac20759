#include "operator/client/objects.hpp"
#include "operator/client/output.hpp"
#include "operator/client/verbs.hpp"

#include <algorithm>
#include <ostream>

namespace wavegate::client {
namespace json = boost::json;
namespace {

constexpr std::size_t kRecentEvents = 20;
constexpr std::size_t kLabelWidth = 16;

bool is_own_section(std::string_view key) {
    return key == "conditions" || key == "waits" || key == "evidence" || key == "events";
}

std::string label(std::string_view key, std::size_t width) {
    std::string out(key);
    if (!out.empty() && out.front() >= 'a' && out.front() <= 'z') {
        out.front() = static_cast<char>(out.front() - 'a' + 'A');
    }
    out += ':';
    if (width > 0) {
        out.resize(std::max(out.size() + 1, width), ' ');
    }
    return out;
}

/// Members that fit on a line, and below their own title what is nested in others.
void print_members(const Context& context, const json::object& object, std::size_t depth) {
    const std::string indent(kIndent * depth, ' ');
    for (const auto& member : object) {
        const std::string_view key = member.key();
        const auto* inner = member.value().if_object();
        if (is_own_section(key)) {
            continue;
        }
        if (inner != nullptr) {
            *context.out << indent << label(key, 0) << "\n";
            print_members(context, *inner, depth + 1);
            continue;
        }
        const auto text = printable(to_cell_text(member.value()));
        if (!text.empty()) {
            *context.out << indent << label(key, kLabelWidth - kIndent * depth)
                         << (in_color(context) ? tinted(text, tint_of(text)) : text) << "\n";
        }
    }
}

Table conditions_table(const std::vector<json::object>& conditions, Wall now) {
    Table table({"Type", "Status", "Reason", "Age", "Message"});
    for (const json::object& one : conditions) {
        const auto type = text_of(one, "type");
        const auto status = text_of(one, "status");
        // True is good news of a readiness only, not of Stalled or Drifted.
        const bool readiness = type == "Ready" || type == "SourceReady";
        table.add(
            {{type},
             {status, readiness ? tint_of(status) : Tint::Plain},
             {text_of(one, "reason")},
             {age_text(text_of(one, "lastTransitionTime"), now)},
             {text_of(one, "message")}});
    }
    return table;
}

void print_events(const Context& context, std::vector<json::object> events, Wall now) {
    if (events.size() > kRecentEvents) {
        events.erase(events.begin(), events.end() - kRecentEvents);
    }
    print_section(context, "Events", events_table(events, now));
}

void print_described(
    const Context& context,
    const json::object& object,
    std::vector<json::object> events) {
    const Wall now = context.now();
    const json::object& status = status_part(object);
    print_members(context, object, 0);
    print_section(context, "Conditions", conditions_table(part_of(status, "conditions"), now));
    print_section(context, "Waits", waits_table(part_of(status, "waits"), now));
    print_section(context, "Evidence", evidence_table(newest_evidence(status), now));
    print_events(context, std::move(events), now);
}

}  // namespace

int describe_object(const Context& context, const std::string& kind, const std::string& name) {
    const auto meant = find_named(kind, name);
    if (!meant) {
        return fail(context, meant.error());
    }
    if (meant->name.empty()) {
        return fail(
            context, Error(ErrorKind::Invalid, "which one? describe KIND NAME, or KIND/NAME"));
    }
    const Api api(context);
    const auto all = list(api, *meant->kind);
    if (!all) {
        return fail(context, all.error());
    }
    const auto named = [&](const json::object& one) {
        return name_of(*meant->kind, one) == meant->name;
    };
    const auto found = std::find_if(all->begin(), all->end(), named);
    if (found == all->end()) {
        return fail(context, no_such(*meant->kind, *all, meant->name));
    }
    const auto events = list(api, **find_kind("events"));
    if (!events) {
        return fail(context, events.error());
    }
    const auto about = events_about(*events, meant->kind->object + "/" + meant->name);
    if (wants_text(context)) {
        print_described(context, *found, about);
        return kExitGood;
    }
    json::array recent(about.begin(), about.end());
    json::object whole = *found;
    whole["events"] = std::move(recent);
    print_value(context, whole);
    return kExitGood;
}

}  // namespace wavegate::client
