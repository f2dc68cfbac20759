#pragma once

#include "operator/ports/credentials.hpp"
#include "operator/ports/stack_repositories.hpp"
#include "operator/ports/transport.hpp"

namespace wavegate::sandbox {

/// Stack repositories as a simulation has them: in the World's memory, behind its network, so
/// that a push which was sent lands whatever becomes of its sender.
class SimulatedRepositories final : public StackRepositories {
  public:
    /// The first two must outlive every call.
    SimulatedRepositories(Transport& transport, Credentials& credentials, StackRepoSpec spec);

    Task<BranchHead> head(GitSource git) override;
    Task<Permit> push(Permit permit) override;

  private:
    Task<HttpResponse> send(HttpRequest request);

    Transport& transport_;
    Credentials& credentials_;
    StackRepoSpec spec_;
};

}  // namespace wavegate::sandbox
