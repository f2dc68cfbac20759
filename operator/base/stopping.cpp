#include "operator/base/stopping.hpp"

#include <utility>

namespace wavegate {
namespace {

std::stop_token& current() {
    thread_local std::stop_token stop;
    return stop;
}

}  // namespace

StoppableWork::StoppableWork(std::stop_token stop) {
    current() = std::move(stop);
}

StoppableWork::~StoppableWork() {
    current() = std::stop_token();
}

std::stop_token stop_of_this_work() {
    return current();
}

}  // namespace wavegate
