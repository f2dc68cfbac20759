#include "tests/real/support/server_process.hpp"

#include "tests/support/paths.hpp"

#include <arpa/inet.h>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace wavegate::testing {
namespace {

constexpr std::chrono::milliseconds kRest{100};

/// A short rest between two looks at another process.
void rest() {
    ::poll(nullptr, 0, static_cast<int>(kRest.count()));
}

int looks(std::chrono::seconds limit) {
    return static_cast<int>(limit / kRest);
}

std::vector<std::string> guarded(const ServerCommand& command) {
    std::vector<std::string> words{
        "/bin/bash",
        source_path("tests/real/support/guard.sh"),
        command.folder,
        std::to_string(command.lifetime.count())};
    words.insert(words.end(), command.argv.begin(), command.argv.end());
    return words;
}

std::vector<std::string> environment(const ServerCommand& command) {
    auto env = command.env;
    env.emplace("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
    env.emplace("HOME", command.folder);
    env.emplace("LANG", "C.UTF-8");
    std::vector<std::string> out;
    for (const auto& [name, value] : env) {
        out.push_back(name + "=" + value);
    }
    return out;
}

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
}

std::string log_file(const ServerCommand& command) {
    return command.folder + "/" + command.name + ".log";
}

}  // namespace

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> out;
    for (auto& word : words) {
        out.push_back(word.data());
    }
    out.push_back(nullptr);
    return out;
}

TempFolder::TempFolder(const std::string& name) {
    auto pattern = (std::filesystem::temp_directory_path() / (name + ".XXXXXX")).string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw std::runtime_error("cannot make a temporary folder");
    }
    path_ = pattern;
}

TempFolder::~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

ServerProcess::ServerProcess(ServerCommand command) : command_(std::move(command)) {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        throw std::runtime_error("cannot make a pipe");
    }
    pipe_ = ends[1];
    const auto log = log_file(command_);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, ends[0], 0);
    posix_spawn_file_actions_addopen(&files, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    // Else a server that the test itself listens with would live on in the child.
    posix_spawn_file_actions_addclosefrom_np(&files, 3);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    // Out of reach of a Ctrl-C at the test's terminal: it ends when the pipe does.
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    auto words = guarded(command_);
    auto variables = environment(command_);
    auto args = pointers(words);
    auto envs = pointers(variables);
    const int failed =
        posix_spawn(&guard_, args.front(), &files, &attributes, args.data(), envs.data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    ::close(ends[0]);
    if (failed != 0) {
        ::close(pipe_);
        throw std::runtime_error("cannot start " + command_.name);
    }
}

ServerProcess::~ServerProcess() {
    stop();
}

bool ServerProcess::running() {
    if (guard_ > 0 && ::waitpid(guard_, nullptr, WNOHANG) == guard_) {
        guard_ = -1;
        ::close(pipe_);
    }
    return guard_ > 0;
}

bool ServerProcess::wait_until(const std::function<bool()>& ready, std::chrono::seconds limit) {
    for (int left = looks(limit); left > 0 && running(); --left) {
        if (ready()) {
            return true;
        }
        rest();
    }
    std::fprintf(
        stderr,
        "%s: %s; its log ends:\n%s\n",
        command_.name.c_str(),
        running() ? "not ready in time" : "it ended by itself",
        log().c_str());
    return false;
}

void ServerProcess::stop() {
    end('s');
}

void ServerProcess::kill() {
    end('k');
}

void ServerProcess::end(char word) {
    if (!running()) {
        return;
    }
    // The guard may end at this moment; it must not be our end.
    struct sigaction ignore = {};
    struct sigaction before = {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &before);
    [[maybe_unused]] const auto written = ::write(pipe_, &word, 1);
    ::sigaction(SIGPIPE, &before, nullptr);
    ::close(pipe_);
    // The guard itself takes at most ten seconds.
    for (int left = looks(std::chrono::seconds(30)); left > 0; --left) {
        if (::waitpid(guard_, nullptr, WNOHANG) == guard_) {
            guard_ = -1;
            return;
        }
        rest();
    }
    ::kill(guard_, SIGKILL);
    ::waitpid(guard_, nullptr, 0);
    guard_ = -1;
}

std::string ServerProcess::log() const {
    constexpr std::size_t kTail = 8000;
    std::ifstream in(log_file(command_));
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    return text.size() > kTail ? text.substr(text.size() - kTail) : text;
}

int free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback(0);
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    const bool bound = ::bind(fd, plain, size) == 0 && ::getsockname(fd, plain, &size) == 0;
    ::close(fd);
    if (!bound) {
        throw std::runtime_error("no free port");
    }
    return ntohs(address.sin_port);
}

bool listens(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback(port);
    const bool taken = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return taken;
}

std::optional<std::string> installed(const std::string& server) {
    std::filesystem::path servers;
    if (const char* named = std::getenv("WAVEGATE_SERVERS")) {
        servers = named;
    } else if (const char* cache = std::getenv("XDG_CACHE_HOME")) {
        servers = std::filesystem::path(cache) / "wavegate/servers";
    } else if (const char* home = std::getenv("HOME")) {
        servers = std::filesystem::path(home) / ".cache/wavegate/servers";
    }
    const auto path = servers / server;
    if (std::filesystem::exists(servers / (server + ".skipped")) ||
        !std::filesystem::exists(path / ".complete")) {
        return std::nullopt;
    }
    return std::filesystem::canonical(path).string();
}

}  // namespace wavegate::testing
