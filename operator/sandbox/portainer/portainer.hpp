#pragma once

#include "operator/sandbox/portainer/call.hpp"
#include "operator/sandbox/portainer/engine.hpp"
#include "operator/sandbox/portainer/events.hpp"
#include "operator/sandbox/portainer/stacks.hpp"
#include "operator/sandbox/site.hpp"

#include <boost/json/value.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace wavegate::sandbox {

struct PortainerSettings {
    std::string api_key = "ptr_sandbox";
    std::string environment = "primary";
    Duration deploy_time{55};  ///< one deployment at a time per server
    Duration clone_time{100};
    int speed = 1;              ///< of the Swarm behind it
    bool asynchronous = false;  ///< generation B
    Engine* engine = nullptr;   ///< a real one; null: the emulated Swarm
};

/// Portainer CE in front of one Swarm: Env replaced wholesale, deployments that are not atomic.
/// 2.23 (generation A of portainer.md, measured) deploys before it answers and writes files before
/// it has the lock; 2.45 (generation B, as read) answers before it deploys.
class Portainer final : public Site {
  public:
    Portainer(
        Clock& clock,
        const asio::any_io_executor& executor,
        Containers& containers,
        PortainerSettings settings = {});

    asio::awaitable<HttpResponse> answer(HttpRequest request) override;

    // What surrounds it. With an engine of its own the emulated Swarm stays empty, and so does
    // what is seen of services and tasks below.
    Swarm& swarm() { return swarm_; }
    GitServers& git() { return git_; }

    // Setting up, without taking time. Invalid: the deployment was refused (the CLI's words).
    Result<int> add_stack(const std::string& name, const std::string& compose, EnvList env = {});
    /// With `poll_every` (a Go duration) it polls its repository.
    Result<int> add_git_stack(
        const std::string& name,
        GitConfig git,
        EnvList env = {},
        const std::string& poll_every = {});

    // Looking behind the API.
    [[nodiscard]] const StackRecord* stack(const std::string& name) const;
    [[nodiscard]] const std::map<int, StackRecord>& stacks() const { return stacks_; }
    /// Env and image of the service's spec; empty when it is not there.
    [[nodiscard]] std::map<std::string, std::string> spec_env(const std::string& service) const;
    [[nodiscard]] std::string spec_image(const std::string& service) const;
    /// Tasks in state running, those told to stop too.
    [[nodiscard]] std::vector<TaskPtr> running_tasks(const std::string& service) const;
    [[nodiscard]] const std::vector<StackWrite>& writes() const { return writes_; }

    // Other hands, at once. Null keeps what is there. On a git stack a file is a new commit.
    Result<void> edit_by_hand(
        const std::string& stack,
        std::optional<std::string> file,
        std::optional<EnvList> env);
    /// Of a git stack, as they are and without a redeployment.
    void save_git_settings_by_hand(const std::string& stack);
    Result<void> roll_back_by_hand(const std::string& service);
    void delete_by_hand(const std::string& stack);

    // Switches.
    /// The next deployments of this stack end in 500 after pruning; `times` < 0: all of them.
    void fail_deployments(const std::string& stack, int times) { failing_[stack] = times; }
    /// The engine is unreachable (and so are deployments).
    void engine_down(bool down) { engine_down_ = down; }
    /// Streams of events end; those to come are served.
    void cut_events() { events_.cut(); }
    [[nodiscard]] std::size_t event_streams() const { return events_.open(); }
    /// The key is a plain user's: what is an administrator's is refused.
    void plain_user(bool plain) { plain_user_ = plain; }
    void set_deploy_time(Duration time) { settings_.deploy_time = time; }

  private:
    using Call = PortainerCall;
    using Answer = asio::awaitable<HttpResponse>;

    // portainer.cpp: the way in
    Answer route(Call& call);
    Answer stack_route(Call& call);
    Answer one_stack_route(Call& call, int id);
    [[nodiscard]] HttpResponse environments(const Call& call) const;

