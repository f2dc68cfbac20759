#include "operator/base/text.hpp"
#include "operator/serve/answers.hpp"
#include "operator/serve/api_route.hpp"
#include "operator/serve/query.hpp"
#include "operator/status/words.hpp"

#include <fmt/format.h>

#include <utility>

namespace wavegate::serve {
namespace {

/// "/a/b%20c?d" → {"a", "b c"}; nothing when an escape is broken.
std::optional<std::vector<std::string>> segments_of(std::string_view target) {
    std::string_view path = target.substr(0, target.find_first_of("?#"));
    std::vector<std::string> segments;
    while (!path.empty()) {
        path.remove_prefix(1);
        const auto end = path.find('/');
        std::string decoded;
        if (!percent_decode(path.substr(0, end), decoded)) {
            return std::nullopt;
        }
        segments.push_back(std::move(decoded));
        path = end == std::string_view::npos ? std::string_view() : path.substr(end);
    }
    return segments;
}

net::ServerResponse misdirected(const HttpRequest& request, const std::string& allowed) {
    constexpr std::size_t shown = 200;
    const auto target = url_target(request.url).substr(0, shown);
    const auto path = status::clean(target.substr(0, target.find('?')));
    if (allowed.empty()) {
        return problem(404, "there is nothing at " + path);
    }
    auto response = problem(405, path + ": only " + allowed + " is allowed");
    response.headers.set("Allow", allowed);
    return response;
}

/// RFC 6750, section 3.1: who presented nothing is told no error code.
net::ServerResponse unknown_bearer(const HttpRequest& request) {
    const bool presented = request.headers.get("Authorization").has_value();
    auto response = problem(
        401,
        presented ? "this token is none of those that auth names" : "a bearer token is needed");
    response.headers.set(
        "WWW-Authenticate",
        presented ? R"(Bearer realm="wavegate", error="invalid_token")"
                  : R"(Bearer realm="wavegate")");
    return response;
}

net::ServerResponse unproven() {
    return problem(401, "the signature is missing or does not fit");
}

}  // namespace

/// The route for a call; null when there is none, then `allowed` names the methods that would fit.
const Api::Route* Api::find(Call& call) {
    for (const auto& route : routes()) {
        auto names = route.match(call.path);
        if (names && route.method == call.method) {
            call.names = std::move(*names);
            return &route;
        }
        if (names) {
            call.allowed = route.method == "GET" ? "GET, HEAD" : std::string(route.method);
        }
    }
    return nullptr;
}

net::Admission Api::admit(const HttpRequest& head) {
    auto call = std::make_shared<Call>();
    call->method = head.method == "HEAD" ? "GET" : head.method;
    call->request = head;
    auto segments = segments_of(url_target(head.url));
    net::Admission admission;
    if (!segments) {
        admission.refusal = problem(400, "the path is not percent-encoded as it should be");
    } else {
        call->path = std::move(*segments);
        const auto* route = find(*call);
        recognise(route, *call);
        admission.known = call->known;
        admission.refusal = refusal(route, *call);
        if (!admission.refusal) {
            let_in(*route, call, admission);
        }
    }
    if (admission.refusal) {
        add_safety_headers(*admission.refusal);
    }
    return admission;
}

/// Who sends it, as far as its head tells.
void Api::recognise(const Route* route, Call& call) const {
    call.who = bearer_of(call.request, settings_.bearers);
    call.known = call.who != nullptr;
    if (route != nullptr && route->access == Access::Hook && settings_.webhook_secret != nullptr) {
        call.proof = std::make_unique<HookProof>(call.request, *settings_.webhook_secret);
        call.known = call.known || call.proof->by_head();
    }
}

/// Why a call is not admitted; `route` is null where there is none for it.
std::optional<net::ServerResponse> Api::refusal(const Route* route, const Call& call) {
    // Health costs nothing, and what a hook costs is bounded by its pace.
    const bool free =
        route != nullptr && (route->access == Access::Health || route->access == Access::Hook);
    auto& bucket = call.known ? known_ : strangers_;
    if (!free && !bucket.take(clock_.now().mono)) {
        auto response = problem(429, "too many requests");
        response.headers.set("Retry-After", "1");
        return response;
    }
    if (route == nullptr) {
        return misdirected(call.request, call.allowed);
    }
    if (auto refused = access_fault(route->access, call)) {
        return refused;
    }
    if (const auto fault = query_fault(url_target(call.request.url), route->parameters)) {
        return problem(400, *fault);
    }
    return std::nullopt;
}

std::optional<net::ServerResponse> Api::access_fault(Access access, const Call& call) const {
    if (access == Access::Write && !is_same_origin(call.request)) {
        return problem(403, "this request came from another site's page");
    }
    const bool open =
        access == Access::Open || (access == Access::Read && !settings_.reads_need_token);
    if (open && !is_own_name(call.request, settings_.hosts)) {
        return problem(421, "this name is not known to be ours: list it in auth.hosts");
    }
    const bool writes = access == Access::Write;
    if (writes || (access == Access::Read && settings_.reads_need_token)) {
        return bearer_fault(writes ? Role::Operator : Role::Viewer, call);
    }
    if (access == Access::Hook && call.proof == nullptr) {
        return problem(403, "hooks are off: set source.git.webhookSecretRef");
    }
    if (access == Access::Hook && !call.proof->by_head() && !call.proof->by_body()) {
        return unproven();
    }
    return std::nullopt;
}

std::optional<net::ServerResponse> Api::bearer_fault(Role role, const Call& call) const {
    if (settings_.bearers.empty()) {
        return problem(403, "no token is configured, so nobody may do this: set auth.tokenRef");
    }
    if (call.who == nullptr) {
        return unknown_bearer(call.request);
    }
    if (!call.who->may(role)) {
        // RFC 6750, section 3.1.
        auto response = problem(
            403,
            fmt::format(
                "{} may not do this: auth.tokens gives no role {}",
                call.who->name,
                to_string(role)));
        response.headers.set(
            "WWW-Authenticate", R"(Bearer realm="wavegate", error="insufficient_scope")");
        return response;
    }
    return std::nullopt;
}

/// How an admitted call is answered.
void Api::let_in(const Route& route, const std::shared_ptr<Call>& call, net::Admission& admission) {
    admission.body_limit = settings_.command_limit;
    if (call->proof) {
        admission.body_limit = settings_.hook_limit;
        admission.reader = [call](std::string_view piece) { call->proof->read(piece); };
    }
    admission.handler = [this, &route, call](HttpRequest request) {
        call->request = std::move(request);
        return answer(route, call);
    };
}

asio::awaitable<net::ServerResponse> Api::answer(const Route& route, std::shared_ptr<Call> call) {
    net::ServerResponse response;
    if (call->proof && !call->proof->holds()) {
        response = unproven();
    } else if (route.plain != nullptr) {
        response = route.plain(*this, *call);
    } else {
        response = co_await route.async(*this, std::move(call));
    }
    add_safety_headers(response);
    co_return response;
}

}  // namespace wavegate::serve
