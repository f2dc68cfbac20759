#pragma once

#include "operator/base/error.hpp"

#include <string>
#include <vector>

namespace wavegate::runtime {

/// For a process that holds secrets: it leaves no core dump, and no other process of its user may
/// read its memory or environment, or trace it.
void keep_memory_private();

/// A reader of our output that goes away, or a peer that hangs up, is an error of that write and
/// not this process's end.
void outlive_broken_pipes();

/// A program's body, to its exit code. An exception that nobody expected is a defect: told on
/// standard error by its type alone, for its text may hold what it was about, a secret too; then 1.
int run_main(const char* program, int (*body)(int, char**), int argc, char** argv) noexcept;

/// This machine's, or this container's.
std::string host_name();

/// Where the program of that name would be that was installed beside this one.
std::string path_beside_this(const std::string& program);
/// Becomes another program: its process, streams and exit code are this one's, and so is its
/// environment. Comes back only with why that can't be: NotFound, else Unavailable.
Error become(const std::string& program, const std::vector<std::string>& arguments);

}  // namespace wavegate::runtime
