#include "tests/real/support/etcd_server.hpp"

#include "tests/real/support/http.hpp"

#include <boost/json/object.hpp>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace wavegate::testing {

namespace {

std::string at(const std::string& scheme, int port) {
    return scheme + "://127.0.0.1:" + std::to_string(port);
}

/// Where everything is run, nothing is left out.
bool is_demanded() {
    const auto* scope = std::getenv("WAVEGATE_SCOPE");
    return std::getenv("CI") != nullptr || (scope != nullptr && *scope != '\0');
}

}  // namespace

std::unique_ptr<EtcdServer> EtcdServer::start(const std::optional<Tls>& tls) {
    const std::string program = "/usr/bin/etcd";
    if (!std::filesystem::exists(program)) {
        if (is_demanded()) {
            throw std::runtime_error("etcd is not installed: etcd-server of deploy/packages.txt");
        }
        return nullptr;
    }
    auto server = std::unique_ptr<EtcdServer>(new EtcdServer(program, tls));
    server->start_again();
    return server;
}

EtcdServer::EtcdServer(std::string program, const std::optional<Tls>& tls)
    : program_(std::move(program)), url_(at(tls ? "https" : "http", port_)) {
    if (tls) {
        const auto leaf = tls->authority.issue("etcd");
        tls_options_ = {
            "--cert-file=" + leaf.certificate_file,
            "--key-file=" + leaf.key_file,
            "--trusted-ca-file=" + tls->authority.ca_file(),
            "--client-cert-auth"};
    }
}

void EtcdServer::start_again() {
    process_.reset();
    const auto peer = at("http", peer_port_);
    ServerCommand command;
    command.name = "etcd";
    command.folder = folder_.path();
    command.argv = {
        program_,
        "--name=one",
        "--data-dir=" + folder_.path() + "/data",
        "--listen-client-urls=" + url_,
        "--advertise-client-urls=" + url_,
        "--listen-peer-urls=" + peer,
        "--initial-advertise-peer-urls=" + peer,
        "--initial-cluster=one=" + peer};
    command.argv.insert(command.argv.end(), tls_options_.begin(), tls_options_.end());
    process_ = std::make_unique<ServerProcess>(std::move(command));
    const auto ready = [&] {
        // Whoever has no certificate is not let in to ask.
        return tls_options_.empty() ? ask(HttpRequest("GET", url_ + "/health")).status == 200
                                    : listens(port_);
    };
    if (!process_->wait_until(ready, std::chrono::seconds(30))) {
        throw std::runtime_error("etcd does not come up");
    }
}

void EtcdServer::require_login(const std::string& name, const std::string& password) {
    namespace json = boost::json;
    const auto post = [&](const std::string& path, const json::object& body) {
        if (ask_json("POST", url_ + "/v3/auth" + path, body).status != 200) {
            throw std::runtime_error("etcd: no " + path);
        }
    };
    for (const auto& user : {std::string("root"), name}) {
        post("/user/add", {{"name", user}, {"password", password}});
        post("/user/grant", {{"user", user}, {"role", "root"}});
    }
    post("/enable", {});
}

}  // namespace wavegate::testing
