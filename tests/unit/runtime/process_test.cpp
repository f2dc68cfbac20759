#include "operator/runtime/process.hpp"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <functional>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace wavegate::runtime {
namespace {

/// In a process of its own, since there is no way back.
bool holds_in_a_child(const std::function<bool()>& what) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(what() ? 0 : 1);
    }
    int status = 1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(Process, KeepsItsMemoryPrivate) {
    EXPECT_TRUE(holds_in_a_child([] {
        keep_memory_private();
        rlimit core = {};
        return ::prctl(PR_GET_DUMPABLE) == 0 && ::getrlimit(RLIMIT_CORE, &core) == 0 &&
               core.rlim_cur == 0 && core.rlim_max == 0;
    }));
}

TEST(Process, OutlivesABrokenPipe) {
    EXPECT_TRUE(holds_in_a_child([] {
        outlive_broken_pipes();
        std::array<int, 2> ends{};
        return ::pipe(ends.data()) == 0 && ::close(ends[0]) == 0 && ::write(ends[1], "x", 1) == -1;
    }));
}

TEST(Process, BecomesAnotherProgram) {
    EXPECT_TRUE(holds_in_a_child([] {
        static_cast<void>(
            become("/bin/sh", {"-c", "test \"$1\" = 'two words'", "sh", "two words"}));
        return false;
    }));
}

TEST(Process, SaysWhyItCannotBecomeAnother) {
    const auto why = become("/nonexistent/program", {});
    EXPECT_EQ(why.kind(), ErrorKind::NotFound);
    EXPECT_EQ(why.message(), "/nonexistent/program: No such file or directory");
}

TEST(Process, FindsWhatIsInstalledBesideIt) {
    const auto path = path_beside_this("other");
    EXPECT_EQ(path.substr(path.rfind('/')), "/other");
    EXPECT_TRUE(std::filesystem::exists(path_beside_this("test_unit_runtime"))) << path;
}

}  // namespace
}  // namespace wavegate::runtime
