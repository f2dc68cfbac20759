#pragma once

#include "operator/formats/last_good.hpp"
#include "operator/model/desired.hpp"
#include "operator/model/observed.hpp"
#include "reconcilers/stacks/lever.hpp"

#include <memory>
#include <set>
#include <string>

namespace wavegate::stacks {

/// What is known of the repository that a git stack is deployed from.
struct Repository {
    enum class State {
        Apart,       ///< no git stack, no `stackRepo`, or no branch: nothing is asked
        Unasked,     ///< its head was not read yet
        Unreadable,  ///< see `message`
        Deployed,    ///< its head is what runs
        Ours,        ///< its head is a commit of ours that is not deployed yet
        Ahead,       ///< its head is somebody else's and not deployed
    };
    State state = State::Apart;
    const BranchHead* head = nullptr;
    std::string message;    ///< of Unreadable and Ahead
    bool commits = false;   ///< its file may be changed, by a commit
    std::string no_commit;  ///< why not, where `stackRepo` is declared
};

/// `own_heads`: stacks whose branch ends in our own commits.
Repository repository_of(
    const StackView& stack,
    const DesiredState& desired,
    const Observed& observed,
    const std::set<std::string>& own_heads);

/// The stack as its next deployment takes it: with the file at the branch's head, where that is
/// known and may be deployed.
std::shared_ptr<const StackView> next_deployment(
    const StackView& stack,
    const Repository& repository);

/// Everything about one service's stack that its edits are made of.
struct Place {
    const StackView* stack;
    const SwarmService* running;
    Repository repository;
    std::shared_ptr<const StackView> base;  ///< what `lever` looks at
    Lever lever;
    formats::LastGoods goods;
};

}  // namespace wavegate::stacks
