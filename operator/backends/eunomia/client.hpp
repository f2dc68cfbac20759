#pragma once

#include "operator/model/desired.hpp"
#include "operator/ports/clock.hpp"
#include "operator/ports/credentials.hpp"
#include "operator/ports/policies.hpp"
#include "operator/ports/transport.hpp"

#include <string>
#include <vector>

namespace wavegate::eunomia {

/// Eunomia 0.3.10 over HTTP (eunomia.md). Checks are public and go without the key. All
/// references outlive the client; one request at a time per call.
/// Errors: as the transport says; Denied (401, 403), Throttled, Unavailable (5xx, Maybe on a
/// write), NotFound, Invalid (400, 422), Protocol; the HTTP status in Error::status().
class Client final : public Policies {
  public:
    Client(Transport& transport, Credentials& credentials, const Clock& clock, EunomiaSpec spec);

    Task<std::vector<Policy>> list() override;
    /// One execute question alone goes to /check, as a service asks it; all else in bulk.
    Task<std::vector<PolicyAnswer>> ask(std::vector<PolicyQuestion> questions) override;
    /// The receipt's digest is of the policy's body; empty after a delete.
    Task<Receipt> apply(Permit permit) override;

  private:
    Task<HttpResponse> admin(HttpRequest request);
    Task<std::vector<PolicyAnswer>> check(HttpRequest request, std::size_t expected);
    Task<std::string> create(Policy policy, std::optional<Mono> until);
    Task<void> compare(Policy policy);
    Task<std::string> remove(std::string name, std::optional<Mono> until);

    Transport& transport_;
    Credentials& credentials_;
    const Clock& clock_;
    EunomiaSpec spec_;
    std::string base_;  ///< the URL without a slash at its end
};

}  // namespace wavegate::eunomia
