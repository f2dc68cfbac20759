#include "operator/sandbox/portainer/deploy.hpp"

#include "operator/sandbox/portainer/compose.hpp"

#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <utility>

namespace wavegate::sandbox {
namespace {

constexpr std::string_view kDetachNote =
    "Since --detach=false was not specified, tasks will be created in the background.\n"
    "In a future release, --detach=false will become the default.\n";

constexpr const char* kImage = "com.docker.stack.image";

std::vector<ServicePtr> services_of(const Swarm& swarm, const std::string& stack) {
    std::vector<ServicePtr> found;
    for (const auto& service : swarm.services()) {
        if (text_at(service->spec, {"Labels", kNamespace}) == stack) {
            found.push_back(service);
        }
    }
    return found;
}

/// The part of a deployment that talks to the engine.
class Rollout {
  public:
    Rollout(Swarm& swarm, const Deployment& order, ComposeFile file)
        : swarm_(swarm), order_(order), file_(std::move(file)) {}

    /// Throws ComposeError.
    void run() {
        if (order_.prune) {
            prune();
        }
        make_networks();
        make("secret", file_.secrets, swarm_.secrets());
        make("config", file_.configs, swarm_.configs());
        check_references();
        for (auto& [key, spec] : file_.services) {
            place(std::move(spec));
        }
    }

  private:
    void prune() {
        for (const auto& service : services_of(swarm_, order_.stack)) {
            const auto key = service->name.substr(order_.stack.size() + 1);
            if (!file_.services.contains(key)) {
                swarm_.remove(service->id);
            }
        }
    }

    void make_networks() {
        for (const auto& [key, network] : file_.networks) {
            const bool known = swarm_.networks().contains(network.name);
            if (network.external && !known) {
                throw ComposeError{fmt::format(
                    "network \"{}\" is declared as external, but could not be found. You need to "
                    "create a swarm-scoped network before the stack is deployed",
                    network.name)};
            }
            if (!known) {
                swarm_.add(swarm_.networks(), network.name, order_.stack);
            }
        }
    }

    void make(
        const char* kind,
        const std::map<std::string, ComposeObject>& wanted,
        SwarmObjects& there) {
        for (const auto& [key, object] : wanted) {
            if (object.external) {
                continue;
            }
            const auto content = order_.files.find(object.file);
            const auto data = content == order_.files.end() ? std::string() : content->second;
            const auto at = there.find(object.name);
            if (at == there.end()) {
                swarm_.add(there, object.name, order_.stack).data = data;
            } else if (at->second.data != data) {
                throw ComposeError{fmt::format(
                    "failed to update {0} {1}: Error response from daemon: rpc error: code = "
                    "InvalidArgument desc = only updates to Labels are allowed",
                    kind,
                    object.name)};
            }
        }
    }

    void check_references() {
        const auto check = [&](const char* kind,
                               const std::map<std::string, std::vector<std::string>>& used,
                               const std::map<std::string, ComposeObject>& declared,
                               const SwarmObjects& there) {
            for (const auto& [service, names] : used) {
                for (const auto& name : names) {
                    const auto entry = declared.find(name);
                    if (entry == declared.end() || !there.contains(entry->second.name)) {
                        throw ComposeError{
                            fmt::format("service {}: {} not found: {}", service, kind, name)};
                    }
                }
            }
        };
        check("secret", file_.service_secrets, file_.secrets, swarm_.secrets());
        check("config", file_.service_configs, file_.configs, swarm_.configs());
    }

    void place(json::object spec) {
        const auto name = text_at(spec, {"Name"});
        const auto existing = swarm_.find(name);
        auto& task = spec.at("TaskTemplate").as_object();
        auto& image = task.at("ContainerSpec").as_object().at("Image");
        const auto written = text_at(spec, {"Labels", kImage});
        if (existing) {
            task["ForceUpdate"] = existing->spec.at("TaskTemplate").at("ForceUpdate");
            if (!order_.always_resolve && text_at(existing->spec, {"Labels", kImage}) == written) {
                // Unchanged text keeps the digest that runs.
                image = text_at(existing->spec, {"TaskTemplate", "ContainerSpec", "Image"});
            }
        }
        if (order_.always_resolve) {
            image = swarm_.resolve(written);
        }
        const auto refused = existing
                                 ? swarm_.update(existing->id, existing->version, std::move(spec))
                                 : swarm_.create(std::move(spec));
        if (refused) {
            throw ComposeError{fmt::format(
                "failed to {} service {}: Error response from daemon: {}",
                existing ? "update" : "create",
                name,
                refused->message)};
        }
    }

    Swarm& swarm_;
    const Deployment& order_;
    ComposeFile file_;
};

void forget(SwarmObjects& objects, const std::string& stack) {
    std::erase_if(objects, [&](const auto& entry) { return entry.second.stack == stack; });
}

}  // namespace

std::optional<std::string> deploy(Swarm& swarm, const Deployment& order) {
    std::string note;
    try {
        const auto path = order.project_path;
        const auto main = order.files.find(order.entry_point);
        if (order.entry_point.empty()) {
            throw ComposeError{fmt::format("read {}: is a directory", path)};
        }
        if (main == order.files.end()) {
            throw ComposeError{
                fmt::format("open {}/{}: no such file or directory", path, order.entry_point)};
        }
        // The CLI also sees the server's own environment.
        EnvList env{{"PATH", "/usr/bin:/bin"}, {"HOME", "/root"}};
        env.insert(env.end(), order.env.begin(), order.env.end());
        auto file = read_compose_file(main->second, order.stack, env, path);
        note = kDetachNote;
        Rollout(swarm, order, std::move(file)).run();
    } catch (const ComposeError& problem) {
        return note + problem.message + "\n";
    }
    return std::nullopt;
}

void undeploy(Swarm& swarm, const std::string& stack) {
    for (const auto& service : services_of(swarm, stack)) {
        swarm.remove(service->id);
    }
    forget(swarm.secrets(), stack);
    forget(swarm.configs(), stack);
    forget(swarm.networks(), stack);
}

bool stack_runs(const Swarm& swarm, const std::string& stack) {
    return !services_of(swarm, stack).empty();
}

}  // namespace wavegate::sandbox
