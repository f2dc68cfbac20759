#include "operator/program/commands.hpp"
#include "operator/runtime/process.hpp"

int main(int argc, char** argv) {
    return wavegate::runtime::run_main("wavegate", wavegate::program::run_program, argc, argv);
}
