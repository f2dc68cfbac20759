#include "operator/sandbox/eunomia/eunomia.hpp"

#include "operator/base/text.hpp"
#include "operator/sandbox/eunomia/schema.hpp"
#include "operator/sandbox/target.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

namespace wavegate::sandbox {

namespace json = boost::json;

namespace {

constexpr std::size_t kBulkLimit = 100;
constexpr std::string_view kPolicies = "/admin/policies";

HttpResponse reply(int status, const json::value& body) {
    HttpResponse response(status, json::serialize(body));
    response.headers.add("server", "uvicorn");
    response.headers.add("content-type", "application/json");
    return response;
}

HttpResponse complaint(int status, std::string_view detail) {
    return reply(status, json::object{{"detail", detail}});
}

HttpResponse invalid(json::array faults) {
    return reply(422, json::object{{"detail", std::move(faults)}});
}

json::object missing(json::array where) {
    return {
        {"type", "missing"},
        {"loc", std::move(where)},
        {"msg", "Field required"},
        {"input", nullptr}};
}

template <class T>
HttpResponse refusal(pdp::Parsed<T>& parsed) {
    return parsed.crash.empty() ? invalid(std::move(parsed.faults)) : complaint(500, parsed.crash);
}

enum class Route { Nothing, Health, Check, Bulk, Policies, Simple, Policy };

Route route_of(std::string_view path) {
    if (path == "/health") {
        return Route::Health;
    }
    if (path == "/check") {
        return Route::Check;
    }
    if (path == "/check/bulk") {
        return Route::Bulk;
    }
    if (!path.starts_with(kPolicies)) {
        return Route::Nothing;
    }
    path.remove_prefix(kPolicies.size());
    if (path.empty()) {
        return Route::Policies;
    }
    path.remove_prefix(1);
    if (path.empty() || path.find('/') != std::string_view::npos) {
        return Route::Nothing;
    }
    return path == "simple" ? Route::Simple : Route::Policy;
}

// Of two routes with one path the server names the first one's method only.
std::string_view allowed_method(Route route) {
    const bool posts = route == Route::Check || route == Route::Bulk || route == Route::Simple;
    return posts ? "POST" : "GET";
}

bool takes(Route route, std::string_view method) {
    switch (route) {
        case Route::Nothing:
            return false;
        case Route::Health:
            return method == "GET";
        case Route::Check:
        case Route::Bulk:
            return method == "POST";
        case Route::Policies:
            return method == "GET" || method == "POST";
        case Route::Simple:
            return method == "GET" || method == "POST" || method == "DELETE";
        case Route::Policy:
            return method == "GET" || method == "DELETE";
    }
    return false;
}

bool is_json(const HttpRequest& request) {
    const auto type = to_lower(request.headers.get("content-type").value_or(""));
    const auto essence = trim(std::string_view(type).substr(0, type.find(';')));
    return essence == "application/json" ||
           (essence.starts_with("application/") && essence.ends_with("+json"));
}

HttpResponse not_json(const std::string& body) {
    if (!is_utf8(body)) {
        return complaint(400, "There was an error parsing the body");
    }
    json::stream_parser parser;
    boost::system::error_code failed;
    const auto at = static_cast<std::int64_t>(parser.write_some(body, failed));
    const bool in_object = trim(body).ends_with('{');
    json::object fault{{"type", "json_invalid"}, {"loc", {"body", at}}};
    fault["msg"] = "JSON decode error";
    fault["input"] = json::object();
    fault["ctx"] = json::object{
        {"error",
         in_object ? "Expecting property name enclosed in double quotes" : "Expecting value"}};
    return invalid({std::move(fault)});
}

HttpResponse moved(const HttpRequest& request, std::string_view query) {
    const auto authority = url_authority(request.url);
    const auto host = request.url.find(authority);
    auto path = url_target(request.url);
    path = path.substr(0, path.find('?'));
    path.remove_suffix(1);
    std::string where = request.url.substr(0, host) + std::string(authority) + std::string(path);
    if (!query.empty()) {
        where += "?" + std::string(query);
    }
    HttpResponse response(307);
    response.headers.add("server", "uvicorn");
    response.headers.add("content-length", "0");
    response.headers.add("location", std::move(where));
    return response;
}

}  // namespace

struct Eunomia::Call {
    Route route = Route::Nothing;
    std::string method;
    std::string key;   ///< WAY-API-KEY
    std::string name;  ///< of the policy, decoded
    std::string query;
    std::optional<json::value> body;  ///< absent: the request had none
};

Eunomia::Eunomia(const Clock& clock, std::string api_key)
    : clock_(clock), api_key_(std::move(api_key)) {}

asio::awaitable<HttpResponse> Eunomia::answer(HttpRequest request) {
    co_return respond(request);
}

HttpResponse Eunomia::respond(const HttpRequest& request) {
    const auto target = url_target(request.url);
    const auto mark = target.find('?');
    std::string path;
    Call call;
    if (!percent_decode(target.substr(0, mark), path)) {
        return complaint(404, "Not Found");
    }
    call.query = mark == std::string_view::npos ? "" : std::string(target.substr(mark + 1));
    call.route = route_of(path);
    if (call.route == Route::Nothing) {
        const bool slash = path.size() > 1 && path.back() == '/';
        const bool known = slash && route_of(path.substr(0, path.size() - 1)) != Route::Nothing;
        return known ? moved(request, call.query) : complaint(404, "Not Found");
    }
    if (!takes(call.route, request.method)) {
        auto response = complaint(405, "Method Not Allowed");
        response.headers.add("allow", std::string(allowed_method(call.route)));
        return response;
    }
    call.method = request.method;
    call.key = std::string(request.headers.get("way-api-key").value_or(""));
    call.name = path.size() > kPolicies.size() ? path.substr(kPolicies.size() + 1) : "";
    if (request.method == "POST" && !request.body.empty()) {
        boost::system::error_code failed;
        call.body = is_json(request) ? json::parse(request.body, failed)
                                     : json::value(json::string_view(request.body));
        // Syntax is judged before the key.
        if (failed) {
            return not_json(request.body);
        }
    }
    switch (call.route) {
        case Route::Health:
            return reply(200, json::object{{"status", "ok"}});
        case Route::Check:
            return check(call);
        case Route::Bulk:
            return check_bulk(call);
        default:
            return admin(call);
    }
}

HttpResponse Eunomia::admin(const Call& call) {
    if (key_required_ && call.key != api_key_) {
        return complaint(401, "Invalid API key. Please provide a valid API key.");
    }
    if (call.method == "GET") {
        return call.route == Route::Policies ? list() : get(call);
    }
    if (call.method == "DELETE") {
        return erase(call);
    }
    return call.route == Route::Simple ? create_simple(call) : create(call);
}

HttpResponse Eunomia::check(const Call& call) const {
    if (!call.body) {
        return invalid({missing({"body"})});
    }
    auto parsed = pdp::parse_question(*call.body);
    return parsed.value ? reply(200, pdp::to_json(decide(*parsed.value))) : refusal(parsed);
}

HttpResponse Eunomia::check_bulk(const Call& call) const {
    if (!call.body) {
        return invalid({missing({"body"})});
    }
    auto parsed = pdp::parse_questions(*call.body);
    if (!parsed.value) {
        return refusal(parsed);
    }
    if (parsed.value->empty()) {
        return complaint(400, "Empty request list");
    }
    if (parsed.value->size() > kBulkLimit) {
        return complaint(400, "Too many requests. Maximum allowed: 100");
    }
    json::array answers;
    for (const auto& question : *parsed.value) {
        answers.push_back(pdp::to_json(decide(question)));
    }
    return reply(200, answers);
}

HttpResponse Eunomia::list() const {
    json::array bodies;
    for (const auto& policy : policies_) {
        bodies.push_back(pdp::to_json(policy));
    }
    return reply(200, bodies);
}

HttpResponse Eunomia::create(const Call& call) {
    if (!call.body) {
        return invalid({missing({"body"})});
    }
    auto parsed = pdp::parse_policy(*call.body);
    return parsed.value ? keep(std::move(*parsed.value)) : refusal(parsed);
}

HttpResponse Eunomia::create_simple(const Call& call) {
    const auto query = parse_form(call.query).fields;
    const auto name = query.find("name");
    json::array faults;
    if (name == query.end()) {
        faults.push_back(missing({"query", "name"}));
    }
    if (!call.body) {
        faults.push_back(missing({"body"}));
        return invalid(std::move(faults));
    }
    auto parsed = pdp::parse_question(*call.body);
    if (!parsed.crash.empty()) {
        return refusal(parsed);
    }
    faults.insert(faults.end(), parsed.faults.begin(), parsed.faults.end());
    if (!faults.empty()) {
        return invalid(std::move(faults));
    }
    if (pdp::slug(name->second).empty()) {
        return complaint(400, "1 validation error for Rule\nname\n");
    }
    return keep(pdp::simple_policy(name->second, *parsed.value));
}

HttpResponse Eunomia::keep(pdp::Policy policy) {
    if (find(policy.name) != nullptr) {
        return complaint(400, "Policy with name " + policy.name + " already exists");
    }
    const auto body = pdp::to_json(policy);
    writes_.push_back({EunomiaWrite::Verb::Create, policy.name, clock_.now()});
    policies_.push_back(std::move(policy));
    return reply(200, body);
}

HttpResponse Eunomia::get(const Call& call) const {
    const auto* policy = find(call.name);
    return policy == nullptr ? complaint(404, "Policy not found")
                             : reply(200, pdp::to_json(*policy));
}

HttpResponse Eunomia::erase(const Call& call) {
    const bool found = remove(call.name);
    if (found) {
        writes_.push_back({EunomiaWrite::Verb::Delete, call.name, clock_.now()});
    }
    return reply(200, found);
}

void Eunomia::add(const json::value& policy) {
    auto parsed = pdp::parse_policy(policy);
    if (!parsed.value || find(parsed.value->name) != nullptr) {
        throw std::invalid_argument("Eunomia would refuse this policy");
    }
    policies_.push_back(std::move(*parsed.value));
}

bool Eunomia::remove(std::string_view name) {
    return std::erase_if(policies_, [&](const auto& policy) { return policy.name == name; }) > 0;
}

void Eunomia::add_allow_all() {
    const json::value policy = json::object{
        {"name", "mcp-default-policy"},
        {"rules",
         json::array{json::object{
             {"name", "unrestricted-access"},
             {"effect", "allow"},
             {"actions", {"list", "execute"}}}}}};
    add(policy);
}

void Eunomia::restart_shuffled(Random& random) {
    for (std::size_t left = policies_.size(); left > 1; --left) {
        std::swap(policies_[left - 1], policies_[random.next() % left]);
    }
}

pdp::Decision Eunomia::decide(const pdp::Question& question) const {
    return pdp::evaluate(policies_, question);
}

const pdp::Policy* Eunomia::find(std::string_view name) const {
    const auto found = std::find_if(policies_.begin(), policies_.end(), [&](const auto& policy) {
        return policy.name == name;
    });
    return found == policies_.end() ? nullptr : &*found;
}

}  // namespace wavegate::sandbox
