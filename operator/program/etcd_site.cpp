#include "operator/program/etcd_site.hpp"

#include "operator/base/log.hpp"

#include <utility>

namespace wavegate::program {
namespace {

net::Patience patience(Duration deadline) {
    net::Patience patience;
    patience.backend = "etcd";
    patience.deadline = deadline;
    // Which member is asked, and whether again, the client knows.
    patience.attempts = 1;
    patience.open_after = 0;
    return patience;
}

net::CurlSettings curl_settings(const Road& road) {
    net::CurlSettings settings;
    settings.road = road;
    return settings;
}

store::EtcdAccess access_of(const settings::EtcdConfig& config) {
    return {config.urls, config.username, config.password};
}

// Two members that hang leave time to ask a third within the lease.
constexpr Duration kQuick = std::chrono::seconds(2);
constexpr Duration kSlow = std::chrono::seconds(5);

/// A look costs etcd nothing to speak of, and who stops is waited for by it.
store::LeaseTerms terms() {
    store::LeaseTerms terms;
    terms.look = std::chrono::milliseconds(250);
    return terms;
}

}  // namespace

EtcdSite::EtcdSite(
    const settings::Config& config,
    const Road& road,
    const asio::any_io_executor& executor,
    Clock& clock,
    Random& random,
    net::Traffic& traffic,
    Credentials& credentials,
    std::string name,
    std::string host)
    : random_(random),
      prefix_(config.etcd.prefix),
      wire_(executor, curl_settings(road)),
      quick_(wire_, clock, random, traffic, patience(kQuick)),
      slow_(wire_, clock, random, traffic, patience(kSlow)),
      renewals_(quick_, credentials, access_of(config.etcd)),
      client_(slow_, credentials, access_of(config.etcd)),
      lease_(
          renewals_,
          clock,
          random,
          prefix_ + "lease",
          std::move(name),
          terms(),
          std::move(host)) {}

std::unique_ptr<store::EtcdStore> EtcdSite::store() {
    return std::make_unique<store::EtcdStore>(client_, random_, prefix_, &lease_);
}

std::unique_ptr<store::EtcdStore> EtcdSite::look() {
    return std::make_unique<store::EtcdStore>(client_, random_, prefix_);
}

Task<void> EtcdSite::try_once() {
    auto taken = co_await lease_.try_once();
    if (!taken && store::waiting_is_in_vain(taken.error())) {
        co_return taken.take_error();
    }
    if (!taken) {
        log::warn("store: {}; waiting for it", taken.error().message());
    } else if (const auto& holder = lease_.holder(); holder && !*taken) {
        log::info("standing by: {} holds the store", to_text(*holder));
    } else {
        log::info("the store's lease was taken, token {}", lease_.token());
    }
    co_return Result<void>();
}

Task<void> EtcdSite::campaign() {
    auto won = co_await lease_.campaign();
    if (won) {
        // A member that is gone was found out by now.
        client_.begin_where(renewals_);
        log::info("the store's lease was taken, token {}", lease_.token());
    }
    co_return won;
}

}  // namespace wavegate::program
