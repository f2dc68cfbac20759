#include "tests/real/support/docker_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <utility>

namespace wavegate::testing {
namespace {

namespace asio = boost::asio;

std::string whole_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// HTTP/1.0: the engine answers in one piece and closes.
HttpResponse parse_response(const std::string& text) {
    const auto head = text.find("\r\n\r\n");
    if (head == std::string::npos || text.size() < 12) {
        return HttpResponse(502);
    }
    HttpResponse response;
    std::from_chars(text.data() + 9, text.data() + 12, response.status);
    for (auto at = text.find("\r\n") + 2; at < head;) {
        const auto end = text.find("\r\n", at);
        const auto colon = text.find(": ", at);
        response.headers.add(text.substr(at, colon - at), text.substr(colon + 2, end - colon - 2));
        at = end + 2;
    }
    response.body = text.substr(head + 4);
    return response;
}

}  // namespace

std::unique_ptr<DockerServer> DockerServer::start() {
    const auto folder = installed("docker");
    if (!folder) {
        return nullptr;
    }
    std::unique_ptr<DockerServer> server(new DockerServer(*folder + "/bin/"));
    server->boot();
    return server;
}

DockerServer::DockerServer(std::string programs) : programs_(std::move(programs)) {}

void DockerServer::boot() {
    const auto& folder = folder_.path();
    ServerCommand command;
    command.name = "dockerd";
    command.folder = folder;
    command.argv = {
        "/usr/bin/unshare",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
        programs_ + "dockerd",
        "--host=unix://" + socket_,
        "--data-root=" + folder + "/data",
        "--exec-root=" + folder + "/exec",
        "--pidfile=" + folder + "/docker.pid",
        "--storage-driver=vfs",
        "--bridge=none",
        "--iptables=false",
        "--ip6tables=false"};
    process_ = std::make_unique<ServerProcess>(std::move(command));
    const auto ready = [this] { return call("GET", "/_ping", "").status == 200; };
    if (!process_->wait_until(ready, std::chrono::seconds(60))) {
        throw std::runtime_error("dockerd did not come up");
    }
    bool failed = false;
    const auto said = docker(
        {"swarm", "init", "--advertise-addr=127.0.0.1", "--listen-addr=127.0.0.1:0"}, &failed);
    if (failed) {
        throw std::runtime_error("docker swarm init: " + said);
    }
    // Without it no port is opened on all addresses.
    call("DELETE", "/networks/ingress", "");
    const auto swarm = boost::json::parse(call("GET", "/swarm", "").body);
    cluster_id_ = std::string(swarm.at("ID").as_string());
}

DockerServer::~DockerServer() {
    // Its containers end first, and quickly.
    docker({"swarm", "leave", "--force"});
}

void DockerServer::make_image(const std::string& name, const std::string& script) {
    const auto root = folder_.path() + "/image";
    std::filesystem::create_directories(root + "/bin");
    std::filesystem::copy_file(
        programs_ + "busybox", root + "/bin/sh", std::filesystem::copy_options::overwrite_existing);
    std::ofstream(root + "/run") << script;
    const auto archive = root + ".tar";
    run({"/bin/tar", "-C", root, "-cf", archive, "bin", "run"});
    bool failed = false;
    const auto said =
        docker({"import", "--change", R"(ENTRYPOINT ["/bin/sh","/run"])", archive, name}, &failed);
    if (failed) {
        throw std::runtime_error("docker import: " + said);
    }
}

std::string DockerServer::docker(const std::vector<std::string>& arguments, bool* failed) {
    std::vector<std::string> argv{programs_ + "docker"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const auto ran = run(std::move(argv));
    if (failed != nullptr) {
        *failed = ran.status != 0;
    }
    return ran.out + ran.errors;
}

std::optional<std::string> DockerServer::deploy(const sandbox::Deployment& order) {
    const auto project = folder_.path() + "/project";
    std::filesystem::remove_all(project);
    for (const auto& [name, content] : order.files) {
        const std::filesystem::path file = project + "/" + name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << content;
    }
    std::vector<std::string> argv{
        programs_ + "docker",
        "stack",
        "deploy",
        "--compose-file",
        project + "/" + order.entry_point};
    argv.push_back(std::string("--resolve-image=") + (order.always_resolve ? "always" : "never"));
    if (order.prune) {
        argv.emplace_back("--prune");
    }
    argv.push_back(order.stack);
    std::vector<std::string> env;
    for (const auto& [name, value] : order.env) {
        env.push_back(name + "=" + value);
    }
    auto ran = run(std::move(argv), std::move(env));
    return ran.status == 0 ? std::nullopt : std::optional(std::move(ran.errors));
}

void DockerServer::undeploy(const std::string& stack) {
    docker({"stack", "rm", stack});
}

bool DockerServer::runs(const std::string& stack) {
    const auto services = boost::json::parse(call("GET", "/services", "").body);
    return std::any_of(
        services.as_array().begin(), services.as_array().end(), [&](const auto& service) {
            const auto& labels = service.at("Spec").at("Labels").as_object();
            const auto* label = labels.if_contains("com.docker.stack.namespace");
            return label != nullptr && *label == boost::json::string_view(stack);
        });
}

HttpResponse
DockerServer::call(const std::string& method, const std::string& target, const std::string& body) {
    asio::io_context io;
    asio::local::stream_protocol::socket socket(io);
    boost::system::error_code failed;
    socket.connect(asio::local::stream_protocol::endpoint(socket_), failed);
    if (failed) {
        return HttpResponse(502);
    }
    std::string text = method + " /v1.41" + target + " HTTP/1.0\r\nHost: docker\r\n";
    text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size());
    text += "\r\n\r\n" + body;
    asio::write(socket, asio::buffer(text), failed);
    std::string answer;
    asio::read(socket, asio::dynamic_buffer(answer), failed);
    return parse_response(answer);
}

DockerServer::Ran DockerServer::run(std::vector<std::string> argv, std::vector<std::string> env) {
    const std::lock_guard one(one_command_);
    const auto out = folder_.path() + "/out";
    const auto errors = folder_.path() + "/errors";
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, out.c_str(), kFlags, 0600);
    posix_spawn_file_actions_addopen(&files, 2, errors.c_str(), kFlags, 0600);
    posix_spawn_file_actions_addclosefrom_np(&files, 3);
    env.insert(env.end(), {"PATH=/usr/bin:/bin", "HOME=" + folder_.path()});
    env.push_back("DOCKER_HOST=unix://" + socket_);
    // Whatever happens, it ends.
    argv.insert(argv.begin(), {"/usr/bin/timeout", "60"});
    auto words = pointers(argv);
    auto variables = pointers(env);
    pid_t pid = -1;
    const int no =
        posix_spawn(&pid, words.front(), &files, nullptr, words.data(), variables.data());
    posix_spawn_file_actions_destroy(&files);
    Ran ran;
    int status = -1;
    if (no == 0) {
        ::waitpid(pid, &status, 0);
    }
    ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    ran.out = whole_file(out);
    ran.errors = whole_file(errors);
    return ran;
}

}  // namespace wavegate::testing
