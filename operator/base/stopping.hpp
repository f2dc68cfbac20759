#pragma once

#include <stop_token>

namespace wavegate {

/// Says in this thread, as long as it lives, what asks the work under way to end early: whoever
/// waits for it was cancelled. Not nested.
class StoppableWork {
  public:
    explicit StoppableWork(std::stop_token stop);
    ~StoppableWork();
    StoppableWork(const StoppableWork&) = delete;
    StoppableWork& operator=(const StoppableWork&) = delete;
};

/// Of the work in this thread. What waits for others (a child process) looks at it; what is our own
/// and short goes to its end.
std::stop_token stop_of_this_work();

}  // namespace wavegate
