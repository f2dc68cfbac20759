#pragma once

#include "operator/sandbox/desired_state.hpp"
#include "operator/sandbox/memory_transport.hpp"
#include "operator/sandbox/world.hpp"
#include "operator/store/memory_store.hpp"
#include "reconcilers/fleet/controller.hpp"
#include "tests/sim/oracle.hpp"
#include "tests/support/fixed_credentials.hpp"
#include "tests/support/simulation.hpp"

#include <memory>
#include <string>
#include <vector>

namespace wavegate::testing {

/// Revisions as a test commits them; each descends from the one before.
class ScriptedSource final : public Source {
  public:
    void commit(std::map<std::string, std::string> files);
    void fail(bool failing) { failing_ = failing; }
    Task<Revision> fetch(std::string last) override;

  private:
    std::vector<Revision> revisions_;
    bool failing_ = false;
};

class NoEnvFiles final : public EnvFiles {
  public:
    Task<ResolvedEnv> read(std::vector<EnvFileSpec> files) override;
};

/// One process of the operator: its io_context, its end of the network, its controller. The
/// store is the disk: it stays when the incarnation dies.
class Operator {
  public:
    Operator(
        Simulation& sim,
        sandbox::World& world,
        Source& source,
        store::MemoryDisk& disk,
        fleet::Settings settings);
    ~Operator();
    Operator(const Operator&) = delete;
    Operator& operator=(const Operator&) = delete;

    fleet::Controller& controller() { return *controller_; }
    template <class T>
    T run(asio::awaitable<T> task) {
        return sim_.run_on(context_, std::move(task));
    }

  private:
    std::shared_ptr<fleet::Backends> connect(const FleetSpec& fleet);

    Simulation& sim_;
    store::MemoryStore store_;
    asio::io_context context_;
    sandbox::MemoryTransport transport_;
    FixedCredentials credentials_;
    NoEnvFiles env_files_;
    std::unique_ptr<fleet::Controller> controller_;
};

/// A whole fleet and its operator under one virtual clock, watched by the oracle.
class Rig {
  public:
    Rig(sandbox::WorldPlan world, sandbox::DesiredPlan desired, fleet::Settings settings = {});
    ~Rig();

    Simulation sim;
    sandbox::World world;
    ScriptedSource source;
    store::MemoryDisk disk;
    Oracle oracle;

    /// A new desired state: the next poll (or `look_now`) finds it.
    void commit(const sandbox::DesiredPlan& desired);
    /// Starts an incarnation of the operator, as a new process would.
    void start();
    /// The process dies: its requests that were sent still land.
    void kill() { operator_.reset(); }
    Operator& running() { return *operator_; }

    /// Runs until `done`, looking at the World by the oracle after each step.
    bool until(const std::function<bool()>& done, Duration limit = std::chrono::hours(24));
    /// Runs until the operator says so (View::standing).
    bool until_standing(const std::string& standing, Duration limit = std::chrono::hours(24));
    void pass_time(Duration by);

    [[nodiscard]] std::shared_ptr<const status::View> view() const;
    [[nodiscard]] Phase phase(const std::string& service) const;
    [[nodiscard]] std::string auth(const std::string& service) const;
    /// Why everything is where it is, for a failing test's message.
    [[nodiscard]] std::string story() const;

  private:
    fleet::Settings settings_;
    std::unique_ptr<Operator> operator_;
};

/// What the oracle must know of a desired plan.
Expectation expectation_of(const sandbox::DesiredPlan& plan);

/// `count` services a-mcp, b-mcp… in one wave, all to be jwt, soak 6 m.
sandbox::WorldPlan small_world(const std::vector<std::string>& services);
sandbox::DesiredPlan one_wave(const std::vector<std::string>& services, const std::string& auth);

}  // namespace wavegate::testing
