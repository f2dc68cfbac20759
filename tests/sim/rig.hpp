#pragma once

#include "operator/sandbox/desired_state.hpp"
#include "operator/sandbox/memory_transport.hpp"
#include "operator/sandbox/world.hpp"
#include "operator/store/memory_store.hpp"
#include "reconcilers/fleet/controller.hpp"
#include "tests/sim/doom.hpp"
#include "tests/sim/drifting_clock.hpp"
#include "tests/sim/oracle.hpp"
#include "tests/sim/oracle_facts.hpp"
#include "tests/sim/witness.hpp"
#include "tests/support/fixed_credentials.hpp"
#include "tests/support/inline_blocking.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/simulation.hpp"

#include <memory>
#include <string>
#include <vector>

namespace wavegate::testing {

using facts::kMultiplexer;
/// The children of most stories.
inline const std::vector<std::string> kTwo{"a-mcp", "b-mcp"};
inline const std::vector<std::string> kThree{"a-mcp", "b-mcp", "c-mcp"};

/// Revisions as a test commits them; each descends from the one before, unless the test says else.
class ScriptedSource final : public Source {
  public:
    /// Returns the revision's id.
    std::string commit(std::map<std::string, std::string> files);
    void fail(bool failing) { failing_ = failing; }
    /// Awaited before each answer; null: it comes at once.
    std::function<asio::awaitable<void>()> before_answer;
    /// The next revision is pushed over what is there: without a common history, and deeper than
    /// anybody searches where that is Unknown.
    void diverge(Ancestry seen_as = Ancestry::Diverged);
    /// The next revision goes on this one.
    void go_on_from(std::string id) { parent_ = std::move(id); }
    /// The branch is set back to this revision.
    void go_back_to(const std::string& id);
    /// The newest revision's id.
    [[nodiscard]] const std::string& head() const { return revisions_.back().id; }
    /// Told of each revision that is handed out, when it is another than the one before.
    std::function<void(const std::string& id)> handed_out;
    Task<Revision> fetch(std::string last) override;

  private:
    [[nodiscard]] Ancestry ancestry(const std::string& last) const;
    std::vector<Revision> revisions_;
    std::map<std::string, std::string> parents_;
    std::string parent_;  ///< of the next
    Ancestry stranger_ = Ancestry::Diverged;
    bool failing_ = false;
};

/// Env files that are on no disk: file → key → value. An unknown file is NotFound.
class ScriptedEnvFiles final : public EnvFiles {
  public:
    using Files = std::map<std::string, std::map<std::string, std::string>>;
    explicit ScriptedEnvFiles(const Files& files) : files_(files) {}
    Task<ResolvedEnv> read(std::string service, std::vector<EnvFileSpec> files) override;

  private:
    const Files& files_;
};

/// What outlives a process: what it stored, in memory or (a path) in an SQLite file as well.
struct Disk : store::MemoryDisk {
    std::string file;
};

/// One process of the operator: its io_context, its end of the network, its controller. The
/// store is the disk: it stays when the incarnation dies.
class Operator {
  public:
    Operator(
        Simulation& sim,
        sandbox::World& world,
        Source& source,
        Disk& disk,
        fleet::Settings settings,
        const ScriptedEnvFiles::Files& env_files,
        Oracle* oracle,
        Witness& witness,
        Doom& doom,
        double speed = 1);
    ~Operator();
    Operator(const Operator&) = delete;
    Operator& operator=(const Operator&) = delete;

    fleet::Controller& controller() { return *controller_; }
    /// How many revisions it has read and checked.
    [[nodiscard]] std::size_t checked() const { return parsing_.ran; }
    /// How many requests it has sent.
    [[nodiscard]] std::size_t sent() const { return sent_; }
    /// It stands still, and does not know that it did once it goes on.
    void pause() { sim_.pause(context_); }
    void go_on() { sim_.attach(context_); }
    /// The network ends at its machine: nothing gets out, nor in.
    void cut(bool is_cut) { cut_ = is_cut; }
    [[nodiscard]] int life() const { return life_; }
    /// Has it stopped, as it was told to?
    [[nodiscard]] bool ended() const { return *ended_; }
    template <class T>
    T run(asio::awaitable<T> task) {
        return sim_.run_on(context_, std::move(task));
    }
    /// The same, for who may see it die before the end.
    template <class T>
    std::shared_ptr<Outcome<T>> begin(asio::awaitable<T> task) {
        return testing::start(context_.get_executor(), std::move(task));
    }

