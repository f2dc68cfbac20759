#pragma once

#include "operator/access/gate.hpp"
#include "operator/ports/transport.hpp"

namespace wavegate::access {

/// Lets a request pass only when each credential in it may go where the request goes. It stands
/// above the one transport there is, so that every attempt of every client is asked about. One
/// that carries secret headers and names no credential passes never.
class GatedTransport final : public Transport {
  public:
    /// Both must outlive every call.
    GatedTransport(Transport& inner, const Gate& gate) : inner_(inner), gate_(gate) {}

    /// Besides the transport's errors, Denied/None: it may not be sent there.
    Task<HttpResponse> send(HttpRequest request) override;

  private:
    Transport& inner_;
    const Gate& gate_;
};

}  // namespace wavegate::access
