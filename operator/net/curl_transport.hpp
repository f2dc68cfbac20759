#pragma once

#include "operator/base/time.hpp"
#include "operator/ports/road.hpp"
#include "operator/ports/transport.hpp"

#include <memory>
#include <string>

namespace wavegate::net {

class CurlMulti;

struct CurlSettings {
    Duration connect_timeout{5000};  ///< for name, TCP and TLS together
    Road road;
    int connections_per_host = 16;  ///< more requests than these queue up
};

/// Transport over libcurl, HTTP/1.1. One thread: everything happens on `executor`'s.
class CurlTransport final : public Transport {
  public:
    explicit CurlTransport(asio::any_io_executor executor, CurlSettings settings = CurlSettings());
    ~CurlTransport() override;
    CurlTransport(const CurlTransport&) = delete;
    CurlTransport& operator=(const CurlTransport&) = delete;

    Task<HttpResponse> send(HttpRequest request) override;

  private:
    std::shared_ptr<CurlMulti> multi_;
    CurlSettings settings_;
};

}  // namespace wavegate::net
