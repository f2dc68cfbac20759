#include "operator/backends/grafana/client.hpp"

#include "operator/backends/grafana/wire.hpp"
#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace wavegate::grafana {

namespace {

constexpr std::size_t kPage = 1000;
/// Of one page: annotations of others may hold anything.
constexpr std::size_t kPageLimit = std::size_t{8} << 20U;
constexpr std::string_view kPath = "/api/annotations";

// A tag asked without value is found under every value of its key.
bool carries(const Annotation& annotation, const std::vector<std::string>& tags) {
    return std::all_of(tags.begin(), tags.end(), [&](const std::string& tag) {
        return std::find(annotation.tags.begin(), annotation.tags.end(), tag) !=
               annotation.tags.end();
    });
}

SecretValue bearer(const Secret& token) {
    return token.reveal(
        [](std::string_view text) { return make_secret("Bearer " + std::string(text)); });
}

}  // namespace

Client::Client(Transport& transport, Credentials& credentials, const Clock& clock, GrafanaSpec spec)
    : transport_(transport),
      credentials_(credentials),
      clock_(clock),
      spec_(std::move(spec)),
      base_(spec_.url) {
    while (base_.ends_with('/')) {
        base_.pop_back();
    }
}

Task<HttpResponse> Client::send(HttpRequest request) {
    auto token = co_await credentials_.resolve(spec_.token, base_);
    if (!token) {
        co_return token.take_error();
    }
    request.add_secret("Authorization", bearer(**token), Credential::given(spec_.token.text));
    co_return co_await transport_.send(std::move(request));
}

Task<std::vector<Annotation>> Client::page(std::string query, std::optional<std::int64_t> to) {
    if (to) {
        // Only both together count.
        query += "&from=1&to=" + std::to_string(*to);
    }
    HttpRequest request("GET", base_ + std::string(kPath) + query);
    request.response_limit = kPageLimit;
    auto response = co_await send(std::move(request));
    if (!response) {
        co_return response.take_error();
    }
    if (response->status != 200) {
        co_return refusal(*response, false);
    }
    co_return parse_annotations(response->body);
}

Task<std::vector<Annotation>> Client::list(std::vector<std::string> tags) {
    if (const auto good = check_tags(tags); !good) {
        co_return good.error();
    }
    std::string query = "?type=annotation&limit=" + std::to_string(kPage);
    for (const auto& tag : tags) {
        query += "&tags=" + percent_encode(tag);
    }
    std::vector<Annotation> all;
    std::set<std::int64_t> known;
    std::optional<std::int64_t> to;
    bool more = true;
    while (more) {
        auto found = co_await page(query, to);
        if (!found) {
            co_return found.take_error().in("grafana: list annotations");
        }
        more = found->size() >= kPage;
        // Sorted by end, latest first: what is missing ended no later than the last one here.
        if (more && to == found->back().time_end_ms) {
            co_return Error(
                ErrorKind::Protocol, "grafana: list annotations: too many at one moment");
        }
        if (more) {
            to = found->back().time_end_ms;
        }
        for (auto& annotation : *found) {
            if (known.insert(annotation.id).second && carries(annotation, tags)) {
                all.push_back(std::move(annotation));
            }
        }
    }
    co_return all;
}

Task<Receipt> Client::apply(Permit permit) {
    const auto* annotation = permit.as<AnnotationWrite>();
    if (annotation == nullptr) {
        co_return Error(ErrorKind::Internal, "grafana: not an annotation's write");
    }
    auto written = co_await write(*annotation, permit.good_until());
    if (!written) {
        co_return written.take_error().in("grafana: write annotation");
    }
    Receipt receipt;
    receipt.edit = permit.edit();
    receipt.digest_after = std::move(*written);
    receipt.at = clock_.now();
    co_return receipt;
}

Task<std::string> Client::write(const AnnotationWrite& annotation, std::optional<Mono> until) {
    if (const auto good = check_tags(annotation.body.tags); !good) {
        co_return good.error();
    }
    const auto body = annotation_body(annotation.body);
    if (!body) {
        co_return body.error();
    }
    const bool create = annotation.id == 0;
    HttpRequest request(create ? "POST" : "PATCH", base_ + std::string(kPath));
    request.good_until = until;
    if (!create) {
        request.url += "/" + std::to_string(annotation.id);
    }
    request.headers.add("Content-Type", "application/json");
    request.body = *body;
    auto response = co_await send(std::move(request));
    if (!response) {
        co_return response.take_error();
    }
    if (response->status != 200) {
        co_return refusal(*response, true);
    }
    if (create && !parse_created(response->body)) {
        co_return Error(ErrorKind::Protocol, "a create was answered without an id", Effect::Maybe);
    }
    co_return sha256_hex(*body);
}

}  // namespace wavegate::grafana
