#pragma once

#include "operator/model/edit.hpp"

#include <utility>
#include <variant>

namespace wavegate {

namespace guard {
class Judge;
}

/// The guard's leave to do one write. Move-only and made by the guard alone: a write that was
/// not judged does not compile (tests/unit/guard tries).
class Permit {
  public:
    Permit(Permit&&) noexcept = default;
    Permit& operator=(Permit&&) noexcept = default;
    Permit(const Permit&) = delete;
    Permit& operator=(const Permit&) = delete;
    ~Permit() = default;

    [[nodiscard]] const Edit& edit() const { return edit_; }
    /// The re-read it was judged on: a write sends back what stands there, with its edit applied.
    [[nodiscard]] const Live& live() const { return live_; }

    /// The same leave without the new file: it was committed to the stack's repository, and what
    /// is left is to deploy it.
    [[nodiscard]] Permit committed() && {
        if (auto* stack = std::get_if<StackEdit>(&edit_.body)) {
            stack->file.reset();
        }
        return std::move(*this);
    }

  private:
    friend class guard::Judge;
    Permit(Edit edit, Live live) : edit_(std::move(edit)), live_(std::move(live)) {}
    Edit edit_;
    Live live_;
};

/// Proof that this process holds the lease and the store takes commits.
class LeaseProof {
  public:
    explicit LeaseProof(bool held) : held_(held) {}
    [[nodiscard]] bool held() const { return held_; }

  private:
    bool held_;
};

}  // namespace wavegate
