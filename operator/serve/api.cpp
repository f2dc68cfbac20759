#include "operator/serve/api.hpp"

#include "operator/base/text.hpp"
#include "operator/serve/answers.hpp"
#include "operator/serve/assets.hpp"
#include "operator/serve/commands.hpp"
#include "operator/status/document.hpp"
#include "operator/status/words.hpp"

#include <boost/json/serialize.hpp>

#include <optional>

namespace wavegate::serve {
namespace json = boost::json;

struct Api::Call {
    HttpRequest request;
    std::string method;              ///< GET for HEAD
    std::vector<std::string> path;   ///< decoded segments
    std::vector<std::string> names;  ///< those that stand for a route's {}
};

struct Api::Route {
    std::string_view method;
    std::vector<std::string> path;
    Access access;
    Plain plain = nullptr;
    Async async = nullptr;

    /// The segments that stand for `{}`, when it fits.
    [[nodiscard]] std::optional<std::vector<std::string>> match(
        const std::vector<std::string>& segments) const {
        if (segments.size() != path.size()) {
            return std::nullopt;
        }
        std::vector<std::string> names;
        for (std::size_t i = 0; i < path.size(); ++i) {
            if (path[i] == "{}" && !segments[i].empty()) {
                names.push_back(segments[i]);
            } else if (path[i] != segments[i]) {
                return std::nullopt;
            }
        }
        return names;
    }
};

namespace {

/// "/a/b%20c?d" → {"a", "b c"}; nothing when an escape is broken.
std::optional<std::vector<std::string>> segments_of(std::string_view target) {
    std::string_view path = target.substr(0, target.find_first_of("?#"));
    std::vector<std::string> segments;
    while (!path.empty()) {
        path.remove_prefix(1);
        const auto end = path.find('/');
        std::string decoded;
        if (!percent_decode(path.substr(0, end), decoded)) {
            return std::nullopt;
        }
        segments.push_back(std::move(decoded));
        path = end == std::string_view::npos ? std::string_view() : path.substr(end);
    }
    return segments;
}

net::ServerResponse misdirected(const HttpRequest& request, const std::string& allowed) {
    constexpr std::size_t shown = 200;
    const auto target = url_target(request.url).substr(0, shown);
    const auto path = std::string(target.substr(0, target.find('?')));
    if (allowed.empty()) {
        return problem(404, "there is nothing at " + path);
    }
    auto response = problem(405, path + ": only " + allowed + " is allowed");
    response.headers.set("Allow", allowed);
    return response;
}

/// RFC 6750, section 3.1: who presented nothing is told no error code.
net::ServerResponse unknown_bearer(const HttpRequest& request) {
    const bool presented = request.headers.get("Authorization").has_value();
    auto response = problem(
        401,
        presented ? "this token is not the one that auth.tokenRef names"
                  : "a bearer token is needed");
    response.headers.set(
        "WWW-Authenticate",
        presented ? R"(Bearer realm="wavegate", error="invalid_token")"
                  : R"(Bearer realm="wavegate")");
    return response;
}

/// The last of the events, for the page.
json::object newest_events(const status::View& view) {
    constexpr std::size_t shown = 50;
    auto list = status::events_list(view);
    auto& items = list["items"].as_array();
    if (items.size() > shown) {
        items.erase(items.begin(), items.end() - shown);
    }
    return list;
}

}  // namespace

Api::Api(Core core, Clock& clock, Settings settings)
    : core_(std::move(core)),
      clock_(clock),
      settings_(std::move(settings)),
      bucket_(settings_.requests_per_second, settings_.burst),
      counted_until_(clock_.now().wall),
      feed_(
          clock_,
          [view = core_.view] {
              const auto newest = view();
              return "event: status\ndata: " + json::serialize(status::status_document(*newest)) +
                     "\n\nevent: events\ndata: " + json::serialize(newest_events(*newest)) + "\n\n";
          },
          settings_.heartbeat,
          settings_.pace) {}

const std::vector<Api::Route>& Api::routes() {
    static const std::vector<Route> all = [] {
        std::vector<Route> routes{
            {"GET",
             {"healthz"},
             Access::Health,
             [](Api& /*api*/, const Call& /*call*/) { return health(); }},
            {"GET", {"readyz"}, Access::Health, &Api::readiness},
            {"GET",
             {""},
             Access::Open,
             [](Api& /*api*/, const Call& /*call*/) { return asset("index.html"); }},
            {"GET", {"metrics"}, Access::Read, &Api::metrics},
            {"GET", {"status"}, Access::Read, &Api::status},
            {"GET", {"api", "v1", "services"}, Access::Read, &Api::services},
            {"GET", {"api", "v1", "services", "{}"}, Access::Read, &Api::service},
            {"GET", {"api", "v1", "waves"}, Access::Read, &Api::waves},
            {"GET", {"api", "v1", "rollouts"}, Access::Read, &Api::rollouts},
            {"GET", {"api", "v1", "events"}, Access::Read, &Api::events},
            {"GET", {"api", "v1", "plan"}, Access::Read, &Api::plan},
            {"GET", {"api", "v1", "stream"}, Access::Read, &Api::stream},
            {"POST", {"api", "v1", "reconcile"}, Access::Write, &Api::reconcile},
            {"POST", {"api", "v1", "rollouts", "{}", "{}"}, Access::Write, nullptr, &Api::rollout},
            {"POST",
             {"api", "v1", "source", "accept"},
             Access::Write,
             nullptr,
             &Api::accept_source},
            {"POST", {"api", "v1", "hooks", "git"}, Access::Hook, &Api::reconcile}};
        for (const auto& [name, text] : assets()) {
            routes.push_back({"GET", {name}, Access::Open, [](Api& /*api*/, const Call& call) {
                                  return asset(call.path.front());
                              }});
        }
        return routes;
    }();
    return all;
}

/// The route for a call; null when there is none, then `allowed` names the methods that would fit.
const Api::Route* Api::find(Call& call, std::string& allowed) {
    for (const auto& route : routes()) {
        auto names = route.match(call.path);
        if (names && route.method == call.method) {
            call.names = std::move(*names);
            return &route;
        }
        if (names) {
            allowed = route.method == "GET" ? "GET, HEAD" : std::string(route.method);
        }
    }
    return nullptr;
}

asio::awaitable<net::ServerResponse> Api::answer(HttpRequest request) {
    auto call = std::make_shared<Call>();
    call->method = request.method == "HEAD" ? "GET" : request.method;
    auto segments = segments_of(url_target(request.url));
    call->request = std::move(request);
    net::ServerResponse response;
    if (!segments) {
        response = problem(400, "the path is not percent-encoded as it should be");
    } else {
        call->path = std::move(*segments);
        response = co_await dispatch(std::move(call));
    }
    add_safety_headers(response);
    co_return response;
}

asio::awaitable<net::ServerResponse> Api::dispatch(std::shared_ptr<Call> call) {
    std::string allowed;
    const auto* found = find(*call, allowed);
    const bool health = found != nullptr && found->access == Access::Health;
    if (!health && !bucket_.take(clock_.now().mono)) {
        auto response = problem(429, "too many requests");
        response.headers.set("Retry-After", "1");
        co_return response;
    }
    if (found == nullptr) {
        co_return misdirected(call->request, allowed);
    }
    if (auto refused = refusal(found->access, *call)) {
        co_return std::move(*refused);
    }
    if (found->plain != nullptr) {
        co_return found->plain(*this, *call);
    }
    co_return co_await found->async(*this, std::move(call));
}

std::optional<net::ServerResponse> Api::refusal(Access access, const Call& call) const {
    if (access == Access::Write && !is_same_origin(call.request)) {
        return problem(403, "this request came from another site's page");
    }
    const bool open =
        access == Access::Open || (access == Access::Read && !settings_.reads_need_token);
    if (open && !is_own_name(call.request, settings_.hosts)) {
        return problem(421, "this name is not known to be ours: list it in auth.hosts");
    }
    const bool wants_token =
        access == Access::Write || (access == Access::Read && settings_.reads_need_token);
    if (wants_token && settings_.token == nullptr) {
        return problem(403, "no token is configured, so nobody may do this: set auth.tokenRef");
    }
    if (wants_token && !bears(call.request, *settings_.token)) {
        return unknown_bearer(call.request);
    }
    if (access == Access::Write && call.request.body.size() > settings_.command_limit) {
        return problem(413, "the body is too large for a command");
    }
    if (access == Access::Hook && settings_.webhook_secret == nullptr) {
        return problem(403, "hooks are off: set source.git.webhookSecretRef");
    }
    if (access == Access::Hook && !is_signed(call.request, *settings_.webhook_secret)) {
        return problem(401, "the signature is missing or does not fit");
    }
    return std::nullopt;
}

const std::string& Api::status_text() {
    const auto view = core_.view();
    if (written_ != view) {
        written_ = view;
        text_ = json::serialize(status::status_document(*view)) + "\n";
    }
    return text_;
}

void Api::changed() {
    const auto view = core_.view();
    if (view->ledger != nullptr) {
        counted_until_ = counters_.count_evidence(*view->ledger, counted_until_);
    }
    feed_.publish();
}

asio::awaitable<void> Api::follow(Doorbell& bell) {
    while (true) {
        co_await bell.wait();
        changed();
    }
}

net::ServerResponse Api::health() {
    return text_answer(200, "ok\n", "text/plain; charset=utf-8");
}

net::ServerResponse Api::readiness(const Call& /*call*/) const {
    const auto view = core_.view();
    if (view->desired == nullptr) {
        return problem(503, "no valid revision of the desired state is in force yet");
    }
    if (view->passes == 0) {
        return problem(503, "no pass has ended yet");
    }
    return text_answer(200, "ok\n", "text/plain; charset=utf-8");
}

net::ServerResponse Api::metrics(const Call& /*call*/) {
    counters_.requests = core_.requests();
    counters_.passes = core_.passes();
    return text_answer(
        200,
        status::metrics_text(*core_.view(), counters_),
        "text/plain; version=0.0.4; charset=utf-8");
}

net::ServerResponse Api::status(const Call& /*call*/) {
    return text_answer(200, status_text(), "application/json");
}

net::ServerResponse Api::services(const Call& /*call*/) const {
    return json_answer(200, status::services_list(*core_.view()));
}

net::ServerResponse Api::service(const Call& call) const {
    const auto& name = call.names.front();
    const auto found = status::one_service(*core_.view(), name);
    return found ? json_answer(200, *found)
                 : problem(404, "no service is called " + status::clean(name));
}

net::ServerResponse Api::waves(const Call& /*call*/) const {
    return json_answer(200, status::waves_list(*core_.view()));
}

net::ServerResponse Api::rollouts(const Call& /*call*/) const {
    return json_answer(200, status::rollouts_list(*core_.view()));
}

net::ServerResponse Api::events(const Call& /*call*/) const {
    return json_answer(200, status::events_list(*core_.view()));
}

net::ServerResponse Api::plan(const Call& /*call*/) const {
    return json_answer(200, status::plan_document(*core_.view()));
}

net::ServerResponse Api::stream(const Call& /*call*/) {
    if (feed_.streams() >= settings_.streams) {
        return problem(503, "too many streams are open");
    }
    auto response = text_answer(200, feed_.newest(), "text/event-stream");
    response.stream = feed_.open();
    return response;
}

net::ServerResponse Api::asset(const std::string& name) {
    return text_answer(200, assets().at(name), media_type(name));
}

net::ServerResponse Api::reconcile(const Call& /*call*/) const {
    json::object body;
    body["id"] = core_.look_now();
    return json_answer(202, body);
}

asio::awaitable<net::ServerResponse> Api::rollout(std::shared_ptr<const Call> call) const {
    auto read = read_command(call->names.at(0), call->names.at(1), call->request);
    if (auto* refused = std::get_if<net::ServerResponse>(&read)) {
        co_return std::move(*refused);
    }
    auto command = std::get<Command>(std::move(read));
    const auto done = co_await core_.command(std::move(command));
    if (!done) {
        co_return problem(done.error());
    }
    json::object body;
    body["rollout"] = call->names.at(0);
    body["done"] = call->names.at(1);
    co_return json_answer(200, body);
}

asio::awaitable<net::ServerResponse> Api::accept_source(std::shared_ptr<const Call> call) const {
    auto read = read_acceptance(call->request);
    if (!read) {
        co_return problem(400, read.error().message());
    }
    auto asked = std::move(*read);
    const auto done =
        co_await core_.take_held_revision(std::move(asked.revision), std::move(asked.who));
    if (!done) {
        co_return problem(done.error());
    }
    json::object body;
    body["done"] = "accept";
    co_return json_answer(200, body);
}

}  // namespace wavegate::serve
