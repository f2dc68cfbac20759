#include "operator/cli/client_objects.hpp"
#include "operator/cli/client_output.hpp"
#include "operator/cli/client_verbs.hpp"

#include <algorithm>
#include <ostream>

namespace wavegate::cli {
namespace json = boost::json;
namespace {

constexpr std::size_t kRecentEvents = 20;
constexpr std::size_t kLabelWidth = 14;

bool is_own_section(std::string_view key) {
    return key == "conditions" || key == "waits" || key == "evidence" || key == "events";
}

std::string label(std::string_view key) {
    std::string out(key);
    if (!out.empty() && out.front() >= 'a' && out.front() <= 'z') {
        out.front() = static_cast<char>(out.front() - 'a' + 'A');
    }
    out += ':';
    out.resize(std::max(out.size() + 1, kLabelWidth), ' ');
    return out;
}

/// Members that fit on a line; those of spec, status and metadata as if they stood here.
void print_members(const ClientContext& context, const json::object& object) {
    for (const auto& member : object) {
        const std::string_view key = member.key();
        const auto* inner = member.value().if_object();
        if (inner != nullptr && (key == "spec" || key == "status" || key == "metadata")) {
            print_members(context, *inner);
            continue;
        }
        const auto text = printable(to_cell_text(member.value()));
        if (!is_own_section(key) && inner == nullptr && !text.empty()) {
            const auto shown = in_color(context) ? tinted(text, tint_of(text)) : text;
            *context.out << label(key) << shown << "\n";
        }
    }
}

/// The list under `key`, beside the object's members or in its status.
std::vector<json::object> part_of(const json::object& object, std::string_view key) {
    const json::object* holder = &object;
    const auto* status = object.if_contains("status");
    if (object.if_contains(key) == nullptr && status != nullptr && status->is_object()) {
        holder = &status->get_object();
    }
    const auto* member = holder->if_contains(key);
    return member == nullptr ? std::vector<json::object>() : items_of(*member, key);
}

Table conditions_table(const std::vector<json::object>& conditions, Wall now) {
    Table table({"Type", "Status", "Reason", "Age", "Message"});
    for (const json::object& one : conditions) {
        const auto status = text_of(one, "status");
        table.add(
            {{text_of(one, "type")},
             {status, tint_of(status)},
             {text_of(one, "reason")},
             {age_text(text_of(one, "lastTransitionTime"), now)},
             {text_of(one, "message")}});
    }
    return table;
}

void print_waits(const ClientContext& context, const json::object& object, Wall now) {
    const auto waits = part_of(object, "waits");
    if (waits.empty() && !text_of(object, "waits").empty()) {
        *context.out << label("waits") << printable(text_of(object, "waits")) << "\n";
    }
    print_section(context, "Waits", waits_table(waits, now));
}

void print_events(const ClientContext& context, std::vector<json::object> events, Wall now) {
    if (events.size() > kRecentEvents) {
        events.erase(events.begin(), events.end() - kRecentEvents);
    }
    print_section(context, "Events", events_table(events, now));
}

void print_described(
    const ClientContext& context,
    const json::object& object,
    std::vector<json::object> events) {
    const Wall now = context.now();
    print_members(context, object);
    print_section(context, "Conditions", conditions_table(part_of(object, "conditions"), now));
    print_waits(context, object, now);
    const auto* status = object.if_contains("status");
    const bool inside =
        object.if_contains("evidence") == nullptr && status != nullptr && status->is_object();
    print_section(
        context,
        "Evidence",
        evidence_table(newest_evidence(inside ? status->get_object() : object), now));
    print_events(context, std::move(events), now);
}

}  // namespace

int describe_object(
    const ClientContext& context,
    const std::string& kind,
    const std::string& name) {
    const auto known = find_kind(kind);
    if (!known) {
        return fail(context, known.error());
    }
    const Api api(context);
    const auto all = list(api, **known);
    if (!all) {
        return fail(context, all.error());
    }
    const auto named = [&](const json::object& one) { return name_of(**known, one) == name; };
    const auto found = std::find_if(all->begin(), all->end(), named);
    if (found == all->end()) {
        return fail(
            context,
            Error(
                ErrorKind::NotFound, "no such object among the " + (*known)->plural + ": " + name));
    }
    const auto events = list(api, **find_kind("events"));
    if (!events) {
        return fail(context, events.error());
    }
    const auto about = events_about(*events, (*known)->object + "/" + name);
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

}  // namespace wavegate::cli
