#pragma once

#include "operator/formats/compose_cache.hpp"
#include "operator/ports/clock.hpp"
#include "operator/ports/stack_repositories.hpp"
#include "operator/ports/stacks.hpp"
#include "reconcilers/stacks/diff.hpp"
#include "reconcilers/system.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace wavegate::stacks {

/// What was read of one Portainer's stacks, which stays true whatever is desired.
struct StackMemory {
    struct File {
        std::string version;
        std::int64_t read_at = 0;  ///< unix seconds
        std::shared_ptr<const std::string> text;
    };
    struct Head {
        std::string deployed;
        Mono read_at{};
        BranchHead head;
    };

    Seen<std::vector<StackView>> list;  ///< without their files
    bool moved = true;                  ///< something may have changed since the list was read
    std::uint64_t lists = 0;            ///< how often it was read
    std::map<int, File> files;          ///< by the stack's id
    std::map<int, Head> heads;
    formats::ComposeCache compose;
};

/// Portainer, the Swarm behind it, and the branches of git stacks. Without it nothing is known, so
/// a pass waits for its look; what the look leaves out (files, branches) is read when the diff
/// needs it and its list entry moved.
class StacksSystem final : public System {
  public:
    /// `repositories` is null where no `stackRepo` is declared.
    StacksSystem(
        Clock& clock,
        Stacks& stacks,
        StackRepositories* repositories,
        std::shared_ptr<StackMemory> memory)
        : clock_(clock), stacks_(stacks), repositories_(repositories), memory_(std::move(memory)) {}

    [[nodiscard]] std::string_view name() const override { return "stack"; }
    /// Swarm each time; the list of stacks when something moved, else when it is older than that.
    asio::awaitable<Sighting> look(std::shared_ptr<const DesiredState> desired) override;
    /// Something was written, told by an event or concluded: the next look reads all anew.
    void expect_changes() { memory_->moved = true; }
    /// For how long the list is as good as read anew, where nothing tells that it moved.
    void trust_list(Duration time) { trusted_list_ = time; }
    [[nodiscard]] Sighting unseen(const DesiredState& desired, const Error& error, Time at)
        const override;
    /// Puts the files that the diff of what was seen needs into it.
    asio::awaitable<void> read_files(
        std::shared_ptr<const DesiredState> desired,
        DiffContext context,
        std::shared_ptr<Observed> seen);

    [[nodiscard]] bool reads_branches() const { return repositories_ != nullptr; }
    /// Git stacks whose branch is needed to tell what is to be done, and is not in `seen`.
    std::set<std::string>
    needed_heads(const DesiredState& desired, const Observed& seen, DiffContext context);
    /// Puts the heads of those branches into it.
    asio::awaitable<void> read_heads(std::set<std::string> names, std::shared_ptr<Observed> seen);

    [[nodiscard]] Diff diff(const Pass& pass) override;
    Task<Live> reread(const Edit& edit) override;
    [[nodiscard]] Result<Write> write_of(const Edit& edit, const Live& live) const override;
    /// A commit where there is one, then the deployment.
    Task<Receipt> apply(Permit permit) override;
    [[nodiscard]] std::string object_of(const Edit& edit, const DesiredState& desired)
        const override;
    void note(Intent& intent, const Edit& edit, const Write& write, const Live& live)
        const override;

  private:
    asio::awaitable<void> list(Observed& seen);
    asio::awaitable<void> look_at_swarm(Observed& seen);
    asio::awaitable<void> read_file(StackView& stack);
    asio::awaitable<Result<BranchHead>> read_head(const StackView& stack);
    Task<void> reread_service(std::string stack, std::string name, Live& live);
    Task<void> reread_stack(const StackEdit& edit, Live& live);

    Clock& clock_;
    Duration trusted_list_ = std::chrono::seconds(5);
    /// The newest diff, and what it was made of: as long as that stays, so does the diff. A list of
    /// stacks is of one observation, and is held here so that no other can take its place.
    struct Diffed {
        std::string revision;
        Seen<std::vector<StackView>> stacks;
        DiffContext context;
        Diff diff;
    };
    [[nodiscard]] bool is_diffed(const Pass& pass, const DiffContext& context) const;

    Stacks& stacks_;
    StackRepositories* repositories_;
    std::shared_ptr<StackMemory> memory_;
    std::optional<Diffed> diffed_;
    KnownDiffs known_;
};

}  // namespace wavegate::stacks
