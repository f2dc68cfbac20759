#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace wavegate::testing {

struct Answer {
    int status = 0;  ///< 0: nobody answered
    std::string body;
    std::chrono::milliseconds took{0};
};

/// One request over a socket, as curl would send it; `headers` are whole lines. Names below
/// localhost are loopback.
Answer ask(
    const std::string& method,
    const std::string& url,
    const std::vector<std::string>& headers = {},
    const std::string& body = "");

}  // namespace wavegate::testing
