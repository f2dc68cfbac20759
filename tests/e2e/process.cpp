#include "tests/e2e/process.hpp"

#include "tests/real/support/server_process.hpp"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <spawn.h>
#include <sstream>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace wavegate::testing {
namespace {}  // namespace

void rest() {
    ::poll(nullptr, 0, 50);
}

Process::Process(
    const std::vector<std::string>& argv,
    const std::map<std::string, std::string>& env,
    const std::string& output_base,
    Output output)
    : base_(output_base) {
    auto words = argv;
    std::vector<std::string> variables;
    for (const auto& [name, value] : env) {
        variables.push_back(name + "=" + value);
    }
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    const auto out = base_ + ".out";
    const auto err = base_ + ".err";
    constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&files, 1, out.c_str(), flags, 0600);
    posix_spawn_file_actions_addopen(&files, 2, err.c_str(), flags, 0600);
    std::array<int, 2> pipe{-1, -1};
    if (output == Output::NoReader && ::pipe2(pipe.data(), O_CLOEXEC) == 0) {
        posix_spawn_file_actions_adddup2(&files, pipe[1], 1);
        posix_spawn_file_actions_adddup2(&files, pipe[1], 2);
        ::close(pipe[0]);
    }
    auto args = pointers(words);
    auto envs = pointers(variables);
    const int failed =
        posix_spawn(&pid_, words.front().c_str(), &files, nullptr, args.data(), envs.data());
    posix_spawn_file_actions_destroy(&files);
    if (pipe[1] >= 0) {
        ::close(pipe[1]);
    }
    if (failed != 0) {
        throw std::runtime_error("cannot start " + words.front());
    }
}

Process::~Process() {
    if (!ended_) {
        kill(SIGTERM);
        wait(std::chrono::seconds(10));
    }
}

void Process::kill(int signal) const {
    ::kill(pid_, signal);
}

int Process::wait(std::chrono::seconds limit) {
    int status = 0;
    for (auto left = limit.count() * 20; left > 0; --left) {
        if (::waitpid(pid_, &status, WNOHANG) == pid_) {
            ended_ = true;
            return WIFEXITED(status) ? WEXITSTATUS(status) : -2;
        }
        rest();
    }
    kill(SIGKILL);
    ::waitpid(pid_, &status, 0);
    ended_ = true;
    return -1;
}

std::string Process::first_line(std::chrono::seconds limit) const {
    for (auto left = limit.count() * 20; left > 0; --left) {
        const auto text = output();
        if (const auto end = text.find('\n'); end != std::string::npos) {
            return text.substr(0, end);
        }
        rest();
    }
    return {};
}

std::string Process::output() const {
    return read_file(base_ + ".out");
}

std::string Process::errors() const {
    return read_file(base_ + ".err");
}

std::string read_file(const std::string& path) {
    const std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

void write_file(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
}

}  // namespace wavegate::testing
