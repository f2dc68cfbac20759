#pragma once

#include "operator/model/word.hpp"
#include "operator/ports/http.hpp"
#include "operator/sandbox/world.hpp"
#include "tests/sim/secret_search.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace wavegate::testing {

class Simulation;

/// What the oracle must know to judge a rollout: the desired waves, as the test wrote them.
struct Expectation {
    std::vector<std::string> waves;              ///< in order
    std::map<std::string, std::string> wave_of;  ///< services to be jwt → wave
    std::map<std::string, std::string> open;     ///< services to be open → wave
    std::map<std::string, Duration> soak;        ///< by wave
    std::map<std::string, int> max_in_flight;    ///< by wave
    std::set<std::string> skipping;              ///< waves that go on without who is broken
    std::set<std::string> declared_env;          ///< keys that somebody declared
    std::map<std::string, std::set<std::string>> env_of{};  ///< those of each service
    std::optional<Wall> frozen_until{};                     ///< nothing begins before
    bool commits = false;  ///< the operator may change files in stacks' own repositories
    bool canary = true;
    bool adopts_client = false;  ///< one without a mark may become the fleet's, if a person says so
};

/// Judges by the World alone: what runs, what the servers would answer, what was written to them,
/// and the bytes that came out of the operator. It never asks the operator what it believes, and
/// knows none of its code (design §7, §11). One check for each invariant, named by its number.
class Oracle {
  public:
    Oracle(sandbox::World& world, const Clock& clock, Expectation expected);

    /// Another revision was handed out: what was seen stays, its rollout begins now.
    void expect(Expectation expected);
    /// Looks at the World now; call it after every step of the simulation.
    void look();
    /// Another hand has just changed something that the servers don't log: it is not judged.
    void hand();
    /// A person's word. Accept: that service is to be lived with as it is, until it is wanted
    /// otherwise or flipped again. Retry: what was tried may be tried again.
    void told(Verb verb, const std::string& who);
    /// A person said that the multiplexer's client may become the fleet's own.
    void client_accepted() { client_accepted_ = true; }
    /// The operator's disk was lost: what runs is taken as it is found from now on.
    void store_lost();
    void store_takes_commits(bool takes);

    // What passed between the World and the operator; `incarnation` grows with each process.
    void sent(int incarnation, const HttpRequest& request);
    /// A write that stands in no permit, as the witness tells it: nobody judged it.
    void unpermitted(const std::string& what) { violation(8, what); }
    /// Whatever became of it: an answer, an error, or its sender's end.
    void ended() { --under_way_; }
    void answered(const HttpRequest& request, const HttpResponse& response);
    /// How many were sent so far.
    [[nodiscard]] std::size_t requests() const { return requests_; }
    /// No write of a stack, nor the reads before one, are under way.
    [[nodiscard]] bool wire_is_quiet() const { return under_way_ == 0; }
    /// Bytes that anybody may read: log lines, documents, events, the store.
    void hear(const std::string& channel, std::string_view bytes);

    /// The run is over and the faults are gone: asks every service as a client would (5), and
    /// looks for secrets in all that was heard (6).
    void judge_end(Simulation& sim);
    /// The operator rests: every service runs as it was desired (14), but for those that the World
    /// itself shows a reason of their own for, or of one that they have to wait for. What the
    /// operator says of them counts for nothing; that all is as desired is a claim: then nobody is
    /// excused.
    void judge_modes(bool claims_all);
    /// Invariant 6 alone: it costs nothing but time.
    void judge_secrets();

