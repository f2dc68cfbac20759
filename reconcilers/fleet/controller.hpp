#pragma once

#include "operator/base/doorbell.hpp"
#include "operator/desired/parse.hpp"
#include "operator/model/step.hpp"
#include "operator/status/metrics.hpp"
#include "operator/status/view.hpp"
#include "reconcilers/fleet/act.hpp"
#include "reconcilers/fleet/journal.hpp"
#include "reconcilers/fleet/observe.hpp"
#include "reconcilers/fleet/outside.hpp"
#include "reconcilers/rollout/decide.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace wavegate::fleet {

/// What decides, as `rollout::decide` does: pure.
using Planner = std::function<Step(
    const DesiredState&,
    const Observed&,
    const Diff&,
    const RolloutRecord&,
    const Ledger&,
    Time)>;

struct Settings {
    Duration source_interval = std::chrono::seconds(60);
    /// Checks that run at once.
    std::size_t checks_at_once = 8;
    /// `rollout::decide`; tests of the guard put a reckless one in its place.
    Planner planner = rollout::decide;
    /// For `plan`: the pass ends before anything is written, sent or committed.
    bool only_look = false;
};

/// The reconcile loop: source → desired → observe → diff → decide → judge → act → gates → status.
/// Level-triggered: a pass starts from what is observed; events only say "look again".
class Controller {
  public:
    Controller(Outside outside, desired::Schemas schemas, Settings settings);

    /// Opens the store and takes up the last good revision. Errors as Store::load.
    Task<void> start();
    /// One whole pass. True when it acted or asked something, so that another should follow now.
    asio::awaitable<bool> pass();
    /// Passes until cancelled (terminal) or `stop`.
    asio::awaitable<void> run();
    void stop();

    /// "Look now": the source too. The answer's number shows in View::answered when a pass that
    /// began after this call has ended.
    std::uint64_t look_now();
    /// A person's command; committed with an audit entry before it counts.
    Task<void> command(Command command);
    /// The revision of this id, which is held back (see objection.hpp), is taken all the same.
    /// Invalid: none is held back; Conflict: another is.
    Task<void> take_held_revision(std::string named, std::string who);

    [[nodiscard]] std::shared_ptr<const status::View> view() const { return view_; }
    /// How many passes failed since the start, and how long they took.
    [[nodiscard]] const status::Passes& passes() const { return counted_; }
    /// Rung after each pass.
    [[nodiscard]] Doorbell& changed() { return changed_; }

  private:
    /// What became of a revision's files.
    struct Verdict {
        std::string revision;
        std::shared_ptr<const DesiredState> state;  ///< null: it has errors
        std::vector<Diagnostic> found;
    };
    asio::awaitable<void> check(std::shared_ptr<const Revision> revision);
    asio::awaitable<void> take_up_last_good();
    [[nodiscard]] std::string in_force() const;
    asio::awaitable<void> refresh_source();
    asio::awaitable<void> adopt(std::shared_ptr<Revision> revision, std::string last);
    void take_up(std::shared_ptr<const DesiredState> state);
    bool may_be_in_force(const DesiredState& state);
    void put_in_force(const Verdict& verdict);
    void source_failed(std::string reason, std::string message, std::vector<Diagnostic> found);
    /// What a pass began with. A held revision may be let in while it is under way.
    struct Sight {
        std::shared_ptr<const DesiredState> desired;
        std::shared_ptr<Backends> backends;
        std::shared_ptr<const Observed> observed;
    };
    [[nodiscard]] Mono next_look(const Step& step) const;
    [[nodiscard]] Result<Journal::Change> decide_on(const Command& command) const;
    /// What becomes of what a pass decided.
    enum class Conclusion {
        Counts,
        No,         ///< it was not committed
        Overtaken,  ///< a command changed the record since it was read: decide again
    };
    asio::awaitable<Conclusion> conclude(const Step& step, std::uint64_t read, bool durable);
    [[nodiscard]] std::vector<Intent> still_open(const std::vector<Intent>& settled) const;
    asio::awaitable<bool>
    carry_out(const Step& step, Sight sight, std::uint64_t read, bool durable);
    asio::awaitable<void> ask(const Step& step, Sight sight);
    asio::awaitable<void> ask_one(Check check, Sight sight, Batch& batch);
    bool is_spinning(Mono began);
    void log_backends(const std::map<std::string, status::BackendView>& seen);
    void publish(const Step& step);
    void describe(status::View& view) const;
    void add_backend(status::View& view, const std::string& name, bool ok, const Error& error)
        const;

    Outside outside_;
    std::shared_ptr<const desired::Schemas> schemas_;
    Settings settings_;
    Journal journal_;
    Observer observer_;
    Actor actor_;
    Doorbell bell_;
    Doorbell changed_;
    bool stopping_ = false;
    bool source_due_ = true;
    Mono next_source_{};
    std::uint64_t requested_ = 0;
    std::uint64_t answered_ = 0;
    std::uint64_t passes_ = 0;
    status::Passes counted_;
    Mono look_again_{};
    Mono breath_began_{};
    int in_breath_ = 0;
    std::shared_ptr<const DesiredState> desired_;
    std::shared_ptr<Backends> backends_;
    std::shared_ptr<Observed> observed_;
    formats::ComposeCache files_;
    Diff diff_;
    status::SourceView source_;
    std::shared_ptr<const Revision> held_;
    std::optional<Verdict> verdict_;                      ///< of the revision that was checked last
    std::map<std::string, std::string> backend_trouble_;  ///< as it was last logged; empty: none
    std::shared_ptr<const status::View> view_;
};

}  // namespace wavegate::fleet
