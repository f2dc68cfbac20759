#pragma once

#include <chrono>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace wavegate::testing {

/// A child process whose output goes to files; ended by its own id when this ends.
class Process {
  public:
    enum class Output {
        Files,
        NoReader,  ///< pipes whose reader is gone
    };
    Process(
        const std::vector<std::string>& argv,
        const std::map<std::string, std::string>& env,
        const std::string& output_base,
        Output output = Output::Files);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    [[nodiscard]] pid_t id() const { return pid_; }
    void kill(int signal) const;
    /// Its exit code; -1 when it did not end within `limit` (it is killed then), -2 when it was
    /// ended by a signal.
    int wait(std::chrono::seconds limit);
    /// Waits until its standard output holds a whole line, and returns the first.
    [[nodiscard]] std::string first_line(std::chrono::seconds limit) const;
    [[nodiscard]] std::string output() const;
    [[nodiscard]] std::string errors() const;

  private:
    pid_t pid_ = -1;
    bool ended_ = false;
    std::string base_;
};

/// A short rest (50 ms) between two looks at another process.
void rest();
std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& text);

}  // namespace wavegate::testing
