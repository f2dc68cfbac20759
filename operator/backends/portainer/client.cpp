#include "operator/backends/portainer/client.hpp"

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "operator/model/named.hpp"

#include <fmt/format.h>

#include <utility>

namespace wavegate::portainer {
namespace {

/// 6,000 services with their tasks' history come to about 70 MB.
constexpr std::size_t kListLimit = std::size_t{128} << 20U;

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
    auto stacks = co_await api_.read("/stacks?filters=" + filter, kListLimit);
    if (!stacks) {
        co_return stacks.take_error();
    }
    co_return stack_views(*stacks, where->id);
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
