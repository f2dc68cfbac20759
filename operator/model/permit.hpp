#pragma once

#include "operator/base/time.hpp"
#include "operator/model/write.hpp"

#include <algorithm>
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

    /// Its evidence is too old after it, or the lease by which it was given has ended: the first
    /// byte must have left by then. Unset where neither ends.
    [[nodiscard]] std::optional<Mono> good_until() const {
        return lease_until_ && good_until_ ? std::min(*lease_until_, *good_until_)
               : good_until_               ? good_until_
                                           : lease_until_;
    }

    /// The same leave without the commit: it was pushed, and what is left is to deploy it, however
    /// old its evidence has become. The lease's end stays.
    [[nodiscard]] Permit committed() && {
        good_until_.reset();
        if (auto* stack = std::get_if<StackWrite>(&write_)) {
            stack->commit.reset();
        }
        return std::move(*this);
    }

  private:
    friend class guard::Judge;
    Permit(
        std::string edit,
        Write write,
        std::optional<Mono> good_until,
        std::optional<Mono> lease_until)
        : edit_(std::move(edit)),
          write_(std::move(write)),
          good_until_(good_until),
          lease_until_(lease_until) {}
    std::string edit_;
    Write write_;
    std::optional<Mono> good_until_;
    std::optional<Mono> lease_until_;
};

/// What this process may do by its store and by the lease that it holds.
class LeaseProof {
  public:
    /// `until`: the lease's end, by this process's clock; max: no lease is kept.
    explicit LeaseProof(bool takes_commits, Mono until = Mono::max())
        : takes_commits_(takes_commits), until_(until) {}
    [[nodiscard]] bool takes_commits() const { return takes_commits_; }
    [[nodiscard]] bool held(Mono now) const { return now < until_; }
    /// Unset: it never ends.
    [[nodiscard]] std::optional<Mono> until() const {
        return until_ == Mono::max() ? std::nullopt : std::optional(until_);
    }

  private:
    bool takes_commits_;
    Mono until_;
};

}  // namespace wavegate
