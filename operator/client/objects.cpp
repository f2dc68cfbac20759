#include "operator/client/objects.hpp"

#include "operator/base/text.hpp"
#include "operator/client/output.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace wavegate::client {
namespace json = boost::json;
namespace {

constexpr std::string_view kStatusPath = "/status";

const std::array<ObjectKind, 6>& kinds() {
    static const std::array<ObjectKind, 6> all{
        {{"services", "Service", "McpService", "/api/v1/services", "name", {"service", "svc"}, {}},
         {"waves",
          "Wave",
          "",
          "/api/v1/waves",
          "name",
          {"wave"},
          {{"Phase", "string", ".status.phase", 0},
           {"Ready", "integer", ".status.ready", 0},
           {"Members", "integer", ".status.members", 0},
           {"Waits", "string", ".status.waits", 0},
           {"Soak", "string", ".status.soak", 1},
           {"Message", "string", ".status.message", 1}}},
         {"rollouts",
          "Rollout",
          "",
          "/api/v1/rollouts",
          "id",
          {"rollout"},
          {{"Revision", "string", ".status.revision", 0},
           {"Standing", "string", ".status.standing", 0},
           {"Ready", "integer", ".status.ready", 0},
           {"Members", "integer", ".status.members", 0},
           {"Paused", "boolean", ".status.paused", 0},
           {"Age", "date", ".status.started", 0}}},
         {"clients", "OidcClient", "OidcClient", std::string(kStatusPath), "name", {"client"}, {}},
         {"policies", "EunomiaPolicy", "EunomiaPolicy", std::string(kStatusPath), "name", {}, {}},
         {"events", "Event", "", "/api/v1/events", "object", {"event"}, {}}}};
    return all;
}

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& known) {
    const auto close = nearest(wrong, known);
    return close ? "; did you mean " + *close + "?" : std::string();
}

bool is_called(const ObjectKind& kind, std::string_view word) {
    const auto same = [word](const std::string& name) { return iequals(name, word); };
    if (same(kind.plural) || std::any_of(kind.aliases.begin(), kind.aliases.end(), same)) {
        return true;
    }
    const auto* crd = desired::Schemas::embedded().find(kind.crd);
    return crd != nullptr && (same(crd->kind) || same(crd->plural) || same(crd->singular) ||
                              std::any_of(crd->short_names.begin(), crd->short_names.end(), same));
}

}  // namespace

Result<const ObjectKind*> find_kind(std::string_view word) {
    std::vector<std::string> known;
    for (const ObjectKind& kind : kinds()) {
        if (is_called(kind, word)) {
            return &kind;
        }
        known.push_back(kind.plural);
    }
    return Error(
        ErrorKind::NotFound,
        fmt::format(
            "no kind is called {}{} (known are {})",
            word,
            did_you_mean(word, known),
            fmt::join(known, ", ")));
}

Result<Named> find_named(const std::string& kind, const std::string& name) {
    const auto slash = kind.find('/');
    auto found = find_kind(std::string_view(kind).substr(0, slash));
    if (!found) {
        return found.take_error();
    }
    if (slash == std::string::npos) {
        return Named{*found, name};
    }
    if (!name.empty()) {
        return Error(ErrorKind::Invalid, "two names are given: " + kind + " and " + name);
    }
    return Named{*found, kind.substr(slash + 1)};
}

Error no_such(
    const ObjectKind& kind,
    const std::vector<json::object>& objects,
    const std::string& name) {
    std::vector<std::string> known;
    known.reserve(objects.size());
    for (const json::object& object : objects) {
        known.push_back(name_of(kind, object));
    }
    return Error(
        ErrorKind::NotFound,
        fmt::format(
            "no such object among the {}: {}{}", kind.plural, name, did_you_mean(name, known)));
}

const std::vector<desired::PrinterColumn>& columns_of(const ObjectKind& kind) {
    const auto* crd = desired::Schemas::embedded().find(kind.crd);
    return crd == nullptr ? kind.columns : crd->columns;
}

std::vector<json::object> items_of(const json::value& answer, std::string_view key) {
    const json::array* array = answer.if_array();
    if (const auto* object = answer.if_object(); object != nullptr) {
        for (const std::string_view name : {std::string_view("items"), key}) {
            const auto* member = object->if_contains(name);
            array = array == nullptr && member != nullptr ? member->if_array() : array;
        }
    }
    std::vector<json::object> items;
    if (array == nullptr) {
        return items;
    }
    for (const json::value& element : *array) {
        if (const auto* object = element.if_object(); object != nullptr) {
            items.push_back(*object);
        }
    }
    return items;
}

Result<std::vector<json::object>> list(const Api& api, const ObjectKind& kind) {
    auto answer = api.get(kind.path);
    if (!answer) {
        return answer.take_error();
    }
    return items_of(*answer, kind.plural);
}

const json::object& status_part(const json::object& object) {
    const auto* status = object.if_contains("status");
    const auto* inner = status == nullptr ? nullptr : status->if_object();
    return inner == nullptr ? object : *inner;
}

std::vector<json::object> part_of(const json::object& object, std::string_view key) {
    const auto* member = object.if_contains(key);
    if (member == nullptr) {
        return {};
    }
    if (const auto* one = member->if_object(); one != nullptr) {
        return {*one};
    }
    return items_of(*member, key);
}

std::string text_of(const json::object& object, std::string_view key) {
    const auto* member = object.if_contains(key);
    return member == nullptr ? std::string() : to_cell_text(*member);
}

std::string name_of(const ObjectKind& kind, const json::object& object) {
    const auto* metadata = object.if_contains("metadata");
    const auto* inner = metadata == nullptr ? nullptr : metadata->if_object();
    return text_of(inner == nullptr ? object : *inner, inner == nullptr ? kind.id : "name");
}

json::value shaped(const ObjectKind& kind, const json::object& object) {
    json::object out = object;
    if (object.if_contains("metadata") == nullptr) {
        out["metadata"] = json::object{{"name", name_of(kind, object)}};
    }
    if (object.if_contains("spec") == nullptr && object.if_contains("status") == nullptr) {
        out["spec"] = object;
        out["status"] = object;
    }
    return out;
}

std::vector<json::object> events_about(
    const std::vector<json::object>& events,
    std::string_view object) {
    std::vector<json::object> found;
    for (const json::object& event : events) {
        if (text_of(event, "object") == object) {
            found.push_back(event);
        }
    }
    return found;
}

}  // namespace wavegate::client
