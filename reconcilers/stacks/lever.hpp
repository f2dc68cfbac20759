#pragma once

#include "operator/formats/compose_cache.hpp"
#include "operator/formats/compose_effect.hpp"
#include "operator/model/edit.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wavegate::stacks {

/// How one service's environment can be changed in its stack: what its compose file says, and
/// what the stack's Env feeds into it.
class Lever {
  public:
    /// Invalid, with the reason: the file can't be read safely, or has no such service.
    static Result<Lever> of(
        const StackView& stack,
        const std::string& compose_service,
        formats::ComposeCache* files = nullptr);

    /// The auth block that the next deployment would give the service.
    [[nodiscard]] AuthBlock effective_block(const AuthProfile& profile) const;
    /// The blocks that the next deployment would give the other services of the stack.
    [[nodiscard]] std::map<std::string, AuthBlock> neighbours(const AuthProfile& profile) const;
    /// One variable as the next deployment would give it; null when it would not be set, or when
    /// there can be no deployment of this file.
    [[nodiscard]] SecretValue effective(const std::string& key) const;

    /// The image that the next deployment would ask for; empty when the file does not say so
    /// plainly. `written_image` is the file's own text, which shows no value of Env.
    [[nodiscard]] std::string image() const;
    [[nodiscard]] const std::string& written_image() const;

    /// A wish for one variable: a value, or removal (null).
    struct Wish {
        SecretValue value;
        /// May stand literally in the compose file.
        bool open = false;
    };
    struct Plan {
        std::optional<std::string> file;
        std::vector<EnvChange> env;
        /// Not empty: why it can't be done (a Reason's name) and the exact lines that would help.
        std::string obstacle;
        std::string message;
    };
    /// The smallest change that makes the wishes come true: what the file passes through first,
    /// and the file itself where it may be changed (on a git stack: by a commit to its branch).
    [[nodiscard]] Plan plan(const std::map<std::string, Wish>& wishes, bool file_may_change) const;

  private:
    Lever(
        const StackView& stack,
        std::shared_ptr<const formats::Compose> compose,
        std::string service,
        formats::ComposeCache* files);
    using Wishes = std::map<std::string, Wish>;

    [[nodiscard]] const formats::ComposeEnv* entry(const std::string& key) const;
    /// Would anything else see a change of the variable that this key is fed by?
    [[nodiscard]] bool
    is_shared(const std::string& variable, const std::string& key, const Wishes& wishes) const;
    /// A variable that nothing in the file reads.
    [[nodiscard]] std::string own_variable(const std::string& key) const;
    /// What stands in Env under the names that the file reads.
    [[nodiscard]] std::map<std::string, std::string> variables(const StackEnv& env) const;
    /// `KEY=${VARIABLE}` as the environment's form has it.
    [[nodiscard]] std::string line_of(const std::string& key, const std::string& variable) const;
    struct Draft;
    void fulfil(const std::string& key, const Wishes& wishes, Draft& draft) const;
    [[nodiscard]] Plan plan_of(Draft draft, bool file_may_change) const;
    /// Computes what the plan would do to every service of the stack; an obstacle where that is
    /// not the wishes, all of them and nothing else.
    void verify(Plan& plan, const Wishes& wishes) const;
    [[nodiscard]] Result<void> judge(const Plan& plan, const StackEnv& env, const Wishes& wishes)
        const;
    [[nodiscard]] std::string
    fingerprint(const StackEnv& env, const Plan& plan, const Wishes& wishes) const;

    const StackView* stack_;
    std::shared_ptr<const formats::Compose> compose_;
    std::string service_;
    formats::ComposeCache* files_;
    std::map<std::string, SecretValue> environment_;  ///< as the next deployment gives it
};

}  // namespace wavegate::stacks
