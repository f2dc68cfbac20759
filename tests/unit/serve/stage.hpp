#pragma once

#include "operator/base/task_group.hpp"
#include "operator/serve/api.hpp"
#include "tests/support/sample_view.hpp"
#include "tests/support/simulation.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wavegate::testing {

/// The API before a core that remembers what it was told, and behind what does a server's part
/// without a socket.
class Stage {
  public:
    explicit Stage(serve::Settings chosen = settings())
        : view(std::make_shared<status::View>(sample_view())),
          api(core(), sim.clock, std::move(chosen)),
          hooks_(sim.executor()) {
        hooks_.spawn("hooks", api.follow_hooks());
    }
    ~Stage() {
        hooks_.cancel();
        sim.run(hooks_.join());
    }
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

    static serve::Settings settings() {
        serve::Settings chosen;
        const std::vector<Role> all{Role::Viewer, Role::Operator, Role::Approver};
        chosen.bearers.push_back({{"alice", all, {}}, make_secret("the-token")});
        chosen.bearers.push_back({{"bob", {Role::Viewer}, {}}, make_secret("bobs-token")});
        chosen.webhook_secret = make_secret("the-hook-secret");
        return chosen;
    }

    /// Sends the body in pieces, and nothing of it where the head is refused.
    net::ServerResponse send(HttpRequest request) {
        auto body = std::exchange(request.body, {});
        auto admission = api.admit(request);
        known = admission.known;
        kept = 0;
        if (admission.refusal) {
            return std::move(*admission.refusal);
        }
        if (body.size() > admission.body_limit) {
            return HttpResponse(413);
        }
        if (admission.reader) {
            for (std::size_t at = 0; at < body.size(); at += 5) {
                admission.reader(std::string_view(body).substr(at, 5));
            }
        } else {
            kept = body.size();
            request.body = std::move(body);
        }
        auto response = sim.run(admission.handler(std::move(request)));
        sim.settle();
        return response;
    }
    net::ServerResponse get(const std::string& path) {
        return send(HttpRequest("GET", kHost + path));
    }
    /// With alice's token, who may do everything, or another.
    net::ServerResponse
    post(const std::string& path, std::string body = {}, const std::string& token = "the-token") {
        auto request = HttpRequest("POST", kHost + path);
        request.headers.set("Authorization", "Bearer " + token);
        request.body = std::move(body);
        return send(std::move(request));
    }
    void publish(status::View next) {
        view = std::make_shared<status::View>(std::move(next));
        api.changed();
    }

    inline static const std::string kHost = "http://operator:8080";
    Simulation sim;
    std::shared_ptr<const status::View> view;
    std::vector<Command> commands;
    std::optional<Error> trouble;  ///< how commands end
    std::vector<Evidence> probed;  ///< what a probe finds
    std::vector<std::string> probes;
    std::vector<std::string> taken;
    std::uint64_t looks = 0;
    bool known = false;    ///< the last request's sender was
    std::size_t kept = 0;  ///< bytes of its body that lay in memory
    serve::Api api;

  private:
    TaskGroup hooks_;
    Task<void> finish() {
        if (trouble) {
            co_return *trouble;
        }
        co_return Result<void>();
    }
    Task<std::vector<Evidence>> answer(std::string service) {
        probes.push_back(std::move(service));
        if (trouble) {
            co_return *trouble;
        }
        co_return probed;
    }
    serve::Core core() {
        serve::Core made;
        made.view = [this] { return view; };
        made.look_now = [this] { return ++looks; };
        made.command = [this](Command command) {
            commands.push_back(std::move(command));
            return finish();
        };
        made.probe = [this](const std::string& service) { return answer(service); };
        made.take_held_revision =
            [this](const std::string& revision, const std::string& who, const std::string& why) {
                taken.push_back(revision + " by " + who + ": " + why);
                return finish();
            };
        made.requests = [] {
            return std::map<std::pair<std::string, std::string>, std::uint64_t>{
                {{"portainer", "200"}, 7}};
        };
        made.passes = [] {
            status::Passes passes;
            passes.failed = 2;
            passes.times.observe(Duration(40));
            return passes;
        };
        return made;
    }
};

inline std::string header(const net::ServerResponse& response, std::string_view name) {
    return std::string(response.headers.get(name).value_or(""));
}
inline boost::json::value body_of(const net::ServerResponse& response) {
    return boost::json::parse(response.body);
}
inline std::string error_of(const net::ServerResponse& response) {
    return std::string(body_of(response).at("error").as_string());
}

}  // namespace wavegate::testing
