#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace wavegate::testing {

/// A folder below the system's temporary one, removed with all that is in it.
class TempFolder {
  public:
    explicit TempFolder(const std::string& name);
    ~TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

/// How a real server is started.
struct ServerCommand {
    std::string name;  ///< of the log file: NAME.log in `folder`
    std::vector<std::string> argv;
    std::map<std::string, std::string> env;  ///< the whole environment; PATH and HOME have defaults
    std::string folder;                      ///< its data, removed when the test dies
    std::chrono::seconds lifetime{1800};     ///< it is ended after that in any case
};

/// What execve() takes: it lives as long as `words`.
std::vector<char*> pointers(std::vector<std::string>& words);

/// A real server in a process group of its own, under tests/real/support/guard.sh: the whole group
/// is stopped with this object, and also when the test is killed.
class ServerProcess {
  public:
    explicit ServerProcess(ServerCommand command);
    ~ServerProcess();
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    /// Waits until `ready` says so, asked every 100 ms; false (with the log on standard error) when
    /// the server ended before, or `limit` passed.
    [[nodiscard]] bool wait_until(const std::function<bool()>& ready, std::chrono::seconds limit);
    [[nodiscard]] bool running();
    /// SIGTERM to the whole group, SIGKILL after 10 s. Nothing of it runs when this returns.
    void stop();
    /// SIGKILL to the whole group, as a crash.
    void kill();
    /// The end of what it wrote.
    [[nodiscard]] std::string log() const;

  private:
    void end(char word);

    ServerCommand command_;
    pid_t guard_ = -1;
    int pipe_ = -1;  ///< the guard's standard input
};

/// A port of 127.0.0.1 that was free a moment ago.
int free_port();
/// Does a server take connections there?
bool listens(int port);

/// Where tests/real/install.sh put a server; nothing when it could not be installed here.
std::optional<std::string> installed(const std::string& server);

}  // namespace wavegate::testing
