#pragma once

#include "operator/base/text.hpp"
#include "operator/ports/transport.hpp"
#include "operator/sandbox/site.hpp"

#include <map>
#include <string>
#include <utility>

namespace wavegate::testing {

/// Carries requests to Sites within the process, by authority ("eunomia.arpa", "kc.test:8080").
/// Who is not there refuses. `enough` goes to the site, which may be one that never closes.
class SiteTransport final : public Transport {
  public:
    /// The site must outlive the transport, or be taken away by `remove`.
    void at(std::string authority, sandbox::Site& site) { sites_[std::move(authority)] = &site; }
    void remove(const std::string& authority) { sites_.erase(authority); }
    /// Requests carried so far.
    [[nodiscard]] std::size_t sent() const { return sent_; }

    Task<HttpResponse> send(HttpRequest request) override {
        ++sent_;
        const auto site = sites_.find(std::string(url_authority(request.url)));
        if (site == sites_.end()) {
            co_return Error(ErrorKind::Unavailable, "connection refused");
        }
        for (const auto& [name, value] : std::exchange(request.secret_headers, {})) {
            const auto& key = name;  // what a lambda may capture
            value->reveal(
                [&](std::string_view text) { request.headers.add(key, std::string(text)); });
        }
        const std::size_t limit = request.response_limit;
        const bool streamed = request.each != nullptr;
        HttpResponse response = co_await site->second->answer(std::move(request));
        if (streamed && response.status / 100 == 2) {
            co_return HttpResponse(response.status);
        }
        if (response.body.size() > limit) {
            co_return Error(ErrorKind::Protocol, "answer over the size limit", Effect::Maybe);
        }
        co_return response;
    }

  private:
    std::map<std::string, sandbox::Site*> sites_;
    std::size_t sent_ = 0;
};

}  // namespace wavegate::testing
