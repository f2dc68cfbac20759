#include "operator/backends/portainer/client.hpp"

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "operator/model/named.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace wavegate::portainer {
namespace {

/// 6,000 services with their tasks' history come to about 70 MB.
constexpr std::size_t kListLimit = std::size_t{128} << 20U;

bool same(const StackEnv& a, const StackEnv& b) {
    return std::equal(
        a.begin(), a.end(), b.begin(), b.end(), [](const EnvEntry& one, const EnvEntry& other) {
            const bool held = one.value != nullptr && other.value != nullptr;
            return one.name == other.name &&
                   (held ? *one.value == *other.value : one.value == other.value);
        });
}

/// An Env that is as it was is the one that was: who holds it knows it again by its values.
void share_values(const std::vector<StackView>& before, std::vector<StackView>& now) {
    std::unordered_map<int, const StackView*> known;
    for (const auto& stack : before) {
        known.emplace(stack.id, &stack);
    }
    for (auto& stack : now) {
        const auto at = known.find(stack.id);
        if (at != known.end() && same(at->second->env, stack.env)) {
            stack.env = at->second->env;
        }
    }
}

}  // namespace

Client::Client(
    Transport& transport,
    Credentials& credentials,
    Clock& clock,
    PortainerSpec spec,
    AuthProfile profile,
    SecretValue digest_key)
    : api_(transport, credentials, std::move(spec)),
      clock_(clock),
      reader_(std::move(profile), std::move(digest_key)) {}

Task<std::vector<StackView>> Client::list() {
    auto where = co_await api_.environment();
    if (!where) {
        co_return where.take_error();
    }
    // EndpointID would select Compose stacks; Swarm stacks match on SwarmID alone.
    const auto filter = percent_encode(fmt::format(R"({{"SwarmID":"{}"}})", where->swarm));
    auto body = co_await api_.text("/stacks?filters=" + filter, kListLimit);
    if (!body) {
        co_return body.take_error();
    }
    auto digest = sha256_hex(fmt::format("{}\n{}", where->id, *body));
    if (digest == stacks_digest_) {
        co_return stacks_;
    }
    auto list = parse_body(*body);
    if (!list) {
        co_return list.take_error();
    }
    auto stacks = stack_views(*list, where->id);
    stacks_digest_ = stacks ? std::move(digest) : std::string();
    if (stacks) {
        share_values(stacks_, *stacks);
        stacks_ = *stacks;
    }
    co_return stacks;
}

Task<SwarmView> Client::swarm() {
    auto services = co_await all_services();
    if (!services) {
        co_return services.take_error();
    }
    auto tasks = co_await all_tasks();
    if (!tasks) {
        co_return tasks.take_error();
    }
    listed_.services = std::move(*services);
    listed_.tasks = std::move(*tasks);
    listed_.sort();
    reader_.forget_all_but(listed_);
    co_return listed_;
}

Task<SharedList<SwarmService>> Client::all_services() {
    auto body = co_await api_.docker_text("/services?status=true", kListLimit);
    if (!body) {
        co_return body.take_error();
    }
    auto digest = sha256_hex(*body);
    if (digest == services_digest_) {
        co_return listed_.services;
    }
    auto list = parse_body(*body);
    if (!list) {
        co_return list.take_error();
    }
    auto services = reader_.services(*list);
    services_digest_ = services ? std::move(digest) : std::string();
    co_return services;
}

Task<SharedList<SwarmTask>> Client::all_tasks() {
    auto body = co_await api_.docker_text("/tasks", kListLimit);
    if (!body) {
        co_return body.take_error();
    }
    auto digest = sha256_hex(*body);
    if (digest == tasks_digest_) {
        co_return listed_.tasks;
    }
    auto list = parse_body(*body);
    if (!list) {
        co_return list.take_error();
    }
    auto tasks = reader_.tasks(*list);
    tasks_digest_ = tasks ? std::move(digest) : std::string();
    co_return tasks;
}

Task<SharedList<SwarmService>> Client::services_by(std::string filter, std::string value) {
    const auto chosen = docker_filters(filter, value);
    auto list = co_await api_.read_docker("/services?status=true&" + chosen, kListLimit);
    if (!list) {
        co_return list.take_error();
    }
    co_return reader_.services(*list);
}

/// The service of that name besides those that were seen.
Task<void> Client::add_named(std::string name, SharedList<SwarmService>& seen) {
    if (find_named(seen, name) != nullptr) {
        co_return Result<void>();
    }
    auto listed = co_await services_by("name", name);
    if (!listed) {
        co_return listed.take_error();
    }
    // Docker's filter takes what only begins with the name, too.
    if (const auto* found = find_named(*listed, name)) {
        seen.push_back(*found);
    }
    co_return Result<void>();
}

Task<SwarmView> Client::around(std::string stack, std::string service) {
    SwarmView view;
    if (!stack.empty()) {
        auto own = co_await services_by("label", "com.docker.stack.namespace=" + stack);
        if (!own) {
            co_return own.take_error();
        }
        view.services = std::move(*own);
    }
    auto added = co_await add_named(std::move(service), view.services);
    if (!added) {
        co_return added.take_error();
    }
    co_return view;
}

Task<StackView> Client::record(int id) {
    auto stack = co_await api_.read(fmt::format("/stacks/{}", id));
    if (!stack) {
        co_return stack.take_error();
    }
    co_return stack_view(*stack);
}

Task<StackView> Client::stack(int id) {
    auto view = co_await record(id);
    if (!view) {
        co_return view.take_error();
    }
    auto content = co_await file(id);
    if (!content) {
        co_return content.take_error();
    }
    view->file = std::make_shared<const std::string>(std::move(*content));
    co_return std::move(*view);
}

Task<std::string> Client::file(int id) {
    auto content = co_await api_.read(fmt::format("/stacks/{}/file", id));
    if (!content && content.error().status() == 409) {
        // Generation B: the file on disk is not the one that the settings name.
        co_return Error(ErrorKind::Conflict, "portainer: git settings await a redeployment")
            .with_status(409);
    }
    if (!content) {
        co_return content.take_error();
    }
    co_return stack_file(*content);
}

}  // namespace wavegate::portainer
