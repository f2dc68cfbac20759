#pragma once

#include "operator/sandbox/portainer/portainer.hpp"

#include <string>
#include <utility>

namespace wavegate::sandbox {

/// Counts a write as under way on its stack while it lives, which may be longer than Portainer:
/// a frame that waits is destroyed with its io_context.
class Portainer::Busy {
  public:
    Busy(const Portainer& owner, std::string stack)
        : counts_(owner.under_way_), stack_(std::move(stack)) {
        ++(*counts_)[stack_];
    }
    ~Busy() { --(*counts_)[stack_]; }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

  private:
    std::shared_ptr<std::map<std::string, int>> counts_;
    std::string stack_;
};

}  // namespace wavegate::sandbox
