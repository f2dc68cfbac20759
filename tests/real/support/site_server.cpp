#include "tests/real/support/site_server.hpp"

#include <stdexcept>
#include <utility>

namespace wavegate::testing {
namespace {

asio::awaitable<net::ServerResponse> answer(sandbox::Site* site, HttpRequest request) {
    HttpResponse response = co_await site->answer(std::move(request));
    co_return net::ServerResponse(std::move(response));
}

asio::awaitable<bool> stopped(net::Server* server) {
    co_await server->stop();
    co_return true;
}

}  // namespace

SiteServer::SiteServer(Driver& driver, sandbox::Site& site) : driver_(driver), site_(site) {
    serve(true);
}

SiteServer::~SiteServer() {
    serve(false);
}

std::string SiteServer::url() const {
    return "http://127.0.0.1:" + std::to_string(port_);
}

void SiteServer::serve(bool up) {
    if (up == (server_ != nullptr)) {
        return;
    }
    if (!up) {
        driver_.run(stopped(server_.get()));
        server_.reset();
        return;
    }
    auto* site = &site_;
    server_ = std::make_unique<net::Server>(driver_.executor(), [site](HttpRequest request) {
        return answer(site, std::move(request));
    });
    const auto port = server_->listen("127.0.0.1:" + std::to_string(port_));
    if (!port) {
        throw std::runtime_error("cannot serve on the loopback");
    }
    port_ = *port;
}

}  // namespace wavegate::testing
