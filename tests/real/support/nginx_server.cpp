#include "tests/real/support/nginx_server.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <unistd.h>
#include <utility>

namespace wavegate::testing {

std::unique_ptr<NginxServer> NginxServer::make() {
    const auto folder = installed("roads");
    if (!folder) {
        return nullptr;
    }
    return std::unique_ptr<NginxServer>(new NginxServer(*folder + "/bin/"));
}

int NginxServer::add_server(const std::string& block) {
    last_port_ = free_port();
    servers_ += "server {\n" + block + "\nlisten 127.0.0.1:" + std::to_string(last_port_) +
                (block.find("ssl_certificate ") == std::string::npos ? "" : " ssl") + ";\n}\n";
    return last_port_;
}

std::string NginxServer::git_location(
    const std::string& root,
    const std::string& user,
    const std::string& password) {
    start_fcgiwrap();
    const auto users = folder_.path() + "/users";
    std::ofstream(users) << user << ":{PLAIN}" << password << "\n";
    return "location ~ ^/git(/.*) {\n"
           "auth_basic git;\nauth_basic_user_file " +
           users +
           ";\n"
           "client_max_body_size 0;\n"
           "fastcgi_pass unix:" +
           folder_.path() +
           "/fcgi.sock;\n"
           "fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;\n"
           "fastcgi_param GIT_HTTP_EXPORT_ALL 1;\n"
           "fastcgi_param GIT_PROJECT_ROOT " +
           root +
           ";\n"
           "fastcgi_param PATH_INFO $1;\n"
           "fastcgi_param REMOTE_USER $remote_user;\n"
           "fastcgi_param QUERY_STRING $query_string;\n"
           "fastcgi_param REQUEST_METHOD $request_method;\n"
           "fastcgi_param CONTENT_TYPE $content_type;\n"
           "fastcgi_param CONTENT_LENGTH $content_length;\n"
           "fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;\n"
           "fastcgi_param GIT_PROTOCOL $http_git_protocol;\n"
           "}\n";
}

void NginxServer::start_fcgiwrap() {
    if (fcgiwrap_) {
        return;
    }
    const auto socket = folder_.path() + "/fcgi.sock";
    ServerCommand command;
    command.name = "fcgiwrap";
    command.folder = folder_.path();
    command.argv = {programs_ + "fcgiwrap", "-f", "-s", "unix:" + socket};
    fcgiwrap_ = std::make_unique<ServerProcess>(std::move(command));
    const auto there = [&] { return std::filesystem::exists(socket); };
    if (!fcgiwrap_->wait_until(there, std::chrono::seconds(30))) {
        throw std::runtime_error("fcgiwrap did not come up");
    }
}

void NginxServer::start() {
    const auto& folder = folder_.path();
    std::string places;
    for (const auto* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
        places += std::string(kind) + "_temp_path " + folder + "/" + kind + ";\n";
    }
    std::ofstream(folder + "/nginx.conf")
        << (::getuid() == 0 ? "user root;\n" : "") << "daemon off;\npid " << folder
        << "/nginx.pid;\nworker_processes 1;\nevents {}\nhttp {\n"
        << places << "access_log " << folder << "/access.log;\n"
        << servers_ << "}\n";
    ServerCommand command;
    command.name = "nginx";
    command.folder = folder;
    command.argv = {
        programs_ + "nginx", "-p", folder, "-e", "stderr", "-c", folder + "/nginx.conf"};
    nginx_ = std::make_unique<ServerProcess>(std::move(command));
    if (!nginx_->wait_until([this] { return listens(last_port_); }, std::chrono::seconds(30))) {
        throw std::runtime_error("nginx did not come up");
    }
}

std::string NginxServer::access_log() const {
    std::ifstream in(folder_.path() + "/access.log");
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace wavegate::testing
