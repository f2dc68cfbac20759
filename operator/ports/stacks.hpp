#pragma once

#include "operator/base/task.hpp"
#include "operator/model/observed.hpp"
#include "operator/model/permit.hpp"

#include <functional>
#include <string>
#include <vector>

namespace wavegate {

/// Stacks and the Swarm services they deploy (Portainer and its Docker proxy).
/// Errors of all reads: Unavailable, Timeout, Denied, Throttled, Protocol; NotFound for one stack.
class Stacks {
  public:
    virtual ~Stacks() = default;
    /// All Swarm stacks of the environment, without their files. One request.
    virtual Task<std::vector<StackView>> list() = 0;
    /// All services and tasks. Two requests.
    virtual Task<SwarmView> swarm() = 0;
    /// What a write to that Swarm service reaches, read now: the services of this stack (empty:
    /// none) and the service of that name, whatever stack it says that it belongs to; no tasks.
    /// One request, and a second where the service bears another label than the stack's.
    virtual Task<SwarmView> around(std::string stack, std::string service) = 0;
    /// One stack with its file, read now. Conflict: as for `file`.
    virtual Task<StackView> stack(int id) = 0;
    /// The file alone. Conflict: its git settings were saved and not deployed since.
    virtual Task<std::string> file(int id) = 0;

    /// What a stream of events tells.
    struct Hint {
        enum class Kind {
            Open,     ///< it stands: from now on
            Changed,  ///< a service came, changed or went
            Ended,    ///< an update of a service is over, for good or bad
        };
        Kind kind = Kind::Open;
        std::string service;  ///< its name in Swarm; empty: it was not told
        friend bool operator==(const Hint&, const Hint&) = default;
    };
    /// Follows Swarm's events until the stream ends; good: by the other side. Waits as long as it
    /// is silent. Hints: what happens to tasks has no event, and a stream may lose some. NotFound,
    /// Denied: it can't be had here.
    virtual Task<void> watch(std::function<void(Hint)> tell) = 0;

    /// Performs a StackWrite (its commit made before, by StackRepositories) or a ServiceRestart.
    /// After a stack's it waits while the server says Deploying. Conflict: another deployment
    /// runs, or update out of sequence. Effect Maybe on any error after the request was sent:
    /// observe before retrying.
    virtual Task<Receipt> apply(Permit permit) = 0;
};

}  // namespace wavegate
