#include "operator/sandbox/network.hpp"

#include "operator/base/text.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace wavegate::sandbox {
namespace {

std::string plain_authority(std::string_view authority) {
    auto out = to_lower(authority);
    for (const std::string_view port : {":80", ":443"}) {
        if (out.ends_with(port)) {
            out.erase(out.rfind(':'));
        }
    }
    return out;
}

std::string path_of(std::string_view url) {
    const auto target = url_target(url);
    return std::string(target.substr(0, target.find_first_of("?#")));
}

bool has_filters(std::string_view url) {
    const auto target = url_target(url);
    return target.find("?filters=") != std::string_view::npos ||
           target.find("&filters=") != std::string_view::npos;
}

bool fits(
    const SeenRequest& request,
    std::string_view method,
    std::string_view authority,
    std::string_view path_prefix) {
    return (method.empty() || request.method == method) &&
           (authority.empty() || request.authority == plain_authority(authority)) &&
           request.path.starts_with(path_prefix);
}

Error refused() {
    return {ErrorKind::Unavailable, "connection refused"};
}

Error cut() {
    return {ErrorKind::Unavailable, "connection cut", Effect::Maybe};
}

bool reaches_the_site(Fault fault) {
    return fault != Fault::Refuse && fault != Fault::LoseRequest && fault != Fault::Answer;
}

}  // namespace

Network::Network(asio::any_io_executor world, Clock& clock)
    : executor_(std::move(world)), clock_(clock), carried_(executor_), between_sites_(*this) {}

void Network::connect(const std::string& authority, Site& site) {
    sites_[plain_authority(authority)] = &site;
}

void Network::disconnect(const std::string& authority) {
    sites_.erase(plain_authority(authority));
}

void Network::set_down(const std::string& authority, bool down) {
    if (down) {
        down_.insert(plain_authority(authority));
    } else {
        down_.erase(plain_authority(authority));
    }
}

int Network::inject(FaultRule rule) {
    rules_.emplace(next_rule_, std::move(rule));
    return next_rule_++;
}

void Network::lift(int rule) {
    rules_.erase(rule);
}

Task<HttpResponse> Network::send(HttpRequest request) {
    return between_sites_.send(std::move(request));
}

void Network::deliver(HttpRequest request, Reply reply) {
    carried_.spawn("sandbox request", carry(std::move(request), std::move(reply)));
}

std::size_t Network::count(
    std::string_view method,
    std::string_view authority,
    std::string_view path_prefix) const {
    return static_cast<std::size_t>(
        std::count_if(seen_.begin(), seen_.end(), [&](const SeenRequest& request) {
            return fits(request, method, authority, path_prefix);
        }));
}

Site* Network::find(const std::string& authority) const {
    const auto site = sites_.find(authority);
    return site == sites_.end() || down_.contains(authority) ? nullptr : site->second;
}

FaultRule Network::rule_for(const SeenRequest& request) {
    for (auto& [id, rule] : rules_) {
        if (rule.times == 0 || !fits(request, rule.method, rule.authority, rule.path_prefix)) {
            continue;
        }
        if (rule.skip > 0) {
            --rule.skip;
            continue;
        }
        if (rule.times > 0) {
            --rule.times;
        }
        return rule;
    }
    return {};
}

asio::awaitable<void> Network::carry(HttpRequest request, Reply reply) {
    SeenRequest seen;
    seen.at = clock_.now().mono;
    seen.method = request.method;
    seen.authority = plain_authority(url_authority(request.url));
    seen.path = path_of(request.url);
    seen.filtered = has_filters(request.url);
    auto rule = rule_for(seen);
    seen.reached = reaches_the_site(rule.fault) && find(seen.authority) != nullptr;
    seen_.push_back(std::move(seen));
    const auto after = rule.after;

    auto result = co_await outcome(std::move(request), std::move(rule));
    co_await pause(after);
    reply(std::move(result));
}

asio::awaitable<Result<HttpResponse>> Network::outcome(HttpRequest request, FaultRule rule) {
    co_await pause(rule.before);
    if (rule.fault == Fault::Refuse ||
        find(plain_authority(url_authority(request.url))) == nullptr) {
        co_return refused();
    }
    if (rule.fault == Fault::LoseRequest) {
        co_return cut();
    }
    if (rule.fault == Fault::Answer) {
        co_return std::move(rule.answer);
    }
    auto answer = co_await ask_site(std::move(request));
    if (rule.fault == Fault::LoseReply) {
        co_return cut();
    }
    if (rule.fault == Fault::Truncate) {
        co_return Error(ErrorKind::Protocol, "answer is truncated", Effect::Maybe);
    }
    co_return answer;
}

asio::awaitable<Result<HttpResponse>> Network::ask_site(HttpRequest request) {
    const bool without_body = request.method == "HEAD";
    auto* site = find(plain_authority(url_authority(request.url)));
    std::string broken;
    try {
        auto answer = co_await site->answer(std::move(request));
        if (without_body) {
            answer.body.clear();
        }
        co_return answer;
    } catch (const std::exception& error) {
        broken = error.what();
    }
    co_return Error(ErrorKind::Internal, "sandbox site: " + broken, Effect::Maybe);
}

asio::awaitable<void> Network::pause(Duration length) {
    if (length > Duration(0)) {
        (void)co_await clock_.sleep_until(clock_.now().mono + length);
    }
}

}  // namespace wavegate::sandbox
