#pragma once

#include "operator/backends/portainer/client.hpp"
#include "operator/sandbox/portainer/portainer.hpp"
#include "reconcilers/stacks/write.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/permits.hpp"
#include "tests/support/recorded.hpp"
#include "tests/support/simulation.hpp"
#include "tests/support/site_transport.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace wavegate::testing {

using namespace std::chrono_literals;

inline const std::string kRecorded = source_path("tests/recorded/portainer");

/// All of them, by name.
inline const std::map<std::string, Recorded>& exchanges() {
    static const auto all = [] {
        std::map<std::string, Recorded> out;
        for (auto& exchange : recorded_exchanges(kRecorded)) {
            out.emplace(exchange.name, exchange);
        }
        return out;
    }();
    return all;
}

/// Programs that listen 300 ms after their start, unless an image is said to do otherwise.
class Programs final : public sandbox::Containers {
  public:
    /// By image as written, without digest.
    std::map<std::string, sandbox::StartPlan> images;
    /// Asked first, when set.
    std::function<sandbox::StartPlan(const sandbox::ContainerSpec&)> decide;
    std::map<std::string, sandbox::ContainerSpec> listening;

    sandbox::StartPlan plan(const sandbox::ContainerSpec& spec) override {
        if (decide) {
            return decide(spec);
        }
        const auto known = images.find(spec.image.substr(0, spec.image.find('@')));
        return known == images.end() ? sandbox::StartPlan() : known->second;
    }
    void up(const sandbox::ContainerSpec& spec) override { listening[spec.task_id] = spec; }
    void down(const std::string& task_id) override { listening.erase(task_id); }

    [[nodiscard]] std::size_t of(const std::string& service) const {
        std::size_t count = 0;
        for (const auto& [id, spec] : listening) {
            count += spec.service == service ? 1U : 0U;
        }
        return count;
    }
};

inline sandbox::StartPlan exits(int code, Duration after = 300ms) {
    sandbox::StartPlan plan;
    plan.ready_after = after;
    plan.exit_code = code;
    return plan;
}

inline sandbox::StartPlan rejected(std::string why) {
    sandbox::StartPlan plan;
    plan.rejected = std::move(why);
    return plan;
}

class FixedToken final : public Credentials {
  public:
    std::string token = "ptr_sandbox";
    std::vector<std::string> hosts;
    Task<SecretValue> resolve(Reference /*reference*/, std::string host) override {
        hosts.push_back(std::move(host));
        co_return make_secret(std::string(token));
    }
};

/// Looks at each request and may answer it itself, before or after the site has done its work.
class Tap final : public Transport {
  public:
    explicit Tap(Transport& inner) : inner_(inner) {}
    std::vector<std::pair<std::string, std::string>> seen;  ///< "METHOD /path?query", body
    bool lose_next_answer = false;
    std::function<void(const HttpRequest&)> before;

    Task<HttpResponse> send(HttpRequest request) override {
        seen.emplace_back(
            request.method + " " + std::string(url_target(request.url)), request.body);
        if (before) {
            before(request);
        }
        auto answer = co_await inner_.send(std::move(request));
        if (std::exchange(lose_next_answer, false)) {
            co_return Error(ErrorKind::Unavailable, "cut", Effect::Maybe);
        }
        co_return answer;
    }

  private:
    Transport& inner_;
};

inline PortainerSpec portainer_spec() {
    PortainerSpec spec;
    spec.url = "https://portainer.arpa/";
    spec.environment = "primary";
    spec.token.text = "env:PORTAINER";
    return spec;
}

/// A Portainer with its Swarm, and the operator's client in front of it.
struct Rig {
    Simulation sim;
    Programs programs;
    sandbox::Portainer portainer;
    SiteTransport wire;
    Tap tap{wire};
    FixedToken credentials;
    portainer::Client client{
        tap,
        credentials,
        sim.clock,
        portainer_spec(),
        agent_utilities_profile()};

    explicit Rig(sandbox::PortainerSettings settings = {})
        : portainer(sim.clock, sim.executor(), programs, std::move(settings)) {
        wire.at("portainer.arpa", portainer);
    }

    template <class T>
    T must(Result<T> result) {
        if (!result) {
            throw std::runtime_error(result.error().message());
        }
        return std::move(*result);
    }
    StackView stack(int id) { return must(sim.run(client.stack(id))); }
    SwarmService service(const std::string& name) {
        const auto view = must(sim.run(client.swarm()));
        const auto* found = view.find(name);
        if (found == nullptr) {
            throw std::runtime_error("no such service");
        }
        return *found;
    }
    std::vector<SwarmTask> tasks(const std::string& name) {
        const auto view = must(sim.run(client.swarm()));
        std::vector<SwarmTask> out;
        for (const auto* task : view.tasks_of(view.find(name)->id)) {
            out.push_back(*task);
        }
        return out;
    }
    /// The value of one variable of a service, as its containers get it.
    std::string env(const std::string& service_name, const std::string& key) {
        const auto now = portainer.spec_env(service_name);
        const auto at = now.find(key);
        return at == now.end() ? "(absent)" : at->second;
    }
};

inline EnvChange set_env(std::string name, std::string value) {
    EnvChange change;
    change.name = std::move(name);
    change.value = make_secret(std::move(value));
    return change;
}

inline Permit
stack_permit(StackView live, std::optional<std::string> file, std::vector<EnvChange> env) {
    StackEdit body;
    body.stack = live.name;
    body.stack_id = live.id;
    body.file = std::move(file);
    body.env = std::move(env);
    Edit edit;
    edit.body = std::move(body);
    Live read;
    read.stack = std::move(live);
    return permit(stacks::write_of(edit, read).value());
}

inline Permit restart_permit(const SwarmService& service) {
    return permit(ServiceRestart{service.name, service.template_digest}, "restart-1");
}

inline std::string compose(const std::string& environment, const std::string& deploy = {}) {
    return "version: '3.8'\nservices:\n  app:\n    image: mcp-demo:1.0\n    environment:\n" +
           environment + (deploy.empty() ? "" : "    deploy:\n" + deploy);
}

}  // namespace wavegate::testing