    // docker_proxy.cpp
    HttpResponse docker(const Call& call, std::size_t skip);
    [[nodiscard]] HttpResponse docker_services(const Call& call) const;
    HttpResponse docker_service(const Call& call, const std::string& id);
    Answer docker_events(const Call& call);
    // configs.cpp
    HttpResponse docker_configs(const Call& call, const std::string& id);
    HttpResponse create_config(const Call& call);
    HttpResponse update_config(const Call& call, SwarmObject& config);
    [[nodiscard]] HttpResponse docker_tasks(const Call& call) const;
    HttpResponse force_update(const Call& call);
    HttpResponse engine_call(const Call& call, std::size_t skip);
    [[nodiscard]] HttpResponse engine_force_update(const Call& call) const;
    void note_service(const ServicePtr& service, const std::string& what);

    // stack_calls.cpp, git_calls.cpp
    [[nodiscard]] HttpResponse list_stacks(const Call& call) const;
    [[nodiscard]] HttpResponse stack_file(int id) const;
    Answer create_string(Call& call);
    Answer update_string(Call& call, int id);
    Answer start_stack(Call& call, int id);
    HttpResponse stop_stack(const Call& call, int id);
    HttpResponse delete_stack(const Call& call, const std::string& id);
    HttpResponse delete_external(const Call& call, const std::string& name);
    Answer create_git(Call& call);
    Answer redeploy_git(Call& call, int id);
    HttpResponse git_settings(Call& call, int id);
    HttpResponse webhook(const std::string& id);
    asio::awaitable<void> poll(int id);

    // records.cpp
    [[nodiscard]] std::optional<HttpResponse> refuse_create(Call& call, std::string& name) const;
    StackRecord new_record(const std::string& name, const std::string& swarm_id);
    /// What the clone came to, in Portainer's words; none: `record.disk` holds the head's files.
    std::optional<std::string>
    clone(StackRecord& record, const std::string& user, const std::string& password) const;
    [[nodiscard]] std::string head(const GitConfig& git) const;
    std::optional<std::string>
    deploy_now(const StackRecord& record, const EnvList& env, bool prune, bool pull);
    /// Waits for its turn and as long as a deployment takes; deploys what is on disk by then.
    asio::awaitable<std::optional<std::string>>
    deploy_in_turn(StackRecord record, EnvList env, bool prune, bool pull);
    void undeploy_now(const std::string& stack);
    [[nodiscard]] bool runs(const std::string& stack) const;
    [[nodiscard]] std::string cluster_id() const;
    void save(StackRecord record);

    // asynchronous.cpp: generation B
    /// The refusal of a write while one is under way.
    [[nodiscard]] std::optional<HttpResponse> deploying(int id) const;
    /// Saves the record as deploying and answers; what follows is `deploy_later`. `old_file`: what
    /// an update replaced.
    HttpResponse
    begin(StackRecord record, bool prune, bool pull, std::optional<std::string> old_file);
    asio::awaitable<void>
    deploy_later(int id, bool prune, bool pull, std::optional<std::string> old_file);
    void note(const std::string& stack, std::string what, bool by_hand = false);
    void arm_polling(int id);
    static json::object to_json(const StackRecord& record, bool with_access);
    [[nodiscard]] std::int64_t unix_now() const;

    /// Counts a write as under way on its stack.
    class Busy;

    Clock& clock_;
    PortainerSettings settings_;
    Timers timers_;
    EventStreams events_;
    Swarm swarm_;
    GitServers git_;
    std::map<int, StackRecord> stacks_;
    std::map<std::string, int> failing_;
    std::shared_ptr<std::map<std::string, int>> under_way_ =
        std::make_shared<std::map<std::string, int>>();
    std::vector<StackWrite> writes_;
    bool engine_down_ = false;
    bool plain_user_ = false;
    Mono lock_free_at_{};
    int next_stack_ = 1;
    int next_access_ = 1;
    int next_job_ = 1;
    TaskGroup background_;
};

}  // namespace wavegate::sandbox
