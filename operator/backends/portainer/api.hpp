#pragma once

#include "operator/base/task.hpp"
#include "operator/base/turns.hpp"
#include "operator/model/desired.hpp"
#include "operator/ports/credentials.hpp"
#include "operator/ports/transport.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace wavegate::portainer {

/// The way into one Portainer and one environment of it. The environment and its SwarmID are looked
/// up once (two requests), and again after the environment has vanished.
class Api {
  public:
    /// Bytes of a stack with its Env, a file, a service, an error that quotes them.
    static constexpr std::size_t kObjectLimit = std::size_t{4} << 20U;

    struct Environment {
        int id = 0;
        std::string swarm;
    };

    /// All references must outlive it.
    Api(Transport& transport, Credentials& credentials, PortainerSpec spec);

    /// Below /api, its answer held to kObjectLimit; the token is added when it is sent.
    [[nodiscard]] HttpRequest
    request_for(std::string method, const std::string& path, std::string body = {}) const;
    Task<HttpResponse> send(HttpRequest request);
    /// An answer of more than `limit` bytes is refused.
    Task<std::string> text(std::string path, std::size_t limit = kObjectLimit);
    Task<boost::json::value> read(std::string path, std::size_t limit = kObjectLimit);
    /// Who asks while it is being looked up waits for that, and gets what it comes to.
    Task<Environment> environment();
    Task<std::string> docker_text(std::string path, std::size_t limit = kObjectLimit);
    Task<boost::json::value> read_docker(std::string path, std::size_t limit = kObjectLimit);
    /// It is looked up anew.
    void forget_environment() { environment_.reset(); }

  private:
    Task<Environment> look_up();

    Transport& transport_;
    Credentials& credentials_;
    PortainerSpec spec_;
    std::optional<Environment> environment_;
    Turns turns_;
    std::uint64_t failures_ = 0;
    Error failure_{ErrorKind::Unavailable, "not asked yet"};  ///< the newest
};

}  // namespace wavegate::portainer
