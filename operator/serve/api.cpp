#include "operator/serve/api.hpp"

#include "operator/serve/answers.hpp"
#include "operator/serve/api_route.hpp"
#include "operator/serve/assets.hpp"
#include "operator/serve/commands.hpp"
#include "operator/status/document.hpp"
#include "operator/status/objects.hpp"
#include "operator/status/words.hpp"

#include <boost/json/serialize.hpp>

namespace wavegate::serve {
namespace json = boost::json;
namespace {

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
      strangers_(settings_.requests_per_second, settings_.burst),
      known_(settings_.requests_per_second, settings_.burst),
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
            {"POST", {"api", "v1", "services", "{}", "probe"}, Access::Write, nullptr, &Api::probe},
            {"POST", {"api", "v1", "rollouts", "{}", "{}"}, Access::Write, nullptr, &Api::rollout},
            {"POST",
             {"api", "v1", "source", "accept"},
             Access::Write,
             nullptr,
             &Api::accept_source},
            {"POST", {"api", "v1", "hooks", "git"}, Access::Hook, &Api::ring}};
        for (const auto& [name, text] : assets()) {
            routes.push_back({"GET", {name}, Access::Open, [](Api& /*api*/, const Call& call) {
                                  return asset(call.path.front());
                              }});
        }
        return routes;
    }();
    return all;
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

asio::awaitable<void> Api::follow_hooks() {
    while (true) {
        co_await hook_bell_.wait();
        static_cast<void>(core_.look_now());
        const auto waited = co_await clock_.sleep_until(clock_.now().mono + settings_.hook_pace);
        if (!waited) {
            co_return;
        }
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
    // It serves what it sees: nobody needs to replace it.
    const bool standby = view->leads.stands_by();
    const auto words = standby ? "standby: " + status::who_acts(view->leads) + "\n" : "ok\n";
    return text_answer(200, words, "text/plain; charset=utf-8");
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

net::ServerResponse Api::stream(const Call& call) {
    if (feed_.streams(call.known) >= settings_.streams) {
        return problem(503, "too many streams are open");
    }
    auto response = text_answer(200, feed_.newest(), "text/event-stream");
    response.stream = feed_.open(call.known);
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

/// Many rings are one look, and none is lost: the one that comes right after a look waits its turn.
net::ServerResponse Api::ring(const Call& /*call*/) {
    hook_bell_.ring();
    json::object body;
    body["done"] = "look";
    return json_answer(202, body);
}

asio::awaitable<net::ServerResponse> Api::rollout(std::shared_ptr<const Call> call) const {
    auto read = read_command(call->names.at(0), call->names.at(1), call->request);
    if (auto* refused = std::get_if<net::ServerResponse>(&read)) {
        co_return std::move(*refused);
    }
    auto command = std::get<Command>(std::move(read));
    command.who = call->who->name;
    const auto done = co_await core_.command(std::move(command));
    if (!done) {
        co_return problem(done.error());
    }
    json::object body;
    body["rollout"] = call->names.at(0);
    body["done"] = call->names.at(1);
    co_return json_answer(200, body);
}

asio::awaitable<net::ServerResponse> Api::probe(std::shared_ptr<const Call> call) const {
    const auto& name = call->names.at(0);
    const auto found = co_await core_.probe(name);
    if (!found) {
        co_return problem(found.error());
    }
    json::array evidence;
    bool passed = !found->empty();
    for (const auto& one : *found) {
        evidence.push_back(status::evidence_json(one, clock_.now()));
        passed = passed && one.verdict == Verdict::Pass;
    }
    json::object body;
    body["name"] = status::clean(name);
    body["passed"] = passed;
    body["evidence"] = std::move(evidence);
    co_return json_answer(200, body);
}

asio::awaitable<net::ServerResponse> Api::accept_source(std::shared_ptr<const Call> call) const {
    auto read = read_acceptance(call->request);
    if (!read) {
        co_return problem(400, read.error().message());
    }
    auto asked = std::move(*read);
    const auto done = co_await core_.take_held_revision(
        std::move(asked.revision), call->who->name, std::move(asked.why));
    if (!done) {
        co_return problem(done.error());
    }
    json::object body;
    body["done"] = "accept";
    co_return json_answer(200, body);
}

}  // namespace wavegate::serve
