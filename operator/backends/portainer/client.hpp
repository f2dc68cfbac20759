#pragma once

#include "operator/backends/portainer/api.hpp"
#include "operator/backends/portainer/wire.hpp"
#include "operator/ports/clock.hpp"
#include "operator/ports/credentials.hpp"
#include "operator/ports/stacks.hpp"
#include "operator/ports/transport.hpp"

#include <optional>
#include <string>
#include <vector>

namespace wavegate::portainer {

/// Portainer CE 2.x, both generations of portainer.md.
///
/// Writes are sent once. Errors of `apply`, beside the transport's own:
///   Invalid/None    the permit is none for this client: no stack, or a commit that is not made yet
///   Invalid/Maybe   the file can't be deployed as it stands; services may be gone already
///   Conflict/None   another deployment runs; the service changed since it was judged
///   any/Maybe       5xx or a lost answer: observe
///   any other 4xx   refused before anything was done
class Client final : public Stacks {
  public:
    /// All references must outlive the client. `profile`: what an auth block is, in what `swarm`
    /// reads. `digest_key`: of the digests in there; null: plain SHA-256.
    Client(
        Transport& transport,
        Credentials& credentials,
        Clock& clock,
        PortainerSpec spec,
        AuthProfile profile,
        SecretValue digest_key = nullptr);

    Task<std::vector<StackView>> list() override;
    Task<SwarmView> swarm() override;
    Task<SwarmView> around(std::string stack, std::string service) override;
    Task<StackView> stack(int id) override;
    Task<void> watch(std::function<void(Hint)> tell) override;
    Task<std::string> file(int id) override;
    Task<Receipt> apply(Permit permit) override;

  private:
    Task<SharedList<SwarmService>> all_services();
    Task<SharedList<SwarmTask>> all_tasks();
    Task<SharedList<SwarmService>> services_by(std::string filter, std::string value);
    Task<void> add_named(std::string name, SharedList<SwarmService>& seen);
    Task<StackView> record(int id);

    Task<Receipt> apply_stack(const StackWrite& write, std::optional<Mono> good_until);
    Task<Receipt> apply_restart(const ServiceRestart& restart, std::optional<Mono> good_until);
    Task<StackView> write_stack(HttpRequest request);
    Task<StackView> settled(StackView stack);
    Task<Receipt>
    restart_once(std::string service, std::string judged_digest, std::optional<Mono> good_until);

    Api api_;
    Clock& clock_;
    SwarmReader reader_;
    /// What the newest whole lists came to, and the digests of their bytes: as long as these stay,
    /// so does that.
    SwarmView listed_;
    std::vector<StackView> stacks_;
    std::string stacks_digest_;
    std::string services_digest_;
    std::string tasks_digest_;
};

}  // namespace wavegate::portainer
