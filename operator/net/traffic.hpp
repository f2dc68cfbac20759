#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace wavegate::net {

/// Requests that were sent, by backend and by code: the HTTP status, or the error's kind where
/// there was no answer.
struct Traffic {
    std::map<std::pair<std::string, std::string>, std::uint64_t> requests;

    void count(const std::string& backend, std::string code) {
        ++requests[std::pair(backend, std::move(code))];
    }
};

}  // namespace wavegate::net
