#pragma once

#include "operator/base/doorbell.hpp"
#include "operator/base/task_group.hpp"
#include "operator/desired/parse.hpp"
#include "operator/model/step.hpp"
#include "operator/status/metrics.hpp"
#include "operator/status/view.hpp"
#include "reconcilers/fleet/access.hpp"
#include "reconcilers/fleet/act.hpp"
#include "reconcilers/fleet/checks.hpp"
#include "reconcilers/fleet/journal.hpp"
#include "reconcilers/fleet/lease.hpp"
#include "reconcilers/fleet/listener.hpp"
#include "reconcilers/fleet/looks.hpp"
#include "reconcilers/fleet/observe.hpp"
#include "reconcilers/fleet/outside.hpp"
#include "reconcilers/fleet/writers.hpp"
#include "reconcilers/gates/check.hpp"
#include "reconcilers/gates/spent.hpp"
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
    Checks::Limits checks;
    /// `rollout::decide`; tests of the guard put a reckless one in its place.
    Planner planner = rollout::decide;
    /// For `plan`: the pass ends before anything is written, sent or committed.
    bool only_look = false;
    Contender self;
};

/// The words of the event for what a person wanted.
std::string asked_for_it(const std::string& who, const std::string& why);

/// The reconcile loop: desired → observed → diff → decide → begin what was decided.
/// Level-triggered: a pass starts from what is observed; events only say "look again". A pass waits
/// for Portainer and its own store, and for nobody else: the source is fetched, checks are asked,
/// writes are done and slow systems are looked at beside it, and ring when they have something to
/// say.
class Controller {
  public:
    Controller(Outside outside, desired::Schemas schemas, Settings settings);

    /// Opens the store and takes up the last good revision; before anything else. Errors as
    /// Store::load.
    Task<void> start();
    /// For `plan`: fetches the source and looks at everything, with patience; nothing is begun.
    asio::awaitable<void> look();
    /// Passes until `stop`; ends when nothing runs beside them any more. A write that was under way
    /// is left as an open intent.
    asio::awaitable<void> run();
    /// Within two seconds, whoever hangs.
    void stop();

    /// "Look now": the source too. The answer's number shows in View::answered when a pass that
    /// began after a fetch that began after this call has ended.
    std::uint64_t look_now();
    /// The store is another's now, or this process's (Store::held_until).
    void store_turned();
    /// A person's command; committed with an audit entry before it counts.
    Task<void> command(Command command);
    /// Asks a service now, whatever was asked before: 401, direct and through, or open and through
    /// where it runs open, until one of them is bad. The evidence counts as any other. NotFound: no
    /// such service; Unavailable: nothing has been observed yet.
    Task<std::vector<Evidence>> probe(std::string service);
    /// What a principal may do with a service's tools, as the policy server answers now; of all
    /// tools that are known where none is named. NotFound: no such service; Unavailable: nothing
    /// has been observed yet, no tool is known, or the policy server does not answer.
    Task<Access> access(std::string principal, std::string service, std::string tool);
    /// The revision of this id, which is held back (see objection.hpp), is taken all the same.
    /// Invalid: none is held back; Conflict: another is.
    Task<void> take_held_revision(std::string named, std::string who, std::string why = {});

    [[nodiscard]] std::shared_ptr<const status::View> view() const { return view_; }
    /// Is a pass under way, or anything beside it?
    [[nodiscard]] bool is_busy() const;
    /// How many passes failed since the start, and how long they took.
    [[nodiscard]] const status::Passes& passes() const { return counted_; }
    /// Rung whenever `view` is another: after each pass, and as long as something is under way at
    /// least each second.
    [[nodiscard]] Doorbell& changed() { return changed_; }

  private:
    /// Between the beginnings of two passes, so that what comes together is taken together.
    static constexpr Duration kBreath = std::chrono::milliseconds(50);

    /// What became of a revision's files.
    struct Verdict {
        std::string revision;
        std::shared_ptr<const DesiredState> state;  ///< null: it has errors
        std::vector<Diagnostic> found;
    };
    asio::awaitable<void> check(std::shared_ptr<const Revision> revision);
    asio::awaitable<void> take_up_last_good();
    [[nodiscard]] std::string in_force() const;
    asio::awaitable<void> follow_source();
    asio::awaitable<void> refresh_source();
    asio::awaitable<void> fetch();
    asio::awaitable<void> adopt(std::shared_ptr<Revision> revision, std::string last);
    void take_up(std::shared_ptr<const DesiredState> state);
    bool may_be_in_force(const DesiredState& state);
    void put_in_force(const Verdict& verdict);
    void source_failed(std::string reason, std::string message, std::vector<Diagnostic> found);

