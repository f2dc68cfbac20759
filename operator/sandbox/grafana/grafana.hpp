#pragma once

#include "operator/base/time.hpp"
#include "operator/ports/clock.hpp"
#include "operator/sandbox/site.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::sandbox {

struct GrafanaAnnotation {
    std::int64_t id = 0;
    std::int64_t time = 0;      ///< Unix milliseconds
    std::int64_t time_end = 0;  ///< equal to `time`: a point
    std::vector<std::string> tags;
    std::string text;
};

/// A change that came over HTTP, whoever sent it.
struct GrafanaWrite {
    enum class Verb { Create, Patch, Delete };
    Verb verb = Verb::Create;
    std::int64_t id = 0;
    Time at{};
};

/// Organisation annotations of a Grafana (monitoring.md, "Grafana"; the rules for tags, times
/// and order as its source has them). One service account token.
class Grafana final : public Site {
  public:
    enum class Role { Editor, Viewer, None };

    Grafana(const Clock& clock, std::string token);
    asio::awaitable<HttpResponse> answer(HttpRequest request) override;

    /// By another's hand; `id` is given out here.
    std::int64_t add(GrafanaAnnotation annotation);
    /// False: there was none.
    bool remove(std::int64_t id);
    /// What the token may do: 403 for the rest.
    void set_role(Role role) { role_ = role; }

    [[nodiscard]] const std::vector<GrafanaAnnotation>& annotations() const { return annotations_; }
    [[nodiscard]] const std::vector<GrafanaWrite>& writes() const { return writes_; }

  private:
    [[nodiscard]] HttpResponse respond(const HttpRequest& request);
    [[nodiscard]] HttpResponse find(std::string_view query) const;
    [[nodiscard]] HttpResponse create(const HttpRequest& request);
    [[nodiscard]] HttpResponse one(const HttpRequest& request, std::string_view id);
    [[nodiscard]] HttpResponse patch(const HttpRequest& request, GrafanaAnnotation& annotation);

    const Clock& clock_;
    std::string token_;
    Role role_ = Role::Editor;
    std::int64_t last_id_ = 0;
    std::vector<GrafanaAnnotation> annotations_;
    std::vector<GrafanaWrite> writes_;
};

}  // namespace wavegate::sandbox
