#include "operator/sandbox/grafana/grafana.hpp"

#include "operator/base/text.hpp"
#include "operator/sandbox/grafana/search.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace wavegate::sandbox {

namespace json = boost::json;

namespace {

constexpr std::string_view kPath = "/api/annotations";
constexpr std::size_t kTagsLimit = 500;  // annotations.tags_length, as one JSON list

HttpResponse json_reply(int status, const json::value& body) {
    HttpResponse response(status, json::serialize(body));
    response.headers.add("Content-Type", "application/json; charset=UTF-8");
    return response;
}

HttpResponse message(int status, std::string_view text) {
    return json_reply(status, json::object{{"message", text}});
}

HttpResponse forbidden(std::string_view action) {
    return json_reply(
        403,
        json::object{
            {"accessErrorId", "ACE0000000000"},
            {"message",
             "You'll need additional permissions to perform this action. Permissions needed: " +
                 std::string(action)},
            {"title", "Access denied"}});
}

std::string_view action_of(std::string_view method) {
    if (method == "GET") {
        return "annotations:read";
    }
    if (method == "POST") {
        return "annotations:create";
    }
    return method == "DELETE" ? "annotations:delete" : "annotations:write";
}

json::object to_json(const GrafanaAnnotation& annotation) {
    return {
        {"id", annotation.id},
        {"alertId", 0},
        {"alertName", ""},
        {"dashboardId", 0},
        {"dashboardUID", nullptr},
        {"panelId", 0},
        {"userId", 0},
        {"newState", ""},
        {"prevState", ""},
        {"time", annotation.time},
        {"timeEnd", annotation.time_end},
        {"text", annotation.text},
        {"tags", json::array(annotation.tags.begin(), annotation.tags.end())},
        {"login", "sa-wavegate"},
        {"email", ""},
        {"avatarUrl", ""},
        {"data", json::object()}};
}

/// A body's fields; absent ones are empty or 0, as in Go.
struct Command {
    std::int64_t time = 0;
    std::int64_t time_end = 0;
    std::string text;
    std::optional<std::vector<std::string>> tags;
};

bool take(const json::value* value, std::int64_t& out) {
    if (value == nullptr || value->is_null()) {
        return true;
    }
    boost::system::error_code failed;
    out = value->to_number<std::int64_t>(failed);
    return value->is_number() && !failed;
}

bool take(const json::value* value, std::string& out) {
    if (value == nullptr || value->is_null()) {
        return true;
    }
    if (value->is_string()) {
        out = std::string(value->get_string());
    }
    return value->is_string();
}

bool take(const json::value* value, std::optional<std::vector<std::string>>& out) {
    if (value == nullptr || value->is_null()) {
        return true;
    }
    if (!value->is_array()) {
        return false;
    }
    out.emplace();
    return std::all_of(
        value->get_array().begin(), value->get_array().end(), [&](const json::value& tag) {
            return take(&tag, out->emplace_back());
        });
}

std::optional<Command> parse_command(const HttpRequest& request) {
    const auto type = request.headers.get("content-type").value_or("");
    if (trim(type.substr(0, type.find(';'))) != "application/json") {
        return std::nullopt;
    }
    boost::system::error_code failed;
    const json::value body = json::parse(request.body, failed);
    const auto* object = failed ? nullptr : body.if_object();
    Command command;
    const bool good = object != nullptr && take(object->if_contains("time"), command.time) &&
                      take(object->if_contains("timeEnd"), command.time_end) &&
                      take(object->if_contains("text"), command.text) &&
                      take(object->if_contains("tags"), command.tags);
    return good ? std::optional(std::move(command)) : std::nullopt;
}

bool too_long(const std::vector<std::string>& tags) {
    return json::serialize(json::array(tags.begin(), tags.end())).size() > kTagsLimit;
}

HttpResponse tags_too_long() {
    return json_reply(
        400,
        json::object{
            {"message", "Tags length exceeds the maximum allowed."},
            {"messageId", "annotations.tag-limit-exceeded"},
            {"statusCode", 400},
            {"traceID", ""}});
}

// A missing end is the start and the other way round; the earlier one comes first.
void settle_times(GrafanaAnnotation& annotation) {
    if (annotation.time_end == 0) {
        annotation.time_end = annotation.time;
    }
    if (annotation.time == 0) {
        annotation.time = annotation.time_end;
    }
    if (annotation.time_end < annotation.time) {
        std::swap(annotation.time, annotation.time_end);
    }
}

}  // namespace

Grafana::Grafana(const Clock& clock, std::string token) : clock_(clock), token_(std::move(token)) {}

