#pragma once

#include "operator/sandbox/world.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace wavegate::testing {

/// What the oracle must know to judge a rollout: the desired waves, as the test wrote them.
struct Expectation {
    std::vector<std::string> waves;              ///< in order
    std::map<std::string, std::string> wave_of;  ///< service → wave
    std::map<std::string, Duration> soak;        ///< by wave
    std::map<std::string, int> max_in_flight;    ///< by wave
    std::set<std::string> excepted;              ///< services a wave goes on without
    bool canary = true;
};

/// Judges by the World alone: what runs, what the servers would answer, what was written. It
/// never asks the operator, and knows none of its code (design §7, §11).
class Oracle {
  public:
    Oracle(sandbox::World& world, const Clock& clock, Expectation expected);

    /// A new commit changed what is expected; what was seen stays.
    void expect(Expectation expected) { expected_ = std::move(expected); }
    /// Looks at the World now; call it after every step of the simulation.
    void look();
    [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
    /// Services in the order in which they were seen to turn to jwt.
    [[nodiscard]] const std::vector<std::string>& flips() const { return flips_; }

  private:
    struct Seen {
        bool jwt = false;
        bool by_us = false;
        Mono flipped{};
        bool started_as_jwt = false;
    };
    void judge_flip(const std::string& service);
    void judge_shared_parts(const std::string& service);
    void judge_order(const std::string& service);
    void judge_slots(const std::string& service);
    void judge_foreign_things();
    void violation(int invariant, const std::string& what);
    [[nodiscard]] bool runs_well(const std::string& service) const;

    sandbox::World& world_;
    const Clock& clock_;
    Expectation expected_;
    std::map<std::string, Seen> seen_;
    std::vector<std::string> flips_;
    std::vector<std::string> violations_;
    std::map<std::string, sandbox::EnvList> first_env_;
    std::map<std::string, std::set<std::string>> first_policies_;
};

}  // namespace wavegate::testing
