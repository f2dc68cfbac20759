#include "operator/cli/commands.hpp"

int main(int argc, char** argv) {
    return wavegate::cli::run_program(argc, argv);
}
