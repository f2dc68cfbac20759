#include "operator/runtime/process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <system_error>
#include <typeinfo>
#include <unistd.h>

namespace wavegate::runtime {
namespace {

int defect(const char* program, const char* type) noexcept {
    std::fprintf(stderr, "%s: stopped by a defect: %s\n", program, type);
    return 1;
}

}  // namespace

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

int run_main(const char* program, int (*body)(int, char**), int argc, char** argv) noexcept {
    try {
        return body(argc, argv);
    } catch (const std::exception& error) {
        return defect(program, typeid(error).name());
    } catch (...) {
        return defect(program, "unknown");
    }
}

std::string host_name() {
    std::array<char, 256> name = {};
    const bool known = ::gethostname(name.data(), name.size() - 1) == 0;
    return known ? std::string(name.data()) : std::string("unknown");
}

std::string path_beside_this(const std::string& program) {
    std::error_code failed;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", failed);
    return (self.parent_path() / program).string();
}

Error become(const std::string& program, const std::vector<std::string>& arguments) {
    std::vector<std::string> words{program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (auto& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    ::execv(program.c_str(), argv.data());
    const int why = errno;
    return Error(
        why == ENOENT ? ErrorKind::NotFound : ErrorKind::Unavailable,
        program + ": " + std::generic_category().message(why));
}

}  // namespace wavegate::runtime
