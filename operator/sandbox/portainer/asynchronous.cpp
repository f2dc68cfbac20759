#include "operator/sandbox/portainer/busy.hpp"
#include "operator/sandbox/portainer/portainer.hpp"

#include <utility>

namespace wavegate::sandbox {
namespace {

constexpr int kActive = 1;
constexpr int kDeploying = 3;
constexpr int kError = 4;

/// After an error shows, the old file is not back yet.
constexpr Duration kUntilRestored{200};

}  // namespace

std::optional<HttpResponse> Portainer::deploying(int id) const {
    if (stacks_.at(id).status != kDeploying) {
        return std::nullopt;
    }
    return refuse(409, "Stack deployment is already in progress");
}

HttpResponse
Portainer::begin(StackRecord record, bool prune, bool pull, std::optional<std::string> old_file) {
    const int id = record.id;
    const auto known = stacks_.find(id);
    record.status_before = known == stacks_.end() ? kActive : known->second.status;
    record.status = kDeploying;
    if (known != stacks_.end()) {
        record.updated = unix_now();
    }
    record.steps = {{kDeploying, unix_now(), {}}};
    auto answer = give(to_json(record, known == stacks_.end()));
    save(std::move(record));
    background_.spawn("portainer deploy", deploy_later(id, prune, pull, std::move(old_file)));
    return answer;
}

asio::awaitable<void>
Portainer::deploy_later(int id, bool prune, bool pull, std::optional<std::string> old_file) {
    const auto record = stacks_.at(id);
    const Busy busy(*this, record.name);
    if (record.status_before == kError) {
        // A retry after an error takes down what the failed deployment left.
        undeploy_now(record.name);
    }
    const auto env = record.env.value_or(EnvList());
    const auto problem = co_await deploy_in_turn(record, env, prune, pull);
    const auto now = stacks_.find(id);
    if (now == stacks_.end()) {
        co_return;
    }
    now->second.status = problem ? kError : kActive;
    now->second.steps.push_back({now->second.status, unix_now(), problem.value_or("")});
    if (!problem) {
        if (now->second.git) {
            now->second.git->hash = head(*now->second.git);
        }
        co_return;
    }
    // The new Env and UpdateDate stay.
    (void)co_await clock_.sleep_until(clock_.now().mono + kUntilRestored);
    const auto then = stacks_.find(id);
    if (old_file && then != stacks_.end() && then->second.status == kError) {
        then->second.disk[then->second.entry_point] = *old_file;
    }
}

}  // namespace wavegate::sandbox