    asio::awaitable<void> one_pass();
    asio::awaitable<bool> pass();
    asio::awaitable<bool> reconcile();
    asio::awaitable<void> keep_lease();
    void follow_store();
    [[nodiscard]] bool begins_nothing() const;
    void lead_turned(const Leadership& before);
    void heed_marks(const Observed& seen);
    asio::awaitable<void> tell_of_lead(Event event);
    [[nodiscard]] std::optional<Error> stands_by() const;
    /// Something happened that may be seen outside: a pass looks, and soon.
    void wake();
    void hear(Stacks::Hint::Kind told);
    /// A pass, and not only when others have come together for it.
    void ring_urgently();
    asio::awaitable<void> gather(Mono began);
    /// Is a flip of ours on its way to that Swarm service, and not seen there yet?
    [[nodiscard]] bool awaits(const std::string& swarm_service) const;
    /// Everything is in its place.
    [[nodiscard]] bool is_at_rest() const;
    /// Nothing but good answers of checks came since the newest look, a moment ago: what was seen
    /// then is as good.
    [[nodiscard]] bool has_just_looked() const;
    /// Nothing waits for another sight of Portainer and Swarm than the newest.
    [[nodiscard]] bool sees_enough() const;
    [[nodiscard]] bool is_list_late() const;
    [[nodiscard]] Observer::Manner manner_of_looking();
    asio::awaitable<Sight> observe();
    [[nodiscard]] Mono next_look() const;
    [[nodiscard]] Result<Journal::Change> decide_on(const Command& command) const;
    [[nodiscard]] Result<std::string> against_what(const Command& command) const;
    /// What becomes of what a pass decided.
    enum class Conclusion {
        Counts,
        No,         ///< it was not committed
        Overtaken,  ///< a person said something that it had not heard: decide again
    };
    asio::awaitable<Conclusion> conclude(const Step& step, bool durable);
    [[nodiscard]] std::vector<Intent> still_open(const std::vector<Intent>& settled) const;
    void begin_writes(const Sight& sight);
    asio::awaitable<bool> write(Edit edit, std::shared_ptr<const DesiredState> released_for);
    void begin_checks(const Sight& sight);
    asio::awaitable<std::shared_ptr<const Observed>> identity_anew(Sight sight);
    [[nodiscard]] gates::Ports ports_of(Systems& systems);
    asio::awaitable<Evidence> ask_one(Check check, Sight sight);
    asio::awaitable<void> keep(std::vector<Evidence> evidence);
    asio::awaitable<void> end_all();

    asio::awaitable<void> keep_view_fresh();
    void log_backends(const std::map<std::string, status::BackendView>& seen);
    void publish();
    void date(status::View& view);
    void describe(status::View& view) const;
    void describe_backends(status::View& view) const;
    static void
    add_backend(status::View& view, const std::string& name, bool ok, const Error& error, Time at);

    Outside outside_;
    std::shared_ptr<const desired::Schemas> schemas_;
    Settings settings_;
    std::uint64_t order_ = 0;  ///< counts what looks and writes do
    Journal journal_;
    Looks looks_;
    Observer observer_;
    Lease lease_;
    Actor actor_;
    Writers writers_;
    Checks checks_;
    Listener listener_;
    Doorbell bell_;
    Doorbell source_bell_;
    Doorbell first_fetch_;
    Doorbell busy_;
    Doorbell changed_;
    bool stopping_ = false;
    bool unsettled_ = false;  ///< a write was under way when it was stopped
    bool fetching_ = false;
    bool follows_ = false;  ///< the store is another's: what is in force, too
    bool source_due_ = true;
    Mono next_source_{};
    std::uint64_t requested_ = 0;
    std::uint64_t asked_at_ = 0;  ///< at which point of `order_` the newest of these came
    std::uint64_t fetched_ = 0;   ///< the newest request that a fetch followed
    std::uint64_t answered_ = 0;
    std::uint64_t told_ = 0;  ///< of `answered_`, what the view may say
    std::uint64_t passes_ = 0;
    status::Passes counted_;
    Mono look_again_{};
    bool moved_ = true;            ///< since the newest look at Portainer and Swarm
    bool others_moved_ = false;    ///< another system was written to since it was looked at
    Mono looked_{};                ///< when that look began
    Mono see_again_{};             ///< and when the machines need the next one
    std::uint64_t looked_at_ = 0;  ///< and at which point of `order_`
    std::uint64_t listed_at_ = 0;  ///< the same of the newest that read the list of stacks
    bool again_ = false;
    bool urgent_ = false;  ///< somebody rang who is not to be kept waiting
    Step step_;            ///< of the newest pass
    std::shared_ptr<const DesiredState> desired_;
    std::shared_ptr<stacks::StackMemory> memory_;
    std::shared_ptr<Systems> systems_;
    std::shared_ptr<const Observed> observed_;
    gates::Spent spent_;
    Diff diff_;
    status::SourceView source_;
    std::shared_ptr<const Revision> held_;
    std::optional<Verdict> verdict_;                      ///< of the revision that was checked last
    std::map<std::string, std::string> backend_trouble_;  ///< as it was last logged; empty: none
    std::shared_ptr<const status::View> view_;
    std::shared_ptr<const status::Turns> turns_;
    Mono turned_{};                                  ///< when they were told anew last
    std::optional<asio::any_io_executor> executor_;  ///< of `start`
    std::unique_ptr<TaskGroup> passing_;
    std::unique_ptr<TaskGroup> beside_;
};

}  // namespace wavegate::fleet
