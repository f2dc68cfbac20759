#include "operator/store/carry_over.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace wavegate::store {
namespace {

namespace json = boost::json;

/// Null where it was not kept.
json::value field(const json::object& from, std::string_view name) {
    const auto* found = from.if_contains(name);
    return found == nullptr ? json::value(nullptr) : *found;
}

void copy(const json::object& from, std::string_view name, json::object& to, std::string_view as) {
    if (const auto* found = from.if_contains(name)) {
        to[as] = *found;
    }
}

void copy(const json::object& from, std::string_view name, json::object& to) {
    copy(from, name, to, name);
}

std::string_view text(const json::object& from, std::string_view name) {
    const auto* found = from.if_contains(name);
    return found != nullptr && found->is_string() ? std::string_view(found->get_string())
                                                  : std::string_view();
}

json::object tasks_of(const json::object& old) {
    json::object tasks;
    copy(old, "tasks", tasks, "ids");
    copy(old, "tasksSince", tasks, "since");
    return tasks;
}

/// `back`: its intent is the one of the way back, and the flip's is not known any more.
json::object flight_of(const json::object& old, bool back) {
    json::object flight;
    copy(old, "adopted", flight);
    copy(old, "tried", flight);
    copy(old, "flipped", flight);
    if (!back) {
        copy(old, "intent", flight);
    }
    return flight;
}

json::object trouble_of(const json::object& old) {
    json::object trouble;
    copy(old, "badSince", trouble, "since");
    copy(old, "bad", trouble, "seen");
    copy(old, "suspectSince", trouble);
    return trouble;
}

json::object cause_of(const json::object& old) {
    json::object cause;
    copy(old, "reason", cause);
    copy(old, text(old, "cause").empty() ? "message" : "cause", cause, "message");
    copy(old, "sharedCause", cause, "shared");
    return cause;
}

json::object going_back(const json::object& old) {
    json::object back;
    back["flight"] = flight_of(old, true);
    back["cause"] = cause_of(old);
    copy(old, "intent", back);
    back["tasks"] = tasks_of(old);
    return json::object{{"back", std::move(back)}};
}

json::object state_of(const json::object& old, std::string_view phase) {
    json::object state;
    if (phase == "RollingBack" || phase == "Stuck") {
        return going_back(old);
    }
    if (phase == "RolledBack" || phase == "Failed") {
        copy(old, "tried", state);
        state["cause"] = cause_of(old);
        return state;
    }
    if (phase == "Pending") {
        copy(old, "badSince", state, "brokenSince");
        return state;
    }
    state["flight"] = flight_of(old, false);
    if (phase == "Held") {
        state["cause"] = cause_of(old);
        return state;
    }
    if (phase != "Flipping") {
        state["trouble"] = trouble_of(old);
    }
    if (phase == "Converging") {
        state["tasks"] = tasks_of(old);
    } else if (phase == "Probing") {
        copy(old, "asking", state, "gate");
    } else if (phase == "Probed") {
        copy(old, "watched", state);
        copy(old, "since", state, "soakSince");
        copy(old, "sampled", state);
    }
    return state;
}

json::object member_of(const json::object& old) {
    const auto phase = text(old, "phase");
    json::object member;
    copy(old, "service", member);
    copy(old, "to", member);
    copy(old, "since", member);
    // What a person accepted came after it began to be as it is.
    copy(old, "since", member, "begun");
    member["state"] = json::object{{"is", phase}, {"with", state_of(old, phase)}};
    return member;
}

json::object multiplexer_of(const json::object& old) {
    const auto stage = text(old, "stage");
    json::object with;
    if (stage == "Wiring" || stage == "Restarting" || stage == "Unwiring") {
        copy(old, "intent", with);
        with["tasks"] = tasks_of(old);
    }
    if (stage == "Unwiring" || stage == "Failed") {
        copy(old, "message", with, "cause");
    }
    json::object multiplexer;
    multiplexer["state"] = json::object{{"is", stage}, {"with", std::move(with)}};
    copy(old, "since", multiplexer);
    copy(old, "tools", multiplexer, "children");
    copy(old, "restarts", multiplexer);
    return multiplexer;
}

bool is_old(const json::object& record) {
    const auto* multiplexer = record.if_contains("multiplexer");
    const auto* members = record.if_contains("members");
    const auto* list = members == nullptr ? nullptr : members->if_array();
    const auto* first = list == nullptr || list->empty() ? nullptr : list->front().if_object();
    return (first != nullptr && first->contains("phase")) ||
           (multiplexer != nullptr && multiplexer->is_object() &&
            multiplexer->get_object().contains("stage"));
}

}  // namespace

std::string carried_over(std::string_view record) {
    json::error_code failed;
    auto root = json::parse(record, failed);
    if (failed || !root.is_object() || !is_old(root.get_object())) {
        return std::string(record);
    }
    auto& fields = root.get_object();
    if (auto* multiplexer = fields.if_contains("multiplexer");
        multiplexer != nullptr && multiplexer->is_object()) {
        *multiplexer = multiplexer_of(multiplexer->get_object());
    }
    json::array members;
    const auto old = field(fields, "members");
    for (const auto& member : old.is_array() ? old.get_array() : json::array()) {
        members.push_back(
            member.is_object() ? json::value(member_of(member.get_object())) : member);
    }
    fields["members"] = std::move(members);
    fields.erase("accepted");
    return json::serialize(root);
}

}  // namespace wavegate::store
