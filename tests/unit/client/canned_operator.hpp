#pragma once

#include "operator/client/commands.hpp"

#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace wavegate::client {

/// An operator that answers "GET /path" as it was told, and a shell that calls commands on it.
class CannedOperator {
  public:
    CannedOperator() {
        context.exchange = [this](HttpRequest request) { return answer(std::move(request)); };
        context.pause = [this](Duration) { pauses += 1; };
        context.now = [] { return *parse_rfc3339("2026-11-24T12:00:00Z"); };
        context.out = &out;
        context.error = &error;
    }

    /// The last answer to a request is repeated.
    CannedOperator& says(const std::string& request, std::string body, int status = 200) {
        answers_[request].emplace_back(status, std::move(body));
        return *this;
    }

    /// Runs `wavegate arguments…`; 106 and others of CLI11 where the arguments are wrong.
    int run(std::vector<std::string> arguments);

    std::ostringstream out;
    std::ostringstream error;
    std::vector<HttpRequest> sent;
    int pauses = 0;
    Context context;

  private:
    Result<HttpResponse> answer(HttpRequest request) {
        const std::string asked =
            request.method + " " + request.url.substr(request.url.find('/', 8));
        sent.push_back(std::move(request));
        const auto found = answers_.find(asked);
        if (found == answers_.end()) {
            return Error(ErrorKind::Unavailable, "refused");
        }
        HttpResponse response = found->second.front();
        if (found->second.size() > 1) {
            found->second.erase(found->second.begin());
        }
        return response;
    }

    std::map<std::string, std::vector<HttpResponse>> answers_;
};

}  // namespace wavegate::client