    [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
    [[nodiscard]] bool reported(int invariant) const;
    /// Services in the order in which they were seen to turn to jwt.
    [[nodiscard]] const std::vector<std::string>& flips() const { return flips_; }

  private:
    struct Seen {
        std::uint64_t version = 0;
        std::string runs_as;  ///< what its tasks are made from
        bool jwt = false;
        bool asks_policy = false;
        bool by_us = false;    ///< the operator's write brought the present auth block
        bool brought = false;  ///< so it was, whatever the operator forgot since
        Mono moved{};          ///< when that block came
        Mono changed{};        ///< when its spec changed last
        Mono good{};           ///< when a call was asked that it answered through the multiplexer
        bool taken_back = false;  ///< a flip of it went back, and it was not flipped since
        // Since it is wanted as it is now:
        bool accepted = false;
        bool by_hand = false;        ///< another hand brought the present block
        std::vector<Mono> turned{};  ///< when it was wanted otherwise than before, ever
    };
    struct Held {
        bool holds = false;
        Mono at{};
    };
    /// What enforcing services need; true is better.
    struct Needs {
        std::map<std::string, bool> parts;
        std::string secret;
    };
    struct Stack {
        sandbox::EnvList env;
        std::string file;
        std::string repository;
    };
    /// A write of one stack that is under way.
    struct StackCall {
        std::string stack;
        std::string before;
        Mono at{};
    };

    // oracle.cpp
    void listen_to_answers();
    void look_at(const sandbox::ServicePlan& service);
    [[nodiscard]] bool ours(const std::string& stack) const;
    void violation(int invariant, const std::string& what);
    void judge_flip(const std::string& service);
    void judge_freeze(const std::string& service);
    void judge_multiplexer();

    // oracle_order.cpp: 2, 3, 4, 10
    void judge_order(const std::string& service);
    void judge_canary(const std::string& service);
    void judge_slots(const std::string& service);
    [[nodiscard]] bool ready(const std::string& service, Mono now) const;
    [[nodiscard]] bool in_motion(const std::string& service) const;
    [[nodiscard]] std::string wave_of(const std::string& service) const;
    [[nodiscard]] Duration soak_of(const std::string& service) const;

    // oracle_gates.cpp: 1, 7, 11
    [[nodiscard]] bool is_taken_up(const std::string& service) const;
    void judge_gates(const std::string& service);
    [[nodiscard]] bool token_holds() const;
    [[nodiscard]] bool policy_holds(const std::string& service) const;
    [[nodiscard]] bool let_in(const std::string& principal, const std::string& service) const;
    [[nodiscard]] bool mints(const std::string& secret) const;
    [[nodiscard]] Needs needs() const;
    void judge_needs();
    void judge_consumers(bool by_us);

    // oracle_moves.cpp: 5, 9, 11, 15
    void judge_way_back(const std::string& service, const Seen& before);
    void judge_multiplexer_write(const sandbox::StackWrite& write);
    void judge_admissions();
    void judge_doubles();

    // oracle_modes.cpp: 3, 5, 14
    /// Can it answer nobody, or nobody who bears a token, whatever the operator does?
    [[nodiscard]] bool is_broken(const std::string& service) const;
    /// Does its program start with token checks alone?
    [[nodiscard]] bool refuses_open(const std::string& service) const;
    [[nodiscard]] bool is_excepted(const std::string& service) const;
    [[nodiscard]] bool lacks_a_line(const std::string& service) const;
    [[nodiscard]] bool is_as_wanted(const std::string& service) const;
    [[nodiscard]] bool has_own_reason(const std::string& service) const;
    [[nodiscard]] bool waits_for_another(const std::string& service) const;
    [[nodiscard]] bool multiplexer_gave_up() const;
    [[nodiscard]] bool may_stay_broken(const std::string& service) const;

    // oracle_writes.cpp: 8, 9, 10
    void judge_writes();
    void look_at_lock();
    void judge_stacks();
    void judge_stack(const std::string& name, const Stack& before, const Stack& now);
    void judge_foreign_objects();
    void judge_copies(const std::string& place, const std::map<std::string, std::string>& values);
    void judge_repeats();
    [[nodiscard]] std::map<std::string, std::string> foreign_objects() const;
    [[nodiscard]] static Stack stack_of(const sandbox::StackRecord& record);
    [[nodiscard]] std::string fingerprint(const std::string& stack) const;
    [[nodiscard]] std::size_t count_writes() const;
    void take_stock();

    // oracle_end.cpp: 5, 6
    void judge_service(Simulation& sim, const std::string& service);
    void collect_secrets();

    sandbox::World& world_;
    const Clock& clock_;
    Expectation expected_;
    std::map<std::string, std::string> former_;  ///< wave_of of the commit before
    std::map<std::string, Seen> seen_;
    std::vector<std::string> flips_;
    std::vector<std::string> rollout_flips_;  ///< of the revision that was handed out last
    Mono rollout_began_{};
    std::vector<std::string> violations_;

    std::uint64_t answers_ = 0;
    std::uint64_t multiplexer_version_ = 0;
    Held token_;
    std::map<std::string, Held> policy_;
    Needs needs_;
    std::optional<Mono> consumer_bad_;  ///< since when; max: by another's hand
    std::vector<Mono> restarted_;       ///< the multiplexer, by the operator

    std::map<std::string, Stack> stacks_;
    std::map<std::string, std::string> foreign_;
    std::size_t writes_ = 0;
    std::size_t stack_writes_ = 0;
    std::size_t client_writes_ = 0;
    std::size_t vault_writes_ = 0;
    std::size_t policy_writes_ = 0;
    std::map<std::string, std::string> vault_before_;
    Mono stock_at_{};

    std::optional<std::string> may_write_;  ///< by the lock; nothing: there was never one
    int under_way_ = 0;
    std::size_t requests_ = 0;
    std::map<std::string, StackCall> calls_;  ///< by URL
    std::map<std::string, Mono> stack_sent_;  ///< the newest write on each stack
    std::optional<Mono> store_down_;

    SecretSearch secrets_;
    bool client_accepted_ = false;
    std::optional<Mono> frozen_;   ///< by a person, since then
    std::optional<Mono> aborted_;  ///< a person said so: what was flipped before may be opened
};

/// The World's state without times, ids and what is counted: two runs that ended alike give the
/// same text (invariant 9).
std::string end_state(sandbox::World& world);

}  // namespace wavegate::testing
