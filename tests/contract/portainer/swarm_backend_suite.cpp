#include "operator/base/text.hpp"
#include "tests/contract/portainer/swarm_backend.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace wavegate::contract {

namespace json = boost::json;

void SwarmContract::SetUp() {
    backend_ = GetParam().make();
    if (!backend_) {
        GTEST_SKIP() << "skipped: docker not installable here";
    }
    static int made = 0;
    name_ = "t" + std::to_string(++made) + "-mcp";
    client_ = std::make_unique<portainer::Client>(
        backend_->transport(),
        credentials_,
        backend_->driver().clock(),
        testing::portainer_spec(),
        agent_utilities_profile());
}

void SwarmContract::TearDown() {
    if (id_ != 0) {
        raw("DELETE", "/stacks/" + std::to_string(id_) + "?endpointId=1");
    }
}

std::string SwarmContract::file(
    const std::string& image,
    const std::string& environment,
    const std::string& deploy) {
    std::string out = "version: '3.8'\nservices:\n  app:\n    image: " + image + "\n";
    if (!environment.empty()) {
        out += "    environment:\n" + environment;
    }
    out += "    networks: [ host ]\n    deploy:\n";
    out += deploy.empty() ? "      update_config: { monitor: 2s }\n" : deploy;
    return out + "networks:\n  host: { external: true, name: host }\n";
}

void SwarmContract::create(const std::string& compose, const sandbox::EnvList& env) {
    json::array pairs;
    for (const auto& [name, value] : env) {
        pairs.push_back(json::object{{"name", name}, {"value", value}});
    }
    const auto answer =
        raw("POST",
            "/stacks/create/swarm/string?endpointId=1",
            json::serialize(json::object{
                {"Name", name_},
                {"SwarmID", backend_->cluster_id()},
                {"StackFileContent", compose},
                {"Env", std::move(pairs)}}));
    ASSERT_EQ(answer.status, 200) << answer.body;
    const json::value made = json::parse(answer.body);
    id_ = made.at("Id").to_number<int>();
    settle();
}

void SwarmContract::settle() {
    EXPECT_TRUE(eventually([&] { return stack().status != StackStatus::Deploying; }));
}

Result<Receipt> SwarmContract::change(
    std::optional<std::string> compose,
    std::vector<EnvChange> env) {
    return backend_->driver().run(
        client_->apply(testing::stack_permit(stack(), std::move(compose), std::move(env))));
}

Result<Receipt> SwarmContract::restart() {
    return backend_->driver().run(client_->apply(testing::restart_permit(service())));
}

HttpResponse
SwarmContract::raw(const std::string& method, const std::string& path, std::string body) {
    HttpRequest request(method, "https://portainer.arpa/api" + path);
    request.headers.add("X-API-Key", "ptr_sandbox");
    request.headers.add("Content-Type", "application/json");
    request.body = std::move(body);
    return backend_->driver().ask(backend_->transport(), std::move(request));
}

StackView SwarmContract::stack() {
    auto view = backend_->driver().run(client_->stack(id_));
    if (!view) {
        throw std::runtime_error(view.error().message());
    }
    return std::move(*view);
}

SwarmService SwarmContract::service() {
    const auto view = backend_->driver().run(client_->swarm());
    const auto* found = view ? view->find(name_ + "_app") : nullptr;
    if (found == nullptr) {
        throw std::runtime_error("no such service");
    }
    return *found;
}

std::vector<SwarmTask> SwarmContract::tasks() {
    const auto view = backend_->driver().run(client_->swarm());
    std::vector<SwarmTask> out;
    if (view && view->find(name_ + "_app") != nullptr) {
        for (const auto* task : view->tasks_of(view->find(name_ + "_app")->id)) {
            out.push_back(*task);
        }
    }
    return out;
}

std::vector<std::string> SwarmContract::converged() {
    const auto wanted = service().template_digest;
    std::vector<std::string> ids;
    for (const auto& task : tasks()) {
        if (task.state == "running" && task.desired_state == "running" &&
            task.template_digest == wanted) {
            ids.push_back(task.id);
        }
    }
    return ids;
}

std::string SwarmContract::env(const std::string& key) {
    const auto answer = raw("GET", "/endpoints/1/docker/services/" + name_ + "_app");
    const json::value service = json::parse(answer.body);
    const auto& container = service.at("Spec").at("TaskTemplate").at("ContainerSpec").as_object();
    if (const auto* list = container.if_contains("Env")) {
        for (const auto& entry : list->as_array()) {
            const std::string text(entry.as_string());
            if (text.starts_with(key + "=")) {
                return text.substr(key.size() + 1);
            }
        }
    }
    return "(absent)";
}

bool SwarmContract::eventually(const std::function<bool()>& done) {
    auto& clock = backend_->driver().clock();
    for (int looks = 0; looks < 200; ++looks) {
        if (done()) {
            return true;
        }
        static_cast<void>(backend_->driver().run(
            clock.sleep_until(clock.now().mono + std::chrono::milliseconds(200))));
    }
    return false;
}

bool SwarmContract::reaches(UpdateState state) {
    return eventually([&] { return service().update == state; });
}

}  // namespace wavegate::contract
