#pragma once

#include "operator/net/curl_transport.hpp"
#include "operator/net/patient_transport.hpp"
#include "operator/store/etcd_lease.hpp"
#include "operator/store/etcd_store.hpp"
#include "tests/real/support/etcd_server.hpp"
#include "tests/support/driver.hpp"
#include "tests/support/fixed_credentials.hpp"
#include "tests/support/seeded_random.hpp"

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace wavegate::testing {

/// The etcd that this program's tests share; null where none is installed.
inline EtcdServer* shared_etcd() {
    static const auto server = EtcdServer::start();
    return server.get();
}

/// A prefix that no other test has.
inline std::string fresh_prefix() {
    static int last = 0;
    return "test-" + std::to_string(++last) + "/";
}

/// What happens to requests on their way to a real etcd and back, in their order; then nothing.
class Mishaps final : public Transport {
  public:
    explicit Mishaps(Transport& inner) : inner_(inner) {}

    enum class What {
        Nothing,
        ReplyLost,    ///< it is done, and nobody hears of it
        RequestLost,  ///< nobody knows that it never arrived
        Late,         ///< as RequestLost; it arrives when `deliver` says so
        Refused,      ///< nobody is there
    };
    void next(What what) { mishaps_.push_back({what, {}}); }
    void no_more() { mishaps_.clear(); }
    void answer(int status, std::string body) {
        mishaps_.push_back({What::Nothing, HttpResponse(status, std::move(body))});
    }
    /// Only requests to this path are counted; empty: all.
    void on(std::string path) { path_ = std::move(path); }
    [[nodiscard]] const std::vector<std::string>& paths() const { return paths_; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

    Task<HttpResponse> send(HttpRequest request) override {
        paths_.push_back(request.url.substr(request.url.find("/v3/")));
        bytes_ += request.body.size();
        const bool counts = path_.empty() || paths_.back() == path_;
        if (mishaps_.empty() || !counts) {
            co_return co_await inner_.send(std::move(request));
        }
        const auto mishap = std::move(mishaps_.front());
        mishaps_.pop_front();
        if (mishap.answer.status != 0) {
            co_return mishap.answer;
        }
        co_return co_await meet(mishap.what, std::move(request));
    }
    /// What was late, one after the other.
    Task<void> deliver() {
        auto late = std::exchange(late_, {});
        for (auto& request : late) {
            static_cast<void>(co_await inner_.send(std::move(request)));
        }
        co_return Result<void>();
    }

  private:
    struct Mishap {
        What what = What::Nothing;
        HttpResponse answer;
    };

    Task<HttpResponse> meet(What what, HttpRequest request) {
        if (what == What::Refused) {
            co_return Error(ErrorKind::Unavailable, "refused");
        }
        if (what == What::Late) {
            late_.push_back(std::move(request));
        } else if (what != What::RequestLost) {
            auto answer = co_await inner_.send(std::move(request));
            if (what == What::Nothing) {
                co_return answer;
            }
        }
        co_return Error(ErrorKind::Timeout, "no answer in time", Effect::Maybe);
    }

    Transport& inner_;
    std::string path_;
    std::deque<Mishap> mishaps_;
    std::vector<HttpRequest> late_;
    std::vector<std::string> paths_;
    std::size_t bytes_ = 0;
};

/// Terms that outlast any test, so that nothing need be renewed.
inline store::LeaseTerms long_terms() {
    store::LeaseTerms terms;
    terms.length = std::chrono::minutes(5);
    return terms;
}

/// One process's way to a store in etcd, with the lease that it takes when it is first used.
class EtcdProcess final : public Store {
  public:
    EtcdProcess(
        Driver& driver,
        std::string url,
        const std::string& prefix,
        std::uint64_t seed,
        store::LeaseTerms terms = long_terms())
        : driver_(driver),
          curl_(driver.executor()),
          mishaps(curl_),
          random_(seed),
          client(mishaps, credentials_, {{std::move(url)}, {}, {}}),
          lease(client, driver.clock(), random_, prefix + "lease", "test", terms),
          store(client, random_, prefix, &lease) {}
    ~EtcdProcess() override { static_cast<void>(driver_.run(lease.resign())); }
    EtcdProcess(const EtcdProcess&) = delete;
    EtcdProcess& operator=(const EtcdProcess&) = delete;

    Task<Snapshot> load(Time now) override {
        co_await hold();
        co_return co_await store.load(now);
    }
    Task<std::uint64_t> commit(Batch batch, std::uint64_t expected) override {
        co_await hold();
        co_return co_await store.commit(std::move(batch), expected);
    }
    Task<void> check() override { return store.check(); }
    Task<void> prune(Wall before) override {
        co_await hold();
        co_return co_await store.prune(before);
    }

  private:
    asio::awaitable<void> hold() {
        if (lease.token() == 0) {
            static_cast<void>(co_await lease.try_once());
        }
    }

    Driver& driver_;
    net::CurlTransport curl_;
    FixedCredentials credentials_;

  public:
    Mishaps mishaps;

  private:
    SeededRandom random_;

  public:
    store::EtcdClient client;
    store::EtcdLease lease;
    store::EtcdStore store;
};

}  // namespace wavegate::testing
