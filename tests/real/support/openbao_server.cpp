#include "tests/real/support/openbao_server.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace wavegate::testing {

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

constexpr int kActive = 200;
constexpr int kUninitialised = 501;
constexpr int kSealed = 503;

void write_settings(const std::string& folder, int port, int cluster_port) {
    std::filesystem::create_directory(folder + "/raft");
    std::ofstream(folder + "/bao.hcl") << fmt::format(
        R"(storage "raft" {{ path = "{}/raft" node_id = "one" }}
listener "tcp" {{ address = "127.0.0.1:{}" cluster_address = "127.0.0.1:{}" tls_disable = true }}
api_addr = "http://127.0.0.1:{}"
cluster_addr = "http://127.0.0.1:{}"
)",
        folder,
        port,
        cluster_port,
        port,
        cluster_port);
}

/// The dev server says its only key once, in its log.
std::string key_in(const std::string& log) {
    const std::string mark = "Unseal Key: ";
    const auto at = log.find(mark);
    const auto from = at == std::string::npos ? log.size() : at + mark.size();
    return log.substr(from, log.find('\n', from) - from);
}

}  // namespace

OpenBaoServer::OpenBaoServer(Storage storage)
    : storage_(storage), url_("http://127.0.0.1:" + std::to_string(port_)) {
    if (storage_ == Storage::Raft) {
        write_settings(folder_.path(), port_, cluster_port_);
    } else {
        root_ = "root";
    }
}

ServerCommand OpenBaoServer::command() const {
    const auto home = installed("openbao");
    if (!home) {
        throw std::logic_error("openbao is not installed");
    }
    ServerCommand command;
    command.name = "openbao";
    command.folder = folder_.path();
    if (storage_ == Storage::Raft) {
        command.argv = {*home + "/bao", "server", "-config=" + folder_.path() + "/bao.hcl"};
    } else {
        command.argv = {
            *home + "/bao",
            "server",
            "-dev",
            "-dev-root-token-id=" + root_,
            "-dev-listen-address=127.0.0.1:" + std::to_string(port_),
            "-dev-no-store-token"};
    }
    return command;
}

bool OpenBaoServer::answers(int status) const {
    return ask(HttpRequest("GET", url_ + "/v1/sys/health")).status == status;
}

bool OpenBaoServer::start() {
    process_ = std::make_unique<ServerProcess>(command());
    if (storage_ == Storage::Dev) {
        // It answers before it has said its key.
        return process_->wait_until(
            [this] {
                keys_ = {key_in(process_->log())};
                return !keys_.front().empty() && answers(kActive);
            },
            60s);
    }
    const int asleep = keys_.empty() ? kUninitialised : kSealed;
    return process_->wait_until([&] { return answers(asleep); }, 60s) &&
           (!keys_.empty() || initialise()) && unseal();
}

bool OpenBaoServer::initialise() {
    const auto made =
        ask_json("POST", url_ + "/v1/sys/init", {{"secret_shares", 3}, {"secret_threshold", 2}});
    const auto answer = body_of(made);
    if (made.status != 200 || !answer.is_object()) {
        return false;
    }
    for (const auto& key : answer.at("keys").as_array()) {
        keys_.emplace_back(std::string_view(key.as_string()));
    }
    root_ = std::string_view(answer.at("root_token").as_string());
    return true;
}

void OpenBaoServer::kill() {
    if (process_) {
        process_->kill();
    }
    process_.reset();
}

void OpenBaoServer::seal() const {
    static_cast<void>(as_root("POST", "sys/seal"));
}

bool OpenBaoServer::unseal() const {
    for (std::size_t i = 0; i < std::min<std::size_t>(2, keys_.size()); ++i) {
        static_cast<void>(ask_json("POST", url_ + "/v1/sys/unseal", {{"key", keys_[i]}}));
    }
    return process_->wait_until([this] { return answers(kActive); }, 60s);
}

HttpResponse OpenBaoServer::as_root(
    const std::string& method,
    const std::string& path,
    const json::value& body) const {
    return ask_json(method, url_ + "/v1/" + path, body, "X-Vault-Token: " + root_);
}

}  // namespace wavegate::testing
