#pragma once

#include "operator/base/time.hpp"
#include "operator/model/write.hpp"

#include <optional>
#include <string>
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

    /// The edit that the write is made of, for the receipt.
    [[nodiscard]] const std::string& edit() const { return edit_; }
    [[nodiscard]] const Write& write() const { return write_; }
    /// The write, if it is of this kind; null otherwise.
    template <class Kind>
    [[nodiscard]] const Kind* as() const {
        return std::get_if<Kind>(&write_);
    }

    /// Its evidence is too old after it: the first byte must have left by then. Unset where no
    /// evidence was needed.
    [[nodiscard]] std::optional<Mono> good_until() const { return good_until_; }

    /// The same leave without the commit: it was pushed, and what is left is to deploy it, however
    /// late it has become.
    [[nodiscard]] Permit committed() && {
        good_until_.reset();
        if (auto* stack = std::get_if<StackWrite>(&write_)) {
            stack->commit.reset();
        }
        return std::move(*this);
    }

  private:
    friend class guard::Judge;
    Permit(std::string edit, Write write, std::optional<Mono> good_until = std::nullopt)
        : edit_(std::move(edit)), write_(std::move(write)), good_until_(good_until) {}
    std::string edit_;
    Write write_;
    std::optional<Mono> good_until_;
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
