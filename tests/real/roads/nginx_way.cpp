#include "tests/real/roads/nginx_way.hpp"

#include <utility>

namespace wavegate::roads {
namespace {

constexpr auto* kToken = "t0ken-of-the-bot";
constexpr auto* kPage = "location = /page { return 200 \"the page\"; }\n";

}  // namespace

std::unique_ptr<NginxWay> NginxWay::start(const std::string& root) {
    auto nginx = testing::NginxServer::make();
    if (!nginx) {
        return nullptr;
    }
    std::unique_ptr<NginxWay> made(new NginxWay(std::move(nginx)));
    made->boot(root);
    return made;
}

void NginxWay::boot(const std::string& root) {
    const auto server = authority_.issue("server");
    const auto tls = "ssl_certificate " + server.certificate_file + ";\nssl_certificate_key " +
                     server.key_file + ";\n" + kPage + nginx_->git_location(root, "bot", kToken);
    port_ = nginx_->add_server(tls);
    certified_port_ = nginx_->add_server(
        tls + "ssl_verify_client on;\nssl_client_certificate " + authority_.ca_file() + ";\n");
    plain_port_ = nginx_->add_server(kPage);
    nginx_->start();
}

Way NginxWay::way_to(int port) const {
    Way way;
    way.remote.url = "https://127.0.0.1:" + std::to_string(port) + "/git";
    way.remote.username = "bot";
    way.remote.road.ca_file = authority_.ca_file();
    way.token = kToken;
    return way;
}

}  // namespace wavegate::roads
