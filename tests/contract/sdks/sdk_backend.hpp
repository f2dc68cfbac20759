#pragma once

#include "operator/backends/mcp/client.hpp"
#include "operator/ports/transport.hpp"
#include "tests/support/driver.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace wavegate::contract {

/// How a service of the suite is started.
struct SdkSettings {
    bool demands_token = false;
    bool json = false;         ///< no event streams
    int page = 0;              ///< tools a page; 0: all on one
    bool checks_host = false;  ///< it answers to no name but its own
    friend bool operator==(const SdkSettings&, const SdkSettings&) = default;
};

/// One service with the tools ping, search and explode, made with an SDK of MCP, or the double.
class SdkBackend {
  public:
    virtual ~SdkBackend() = default;
    virtual testing::Driver& driver() = 0;
    virtual Transport& transport() = 0;
    /// Keeps running what runs so already; the address of its /mcp.
    virtual std::string run(const SdkSettings& settings) = 0;
    /// The one that it demands.
    virtual std::string token() = 0;
};

struct SdkKind {
    std::string name;  ///< as tests/real/install.sh says it
    std::function<std::unique_ptr<SdkBackend>()> make;
};
inline void PrintTo(const SdkKind& kind, std::ostream* out) {
    *out << kind.name;
}

/// Sends what the client sends, as something between would have changed it.
class Between final : public Transport {
  public:
    explicit Between(Transport& inner) : inner_(inner) {}
    Task<HttpResponse> send(HttpRequest request) override;

    std::string host;     ///< in place of the address's own
    std::string session;  ///< in place of the one that was given

  private:
    Transport& inner_;
};

/// What holds here holds for services whatever they are made with.
class Sdks : public ::testing::TestWithParam<SdkKind> {
  protected:
    void SetUp() override;

    void run(const SdkSettings& settings) { url_ = backend_->run(settings); }
    KnockAnswer knock(bool garbage);
    Result<McpListing> list(const std::string& bearer = {});
    /// The listed names.
    std::vector<std::string> names(const std::string& bearer = {});

    std::unique_ptr<SdkBackend> backend_;
    std::unique_ptr<Between> between_;

  private:
    std::unique_ptr<mcp::Client> client_;
    std::string url_;
};

}  // namespace wavegate::contract
