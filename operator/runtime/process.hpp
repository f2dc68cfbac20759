#pragma once

namespace wavegate::runtime {

/// For a process that holds secrets: it leaves no core dump, and no other process of its user may
/// read its memory or environment, or trace it.
void keep_memory_private();

/// A reader of our output that goes away, or a peer that hangs up, is an error of that write and
/// not this process's end.
void outlive_broken_pipes();

}  // namespace wavegate::runtime
