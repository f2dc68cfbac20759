#pragma once

#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace wavegate::source {

/// A program to run without a shell. Nothing is inherited: neither environment, nor open files,
/// nor signal mask.
struct Command {
    std::string program;                   ///< a name is looked up in the operator's PATH
    std::vector<std::string> arguments;    ///< without the program's own name; no secrets
    std::vector<std::string> environment;  ///< "NAME=value"; no secrets
    std::string input;                     ///< what it reads on standard input
    /// What it finds on /dev/fd/3 (in memory, in no file, argv or environment); null: nothing.
    SecretValue secret;
    std::chrono::milliseconds deadline{30'000};
    std::size_t output_limit = 64U << 20U;  ///< bytes on standard output
};

struct Finished {
    int status = 0;         ///< exit status; 128 + signal when a signal ended it
    std::string output;     ///< standard output
    std::string complaint;  ///< standard error, cut after 16 KiB; may name what must not be shown
};

/// Runs a program to its end. Blocks. When it ends by the deadline or the limit, everything that
/// it started is killed with it.
/// Unavailable: it can't be started. Timeout: the deadline passed. Invalid: too much output.
/// Cancelled: the work in this thread was asked to stop; it is killed within a tenth of a second.
Result<Finished> run_child(const Command& command);

}  // namespace wavegate::source
