#include "operator/source/child.hpp"

#include "operator/base/stopping.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <spawn.h>
#include <string_view>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace wavegate::source {
namespace {

constexpr std::size_t kComplaintLimit = 16U << 10U;
constexpr int kSecretFd = 3;
// Above every number that the child's own files get, so that placing one overwrites none.
constexpr int kFirstOwnFd = 10;

class Fd {
  public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) {}
    ~Fd() { reset(); }
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        reset();
        fd_ = std::exchange(other.fd_, -1);
        return *this;
    }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;

    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] bool open() const { return fd_ >= 0; }
    void reset() {
        if (fd_ >= 0) {
            ::close(std::exchange(fd_, -1));
        }
    }

  private:
    int fd_ = -1;
};

/// The same file under a number that is out of the child's way; closes `fd`.
Fd lifted(int fd) {
    const Fd low(fd);
    return Fd(fd < 0 ? -1 : ::fcntl(fd, F_DUPFD_CLOEXEC, kFirstOwnFd));
}

struct Pipe {
    Fd read;
    Fd write;
};

std::optional<Pipe> open_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return std::nullopt;
    }
    Pipe pipe;
    pipe.read = lifted(ends[0]);
    pipe.write = lifted(ends[1]);
    if (!pipe.read.open() || !pipe.write.open()) {
        return std::nullopt;
    }
    return pipe;
}

/// A file in memory that holds `text` and is read from its beginning.
Fd memory_file(std::string_view text) {
    Fd file = lifted(::memfd_create("input", MFD_CLOEXEC));
    while (file.open() && !text.empty()) {
        const auto written = ::write(file.get(), text.data(), text.size());
        if (written < 0) {
            return {};
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (file.open() && ::lseek(file.get(), 0, SEEK_SET) != 0) {
        return {};
    }
    return file;
}

Fd timer_after(std::chrono::milliseconds wait) {
    Fd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
    // A timer of zero would be disarmed.
    const auto nanoseconds =
        std::max<std::chrono::nanoseconds>(wait, std::chrono::nanoseconds(1)).count();
    itimerspec spec{};
    spec.it_value.tv_sec = nanoseconds / 1'000'000'000;
    spec.it_value.tv_nsec = nanoseconds % 1'000'000'000;
    if (timer.open() && ::timerfd_settime(timer.get(), 0, &spec, nullptr) != 0) {
        return {};
    }
    return timer;
}

class Actions {
  public:
    Actions() { ::posix_spawn_file_actions_init(&actions_); }
    ~Actions() { ::posix_spawn_file_actions_destroy(&actions_); }
    Actions(const Actions&) = delete;
    Actions& operator=(const Actions&) = delete;

    void place(const Fd& file, int number) {
        ::posix_spawn_file_actions_adddup2(&actions_, file.get(), number);
    }
    void close_from(int number) { ::posix_spawn_file_actions_addclosefrom_np(&actions_, number); }
    [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

  private:
    posix_spawn_file_actions_t actions_{};
};

/// A group of its own (so that it can be killed whole), default signals, nothing masked.
class Attributes {
  public:
    Attributes() {
        ::posix_spawnattr_init(&attributes_);
        sigset_t signals;
        ::sigemptyset(&signals);
        ::posix_spawnattr_setsigmask(&attributes_, &signals);
        for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD}) {
            ::sigaddset(&signals, signal);
        }
        ::posix_spawnattr_setsigdefault(&attributes_, &signals);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;

    [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

  private:
    posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> out;
    out.reserve(texts.size() + 1);
    for (const auto& text : texts) {
        out.push_back(const_cast<char*>(text.c_str()));  // posix_spawn changes none of them
    }
    out.push_back(nullptr);
    return out;
}

/// The child and this side of its files. Whatever is left of it dies with this object.
class Child {
  public:
    static std::optional<Child> start(const Command& command);
    ~Child() {
        if (pid_ > 0) {
            ::kill(-pid_, SIGKILL);
            reap();
        }
    }
    Child(Child&& other) noexcept
        : pid_(std::exchange(other.pid_, -1)),
          ended_(std::move(other.ended_)),
          output_(std::move(other.output_)),
          complaint_(std::move(other.complaint_)) {}
    Child& operator=(Child&&) = delete;
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// Reads until it has ended and closed its files.
    Result<Finished> follow(const Command& command);

  private:
    Child() = default;
    int reap();

    pid_t pid_ = -1;
    Fd ended_;  // readable once the process has ended
    Fd output_;
    Fd complaint_;
};

std::optional<Child> Child::start(const Command& command) {
    auto output = open_pipe();
    auto complaint = open_pipe();
    const Fd input = memory_file(command.input);
    Fd secret;
    if (command.secret) {
        secret = command.secret->reveal([](std::string_view text) { return memory_file(text); });
    }
    if (!output || !complaint || !input.open() || (command.secret && !secret.open())) {
        return std::nullopt;
    }
    Actions actions;
    actions.place(input, STDIN_FILENO);
    actions.place(output->write, STDOUT_FILENO);
    actions.place(complaint->write, STDERR_FILENO);
    if (secret.open()) {
        actions.place(secret, kSecretFd);
    }
    actions.close_from(secret.open() ? kSecretFd + 1 : kSecretFd);

    std::vector<std::string> words{command.program};
    words.insert(words.end(), command.arguments.begin(), command.arguments.end());
    const Attributes attributes;
    Child child;
    if (::posix_spawnp(
            &child.pid_,
            command.program.c_str(),
            actions.get(),
            attributes.get(),
            pointers(words).data(),
            pointers(command.environment).data()) != 0) {
        child.pid_ = -1;
        return std::nullopt;
    }
    child.ended_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, child.pid_, 0)));
    child.output_ = std::move(output->read);
    child.complaint_ = std::move(complaint->read);
    if (!child.ended_.open()) {
        return std::nullopt;
    }
    return child;
}

