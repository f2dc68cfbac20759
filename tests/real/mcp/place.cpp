#include "tests/real/mcp/place.hpp"

#include "tests/real/support/http.hpp"

#include <boost/json/array.hpp>

#include <chrono>
#include <stdexcept>
#include <utility>

namespace wavegate::contract {

bool Place::possible() {
    return testing::installed("eunomia") && testing::installed("keycloak");
}

void Place::serve_policies(bool up) {
    if (up) {
        eunomia_->start_again();
    } else {
        eunomia_->kill();
    }
}

void Place::set_policy(const boost::json::value& policy) {
    const std::string key = "WAY-API-KEY: the-admin-key";
    const auto all = eunomia_->url() + "/admin/policies";
    const auto listed = testing::body_of(testing::ask_json("GET", all, nullptr, key));
    for (const auto& old : listed.as_array()) {
        const std::string name(old.at("name").as_string());
        testing::ask_json("DELETE", all + "/" + name, nullptr, key);
    }
    if (testing::ask_json("POST", all, policy, key).status != 200) {
        throw std::runtime_error("eunomia refused the policy");
    }
}

void Place::pass(Duration by) {
    auto& clock = driver_->clock();
    static_cast<void>(driver_->run(clock.sleep_until(clock.now().mono + by)));
}

Program::Program(Place& place, std::vector<std::string> argv)
    : place_(place),
      argv_(std::move(argv)),
      port_(testing::free_port()),
      url_("http://127.0.0.1:" + std::to_string(port_)) {}

void Program::begin(const sandbox::Env& env) {
    if (!runs_with(env)) {
        stop();
        start(env);
    }
}

void Program::await() {
    if (!process_->wait_until([this] { return answers(); }, std::chrono::seconds(60))) {
        throw std::runtime_error("the program did not come up");
    }
}

bool Program::refuses(const sandbox::Env& env) {
    stop();
    start(env);
    for (int looks = 0; looks < 300 && process_->running() && !answers(); ++looks) {
        place_.pass(std::chrono::milliseconds(100));
    }
    const bool ended = !process_->running();
    stop();
    return ended;
}

void Program::start(const sandbox::Env& env) {
    env_ = env;
    testing::ServerCommand command;
    command.name = "program-" + std::to_string(port_);
    command.folder = place_.folder();
    command.argv = argv_;
    command.env = env;
    command.env["HOST"] = "127.0.0.1";
    command.env["PORT"] = std::to_string(port_);
    command.env["TRANSPORT"] = "streamable-http";
    process_ = std::make_unique<testing::ServerProcess>(std::move(command));
}

/// Asks on the driver, so that the relay answers the program meanwhile.
bool Program::answers() {
    place_.pass(std::chrono::milliseconds(50));
    auto asked = place_.transport().send(HttpRequest("GET", url_ + "/health"));
    const auto answer = place_.driver().run(std::move(asked));
    return answer && answer->status == 200;
}

}  // namespace wavegate::contract
