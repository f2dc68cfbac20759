#pragma once

#include "operator/model/edit.hpp"
#include "operator/model/observed.hpp"
#include "reconcilers/stacks/lever.hpp"
#include "reconcilers/stacks/place.hpp"
#include "reconcilers/stacks/wishes.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace wavegate::stacks {

/// An edit of this service as it stands, which changes nothing yet.
StackEdit edit_of(
    StackPurpose purpose,
    const std::string& service,
    const std::string& compose_service,
    const Place& place,
    const AuthProfile& profile);

/// The edits of a diff as they are made: each with all that its deployment would take along, or
/// with what stands in its way. Pure.
class Proposals {
  public:
    /// The fleet's name marks a stack at its first edit.
    Proposals(const Observed& observed, const FleetSpec& fleet)
        : observed_(observed), fleet_(fleet) {}

    /// Puts the plan of `wishes` into the edit; false when something stands in the way, which is
    /// noted. `blocks`: the service whose flip waits for that; empty: none.
    bool fill(
        StackEdit& edit,
        Lever::Plan plan,
        const Place& place,
        const Wishes& wishes,
        const std::string& blocks);
    /// As fill(), with the plan that the place's lever makes.
    bool plan(StackEdit& edit, const Place& place, const Wishes& wishes, const std::string& blocks);
    /// `fields`: changes beside those of the auth block and of the stack's Env.
    void push(StackEdit edit, std::string why, std::vector<FieldChange> fields = {});
    /// Something that this service's flip waits for.
    void hold(const std::string& service, std::string reason, std::string text);
    /// Something worth saying that nothing waits for.
    void note(const std::string& service, std::string reason, std::string text);
    /// The branch's head of this git stack has to be read first.
    void need_head(const std::string& stack) { needed_heads_.insert(stack); }

    [[nodiscard]] const std::set<std::string>& needed_heads() const { return needed_heads_; }
    /// All that was made since this was asked last.
    [[nodiscard]] Diff take() { return std::exchange(diff_, {}); }

  private:
    bool repository_allows(
        StackEdit& edit,
        const Repository& repository,
        bool commits,
        const std::string& blocks);
    bool neighbours_stay(const StackEdit& edit, const Place& place, const std::string& blocks);
    bool image_stays(const StackEdit& edit, const Place& place, const std::string& blocks);
    void add_masked(Edit& made, const StackEdit& edit, const EnvChange& change) const;
    void obstacle(
        const StackEdit& edit,
        const std::string& blocks,
        std::string reason,
        std::string text);

    const Observed& observed_;
    const FleetSpec& fleet_;
    Diff diff_;
    std::set<std::string> needed_heads_;
};

}  // namespace wavegate::stacks
