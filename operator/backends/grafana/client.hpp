#pragma once

#include "operator/model/desired.hpp"
#include "operator/ports/annotations.hpp"
#include "operator/ports/clock.hpp"
#include "operator/ports/credentials.hpp"
#include "operator/ports/transport.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wavegate::grafana {

/// Grafana's annotations over HTTP with a service account token (monitoring.md). All references
/// outlive the client.
/// Errors: as the transport says; Denied (401, 403), NotFound, Invalid (400; tags that Grafana
/// would not keep or find), Unavailable (5xx, Maybe on a write), Protocol.
class Client final : public Annotations {
  public:
    Client(Transport& transport, Credentials& credentials, const Clock& clock, GrafanaSpec spec);

    /// However many there are: asks page by page.
    Task<std::vector<Annotation>> list(std::vector<std::string> tags) override;
    /// The receipt's digest is of the body.
    Task<Receipt> apply(Permit permit) override;

  private:
    Task<HttpResponse> send(HttpRequest request);
    /// Annotations that begin no later than `to` (Unix ms); all when absent.
    Task<std::vector<Annotation>> page(std::string query, std::optional<std::int64_t> to);
    Task<std::string> write(const AnnotationWrite& annotation, std::optional<Mono> until);

    Transport& transport_;
    Credentials& credentials_;
    const Clock& clock_;
    GrafanaSpec spec_;
    std::string base_;  ///< the URL without a slash at its end
};

}  // namespace wavegate::grafana
