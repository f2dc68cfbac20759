#pragma once

#include "operator/base/task_group.hpp"
#include "operator/base/text.hpp"
#include "operator/net/server.hpp"
#include "operator/source/child.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace wavegate::testing {

/// A git server over plain http on loopback, on a thread of its own: git's own CGI program for the
/// repositories below a folder, behind `before`.
class HttpRepository {
  public:
    /// What is answered instead; status 0: git's own answer.
    using Before = std::function<HttpResponse(const HttpRequest& request)>;

    explicit HttpRepository(std::string root, Before before = {})
        : root_(std::move(root)),
          before_(std::move(before)),
          server_(io_.get_executor(), [this](HttpRequest request) {
              return answer(std::move(request));
          }) {
        port_ = server_.listen("127.0.0.1:0").value();
        thread_ = std::thread([this] { io_.run(); });
    }
    ~HttpRepository() {
        io_.stop();
        thread_.join();
    }
    HttpRepository(const HttpRepository&) = delete;
    HttpRepository& operator=(const HttpRepository&) = delete;

    [[nodiscard]] std::string url(const std::string& path) const {
        return "http://127.0.0.1:" + std::to_string(port_) + path;
    }
    /// Targets that were asked for.
    [[nodiscard]] std::vector<std::string> asked() {
        const std::scoped_lock lock(mutex_);
        return asked_;
    }

  private:
    asio::awaitable<net::ServerResponse> answer(HttpRequest request) {
        {
            const std::scoped_lock lock(mutex_);
            asked_.emplace_back(url_target(request.url));
        }
        auto first = before_ ? before_(request) : HttpResponse();
        if (first.status != 0) {
            co_return net::ServerResponse(std::move(first));
        }
        co_return net::ServerResponse(of_git(std::move(request)));
    }

    HttpResponse of_git(HttpRequest request) const {
        const std::string target(url_target(request.url));
        const auto mark = std::min(target.find('?'), target.size());
        const auto field = [&](const char* name) {
            return std::string(request.headers.get(name).value_or(""));
        };
        source::Command cgi;
        cgi.program = "git";
        cgi.arguments = {"http-backend"};
        cgi.environment = {
            "PATH=/usr/local/bin:/usr/bin:/bin",
            "HOME=" + root_,
            "GIT_CONFIG_NOSYSTEM=1",
            "GIT_PROJECT_ROOT=" + root_,
            "GIT_HTTP_EXPORT_ALL=1",
            "REMOTE_USER=bot",
            "PATH_INFO=" + target.substr(0, mark),
            "QUERY_STRING=" + target.substr(std::min(mark + 1, target.size())),
            "REQUEST_METHOD=" + request.method,
            "CONTENT_TYPE=" + field("Content-Type"),
            "CONTENT_LENGTH=" + std::to_string(request.body.size()),
            "HTTP_CONTENT_ENCODING=" + field("Content-Encoding"),
            "GIT_PROTOCOL=" + field("Git-Protocol")};
        cgi.input = std::move(request.body);
        const auto done = source::run_child(cgi);
        return done ? parsed(done->output) : HttpResponse(500);
    }

    /// A CGI program's answer.
    static HttpResponse parsed(const std::string& output) {
        HttpResponse response(200);
        std::size_t at = 0;
        for (auto end = output.find("\r\n"); end != at; end = output.find("\r\n", at)) {
            const auto line = output.substr(at, end - at);
            const auto colon = line.find(": ");
            if (line.starts_with("Status: ")) {
                response.status = std::stoi(line.substr(colon + 2));
            } else {
                response.headers.add(line.substr(0, colon), line.substr(colon + 2));
            }
            at = end + 2;
        }
        response.body = output.substr(at + 2);
        return response;
    }

    std::string root_;
    Before before_;
    std::mutex mutex_;
    std::vector<std::string> asked_;
    asio::io_context io_{1};
    net::Server server_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace wavegate::testing