int Child::reap() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Appends what is there now; closes `from` at its end. What goes over `limit` is dropped, and
/// false says so.
bool drain(Fd& from, std::string& into, std::size_t limit) {
    std::array<char, 16384> buffer{};
    const auto got = ::read(from.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) {
        return true;
    }
    if (got <= 0) {
        from.reset();
        return true;
    }
    const auto size = static_cast<std::size_t>(got);
    const auto kept = std::min(size, limit - std::min(limit, into.size()));
    into.append(buffer.data(), kept);
    return kept == size;
}

Result<Finished> Child::follow(const Command& command) {
    const Fd timer = timer_after(command.deadline);
    if (!timer.open()) {
        return Error(ErrorKind::Unavailable, "no timer for a child process");
    }
    const auto stop = stop_of_this_work();
    constexpr int look_again_ms = 100;
    const int wait_ms = stop.stop_possible() ? look_again_ms : -1;
    Finished finished;
    while (output_.open() || complaint_.open() || ended_.open()) {
        std::array<pollfd, 4> files{{
            {timer.get(), POLLIN, 0},
            {output_.get(), POLLIN, 0},
            {complaint_.get(), POLLIN, 0},
            {ended_.get(), POLLIN, 0},
        }};
        const auto ready = ::poll(files.data(), files.size(), wait_ms);
        if (stop.stop_requested()) {
            return Error(ErrorKind::Cancelled, command.program + " was stopped", Effect::Maybe);
        }
        if (ready <= 0) {
            continue;
        }
        if (files[0].revents != 0) {
            return Error(ErrorKind::Timeout, command.program + " did not end in time");
        }
        if (files[1].revents != 0 && !drain(output_, finished.output, command.output_limit)) {
            return Error(ErrorKind::Invalid, command.program + " wrote more than the limit");
        }
        if (files[2].revents != 0) {
            drain(complaint_, finished.complaint, kComplaintLimit);
        }
        if (files[3].revents != 0) {
            ended_.reset();
        }
    }
    finished.status = reap();
    return finished;
}

}  // namespace

Result<Finished> run_child(const Command& command) {
    auto child = Child::start(command);
    if (!child) {
        return Error(ErrorKind::Unavailable, command.program + " can't be started");
    }
    return child->follow(command);
}

}  // namespace wavegate::source