asio::awaitable<HttpResponse> Grafana::answer(HttpRequest request) {
    co_return respond(request);
}

HttpResponse Grafana::respond(const HttpRequest& request) {
    const auto target = url_target(request.url);
    const auto mark = target.find('?');
    const auto path = target.substr(0, mark);
    if (path == "/api/health") {  // for whoever asks
        return json_reply(200, json::object{{"database", "ok"}, {"version", "11.3.0"}});
    }
    if (!path.starts_with(kPath)) {
        return message(404, "Not found");
    }
    const auto bearer = request.headers.get("authorization");
    if (!bearer || *bearer != "Bearer " + token_) {
        return message(401, bearer ? "Invalid API key" : "Unauthorized");
    }
    const bool reads = request.method == "GET";
    if (role_ == Role::None || (role_ == Role::Viewer && !reads)) {
        return forbidden(action_of(request.method));
    }
    if (path == kPath && reads) {
        return find(mark == std::string_view::npos ? "" : target.substr(mark + 1));
    }
    if (path == kPath && request.method == "POST") {
        return create(request);
    }
    const auto rest = path.substr(kPath.size());
    return rest.size() > 1 && rest.front() == '/' ? one(request, rest.substr(1))
                                                  : message(404, "Not found");
}

HttpResponse Grafana::find(std::string_view query) const {
    json::array out;
    for (const auto& annotation : search(annotations_, parse_search(query))) {
        out.push_back(to_json(annotation));
    }
    return json_reply(200, out);
}

HttpResponse Grafana::create(const HttpRequest& request) {
    auto command = parse_command(request);
    if (!command) {
        return message(400, "bad request data");
    }
    if (command->text.empty()) {
        return message(400, "Failed to save annotation");
    }
    GrafanaAnnotation annotation{
        0,
        command->time,
        command->time_end,
        command->tags.value_or(std::vector<std::string>()),
        std::move(command->text)};
    if (too_long(annotation.tags)) {
        return tags_too_long();
    }
    const auto id = add(std::move(annotation));
    writes_.push_back({GrafanaWrite::Verb::Create, id, clock_.now()});
    return json_reply(200, json::object{{"message", "Annotation added"}, {"id", id}});
}

HttpResponse Grafana::one(const HttpRequest& request, std::string_view id) {
    std::int64_t number = 0;
    const auto [end, failed] = std::from_chars(id.data(), id.data() + id.size(), number);
    if (failed != std::errc() || end != id.data() + id.size()) {
        return message(400, "annotationId is invalid");
    }
    const auto found = std::find_if(
        annotations_.begin(), annotations_.end(), [&](const auto& a) { return a.id == number; });
    if (found == annotations_.end()) {
        return message(404, "Annotation not found");
    }
    if (request.method == "GET") {
        return json_reply(200, to_json(*found));
    }
    if (request.method == "PATCH") {
        return patch(request, *found);
    }
    if (request.method == "DELETE") {
        writes_.push_back({GrafanaWrite::Verb::Delete, number, clock_.now()});
        annotations_.erase(found);
        return message(200, "Annotation deleted");
    }
    return message(404, "Not found");
}

HttpResponse Grafana::patch(const HttpRequest& request, GrafanaAnnotation& annotation) {
    auto command = parse_command(request);
    if (!command) {
        return message(400, "bad request data");
    }
    if (command->tags && too_long(*command->tags)) {
        return tags_too_long();
    }
    // Zero and empty mean "as it is".
    if (command->tags) {
        annotation.tags = std::move(*command->tags);
    }
    if (!command->text.empty()) {
        annotation.text = std::move(command->text);
    }
    if (command->time > 0) {
        annotation.time = command->time;
    }
    if (command->time_end > 0) {
        annotation.time_end = command->time_end;
    }
    settle_times(annotation);
    writes_.push_back({GrafanaWrite::Verb::Patch, annotation.id, clock_.now()});
    return message(200, "Annotation patched");
}

std::int64_t Grafana::add(GrafanaAnnotation annotation) {
    annotation.id = ++last_id_;
    annotation.tags = join_tags(parse_tags(annotation.tags));
    if (annotation.time == 0) {
        annotation.time = clock_.now().wall.time_since_epoch().count();
    }
    settle_times(annotation);
    annotations_.push_back(std::move(annotation));
    return last_id_;
}

bool Grafana::remove(std::int64_t id) {
    return std::erase_if(annotations_, [&](const auto& a) { return a.id == id; }) > 0;
}

}  // namespace wavegate::sandbox
