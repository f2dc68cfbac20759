#include "operator/runtime/process.hpp"

#include <csignal>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace wavegate::runtime {

void keep_memory_private() {
    const rlimit none{0, 0};
    static_cast<void>(::setrlimit(RLIMIT_CORE, &none));
    // A core_pattern that pipes to a program ignores the limit.
    static_cast<void>(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
}

void outlive_broken_pipes() {
    struct sigaction ignore = {};
    ignore.sa_handler = SIG_IGN;
    static_cast<void>(::sigaction(SIGPIPE, &ignore, nullptr));
}

}  // namespace wavegate::runtime
