#include "operator/program/commands.hpp"

#include <cstdio>
#include <exception>
#include <typeinfo>

namespace {

/// An exception that nobody expected is a defect. Its text may hold what it was about, a secret
/// too: the type is told alone.
int defect(const char* type) noexcept {
    std::fputs("wavegate: stopped by a defect: ", stderr);
    std::fputs(type, stderr);
    std::fputs("\n", stderr);
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return wavegate::program::run_program(argc, argv);
    } catch (const std::exception& error) {
        return defect(typeid(error).name());
    } catch (...) {
        return defect("unknown");
    }
}
