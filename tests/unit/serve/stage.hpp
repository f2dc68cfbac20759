#pragma once

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

/// The API before a core that remembers what it was told.
class Stage {
  public:
    explicit Stage(serve::Settings chosen = settings())
        : view(std::make_shared<status::View>(sample_view())),
          api(core(), sim.clock, std::move(chosen)) {}

    static serve::Settings settings() {
        serve::Settings chosen;
        chosen.token = make_secret("the-token");
        chosen.webhook_secret = make_secret("the-hook-secret");
        return chosen;
    }

    net::ServerResponse send(HttpRequest request) {
        return sim.run(api.answer(std::move(request)));
    }
    net::ServerResponse get(const std::string& path) {
        return send(HttpRequest("GET", kHost + path));
    }
    /// With the right token.
    net::ServerResponse post(const std::string& path, std::string body = {}) {
        auto request = HttpRequest("POST", kHost + path);
        request.headers.set("Authorization", "Bearer the-token");
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
    std::vector<std::string> taken;
    std::uint64_t looks = 0;
    serve::Api api;

  private:
    Task<void> finish() {
        if (trouble) {
            co_return *trouble;
        }
        co_return Result<void>();
    }
    serve::Core core() {
        serve::Core made;
        made.view = [this] { return view; };
        made.look_now = [this] { return ++looks; };
        made.command = [this](Command command) {
            commands.push_back(std::move(command));
            return finish();
        };
        made.take_held_revision = [this](const std::string& revision, const std::string& who) {
            taken.push_back(revision + " by " + who);
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