  private:
    std::shared_ptr<fleet::Backends> connect(const FleetSpec& fleet);

    Simulation& sim_;
    DriftingClock clock_;
    int life_;  ///< which of all processes it is
    bool cut_ = false;
    Witness& witness_;
    std::unique_ptr<Store> kept_;
    DoomedStore store_;
    asio::io_context context_;
    sandbox::MemoryTransport transport_;
    std::unique_ptr<Transport> overheard_;
    std::unique_ptr<Transport> wire_;
    FixedCredentials credentials_;
    ScriptedEnvFiles env_files_;
    SeededRandom random_;
    InlineBlocking parsing_;
    std::size_t sent_ = 0;
    std::unique_ptr<fleet::Controller> controller_;
    std::shared_ptr<bool> ended_ = std::make_shared<bool>(false);
};

/// A whole fleet and its operator under one virtual clock, watched by the oracle.
class Rig {
  public:
    Rig(sandbox::WorldPlan world, sandbox::DesiredPlan desired, fleet::Settings settings = {});
    ~Rig();
    Rig(const Rig&) = delete;
    Rig& operator=(const Rig&) = delete;

    Simulation sim;
    sandbox::World world;
    ScriptedSource source;
    Disk disk;
    Oracle oracle;
    /// What the World receives is what was judged, or the oracle hears of it.
    Witness witness{[this](const std::string& what) { oracle.unpermitted(what); }};
    /// Ends the process in the middle of what it does; `until` and `pass_time` start the next one.
    Doom doom{world.network, sim.clock};
    ScriptedEnvFiles::Files env_files;
    std::vector<std::string> log_lines;  ///< lines of the operator
    /// Does the oracle listen to the next operator's wire? Not where its own cost is measured.
    bool overheard = true;

    /// A new desired state: the next poll (or `look_now`) finds it.
    void commit(const sandbox::DesiredPlan& desired);
    /// The same from these files; `desired` tells the oracle what they mean.
    void commit(std::map<std::string, std::string> files, const sandbox::DesiredPlan& desired);
    /// From now on what is stored goes to a file in this folder, and the next process begins there.
    void store_in(const std::string& folder);
    /// Starts an incarnation of the operator, as a new process would.
    void start();
    /// The process dies: its requests that were sent still land.
    void kill() { operator_.reset(); }
    /// It dies and its disk with it; a new process starts on an empty one.
    void lose_store();
    /// The disk takes no commits (or does again).
    void fill_disk(bool full);
    /// The Swarm has no leader, for who asks for the lock, until this rule is lifted.
    int lose_leader();
    /// Another hand does something to the World: the oracle does not judge it.
    void by_hand(const std::function<void(sandbox::World&)>& act);
    Operator& running() { return *operator_; }

    /// Runs until `done`, looking at the World by the oracle after each step.
    bool until(const std::function<bool()>& done, Duration limit = std::chrono::hours(24));
    /// Runs until the operator says so (View::standing).
    bool until_standing(const std::string& standing, Duration limit = std::chrono::hours(24));
    void pass_time(Duration by);
    /// The run is over and nothing is broken any more: the oracle's last look (invariants 5, 6).
    void judge_end();

    [[nodiscard]] std::shared_ptr<const status::View> view() const;
    [[nodiscard]] Phase phase(const std::string& service) const;
    /// What the operator says that it waits for.
    [[nodiscard]] Hold hold_of(const std::string& service) const;
    [[nodiscard]] std::string auth(const std::string& service) const;
    /// Why everything is where it is, for a failing test's message.
    [[nodiscard]] std::string story() const;

  private:
    void overhear_documents(bool all);
    void be_struck();
    /// The expectation of a revision, with the keys that its env files bring now.
    [[nodiscard]] Expectation expectation_at(const std::string& revision) const;

    fleet::Settings settings_;
    std::map<std::string, sandbox::DesiredPlan> plans_;  ///< by revision
    std::map<std::string, std::map<std::string, std::string>> files_;
    std::string handed_out_;
    std::unique_ptr<Operator> operator_;
    std::shared_ptr<const status::View> last_view_;
    std::size_t views_ = 0;
};

/// What the oracle must know of a desired plan.
Expectation expectation_of(const sandbox::DesiredPlan& plan);

/// `count` services a-mcp, b-mcp… in one wave, all to be jwt, soak 6 m.
sandbox::WorldPlan small_world(const std::vector<std::string>& services);
sandbox::DesiredPlan one_wave(const std::vector<std::string>& services, const std::string& auth);

}  // namespace wavegate::testing
