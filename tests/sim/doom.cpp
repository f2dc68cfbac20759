#include "tests/sim/doom.hpp"

#include "operator/base/text.hpp"
#include "tests/sim/oracle_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace wavegate::testing {
namespace {

/// The next process is there by then, and has looked around.
constexpr Duration kLate = std::chrono::seconds(12);

std::string path_of(const std::string& url) {
    const auto target = url_target(url);
    return std::string(target.substr(0, target.find_first_of("?#")));
}

/// The same for every stack, session and time.
std::string label_of(const HttpRequest& request) {
    std::string label =
        request.method + " " + std::string(url_authority(request.url)) + path_of(request.url);
    std::replace_if(
        label.begin(), label.end(), [](unsigned char c) { return std::isdigit(c) != 0; }, '#');
    return label;
}

bool dies_at(Death death, Happening::What what) {
    switch (death) {
        case Death::BeforeCall:
        case Death::Answered:
            return what != Happening::What::Commit;
        case Death::InFlight:
        case Death::ReplyLost:
        case Death::LandsLate:
            return what == Happening::What::Write;
        case Death::BeforeCommit:
        case Death::AfterCommit:
            return what == Happening::What::Commit;
    }
    return false;
}

Error cut() {
    return {ErrorKind::Unavailable, "connection cut", Effect::Maybe};
}

}  // namespace

const char* to_string(Death death) {
    static constexpr std::array<const char*, kDeaths> names{
        "before", "in-flight", "answered", "reply-lost", "lands-late", "uncommitted", "committed"};
    return names.at(static_cast<std::size_t>(death));
}

std::vector<KillPoint> points_of(const std::vector<Happening>& run) {
    std::vector<KillPoint> points;
    for (std::size_t death = 0; death < kDeaths; ++death) {
        for (std::size_t at = 0; at < run.size(); ++at) {
            if (dies_at(static_cast<Death>(death), run[at].what)) {
                points.push_back({static_cast<Death>(death), at});
            }
        }
    }
    return points;
}

void Doom::strike_at(KillPoint point) {
    point_ = point;
    armed_ = true;
}

void Doom::bury() {
    struck_ = false;
    armed_ = false;
    strikes_after_commit_ = false;
}

/// Each write, token and question to the policy server; of other questions the first of a kind.
bool Doom::counts(const HttpRequest& request) const {
    const auto path = path_of(request.url);
    // A stream has no answer that it ends with.
    if (!watching_ || deaths_ > 0 || request.each) {
        return false;
    }
    if (facts::is_write(request) || path.ends_with("/token") || path.ends_with("/check/bulk")) {
        return true;
    }
    const auto label = label_of(request);
    return std::none_of(happenings_.begin(), happenings_.end(), [&](const Happening& each) {
        return each.label == label;
    });
}

bool Doom::happens(Happening happening) {
    const bool now = armed_ && point_.at == happenings_.size();
    if (now) {
        cause_ = fmt::format("{}: {}", to_string(point_.death), happening.label);
    }
    happenings_.push_back(std::move(happening));
    return now;
}

void Doom::strike() {
    struck_ = true;
    ++deaths_;
}

void Doom::delay(const HttpRequest& request) {
    sandbox::FaultRule rule;
    rule.method = request.method;
    rule.authority = std::string(url_authority(request.url));
    rule.path_prefix = path_of(request.url);
    rule.before = kLate;
    rule.times = 1;
    network_.inject(rule);
}

asio::awaitable<void> Doom::live() {
    while (struck_) {
        (void)co_await clock_.sleep_until(Mono::max());
    }
}

Task<HttpResponse> Doom::pass(Transport& inner, HttpRequest request) {
    co_await live();
    bool here = false;
    if (counts(request)) {
        // Taking and renewing the lock is one of each kind, and may be lost or late as any write.
        const bool takes = facts::is_lock(request) && request.method == "POST";
        const bool writes = takes || facts::is_write(request);
        const auto what = writes ? Happening::What::Write : Happening::What::Question;
        Happening happening{what, label_of(request)};
        here = happens(std::move(happening));
    }
    const auto death = point_.death;
    if (here && death == Death::LandsLate) {
        delay(request);
    }
    if (here && death != Death::Answered && death != Death::ReplyLost) {
        strike();
    }
    if (here && death == Death::BeforeCall) {
        co_await live();
    }
    auto answer = co_await inner.send(std::move(request));
    if (here && death == Death::Answered) {
        strike();
    }
    co_await live();
    if (here && death == Death::ReplyLost) {
        strikes_after_commit_ = true;
        co_return cut();
    }
    co_return answer;
}

Task<std::uint64_t> Doom::commit(Store& inner, Batch batch, std::uint64_t expected) {
    co_await live();
    bool here = false;
    if (watching_ && deaths_ == 0) {
        Happening happening{Happening::What::Commit, "a commit"};
        here = happens(std::move(happening));
    }
    if (here && point_.death == Death::BeforeCommit) {
        strike();
        co_await live();
    }
    auto version = co_await inner.commit(std::move(batch), expected);
    if (here || strikes_after_commit_) {
        strike();
        co_await live();
    }
    co_return version;
}

}  // namespace wavegate::testing
