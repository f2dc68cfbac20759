#include "operator/base/digest.hpp"
#include "tests/e2e/fleet.hpp"
#include "tests/e2e/raw_client.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kHookSecret = "the-secret-of-the-hooks";
constexpr const char* kBearer = "Authorization: Bearer sandbox-api-token";

/// An operator of a small fleet, and somebody at its door who is up to no good.
class DoorUnderAttack : public ::testing::Test {
  protected:
    DoorUnderAttack() {
        fleet.operator_env()["HOOK_SECRET"] = kHookSecret;
        fleet.operator_env()["WAVEGATE_SOURCE_GIT_WEBHOOK_SECRET_REF"] = "env:HOOK_SECRET";
        running.emplace(fleet);
        EXPECT_TRUE(running->until_standing("Converged", 60s));
    }

    [[nodiscard]] std::string url(const std::string& path) const {
        return "http://" + running->address() + path;
    }

    /// Everybody who has a right to an answer gets it, and soon.
    void expect_that_it_serves() const {
        for (int i = 0; i < 3; ++i) {
            for (const auto& answer :
                 {ask("GET", url("/healthz")),
                  ask("GET", url("/readyz")),
                  ask("GET", url("/status"), {kBearer}),
                  ask("POST", url("/api/v1/reconcile"), {kBearer})}) {
                EXPECT_EQ(answer.status / 100, 2) << answer.status;
                EXPECT_LT(answer.took, 10s);
            }
        }
    }

    std::vector<RawClient> crowd(int count, const std::string& words) const {
        std::vector<RawClient> clients;
        for (int i = 0; i < count; ++i) {
            auto& client = clients.emplace_back(running->address());
            client.say(words);
        }
        return clients;
    }

    /// How often it was told to look, this time included.
    [[nodiscard]] std::int64_t looks() const {
        const auto answer = ask("POST", url("/api/v1/reconcile"), {kBearer});
        return json::parse(answer.body).at("id").to_number<std::int64_t>();
    }

    Fleet fleet{{{"a-mcp"}, {}}};
    std::optional<RunningOperator> running;
};

/// Does `what` over and over, on several threads, until it is destroyed.
class Flood {
  public:
    Flood(int threads, const std::function<void()>& what) {
        for (int i = 0; i < threads; ++i) {
            threads_.emplace_back([this, what] {
                while (!ended_) {
                    what();
                    ++done;
                }
            });
        }
    }
    ~Flood() {
        ended_ = true;
        for (auto& thread : threads_) {
            thread.join();
        }
    }
    Flood(const Flood&) = delete;
    Flood& operator=(const Flood&) = delete;

    std::atomic<int> done = 0;

  private:
    std::atomic<bool> ended_ = false;
    std::vector<std::thread> threads_;
};

TEST_F(DoorUnderAttack, IdleConnectionsAndHalfHeadsShutNobodyOut) {
    const auto idle = crowd(300, "");
    expect_that_it_serves();
    const auto half = crowd(300, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    expect_that_it_serves();
    const auto streams = crowd(300, "GET /api/v1/stream HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_that_it_serves();
    const auto bodies = crowd(
        300,
        "POST /api/v1/hooks/git HTTP/1.1\r\nHost: x\r\nX-Gitea-Signature: 00\r\n"
        "Content-Length: 20000000\r\n\r\nx");
    expect_that_it_serves();
}

TEST_F(DoorUnderAttack, EverNewConnectionsShutNobodyOut) {
    const Flood flood(4, [&] { const auto batch = crowd(40, "GET / HTTP/1.1\r\n"); });
    for (int i = 0; i < 200 && flood.done == 0; ++i) {
        rest();
    }
    ASSERT_GT(flood.done, 0) << "it has begun";
    expect_that_it_serves();
}

TEST_F(DoorUnderAttack, AFloodOfRequestsAndWrongTokensShutsNobodyOut) {
    std::atomic<int> refused = 0;
    const Flood flood(4, [&] {
        const auto answer =
            ask("POST", url("/api/v1/reconcile"), {"Authorization: Bearer sandbox-api-toke"});
        EXPECT_THAT(answer.status, ::testing::AnyOf(401, 429, 0));
        refused += answer.status == 429 ? 1 : 0;
    });
    for (int i = 0; i < 200 && refused == 0; ++i) {
        rest();
    }
    EXPECT_GT(refused, 0);
    expect_that_it_serves();
}

TEST_F(DoorUnderAttack, ADoubtfulRequestIsRefusedAndNothingIsSmuggledBehindIt) {
    const auto before = looks();
    const std::string second = fmt::format(
        "POST /api/v1/reconcile HTTP/1.1\r\nHost: localhost\r\n{}\r\nContent-Length: 0\r\n\r\n",
        kBearer);
    const auto answer = [&](const std::string& head) {
        RawClient client(running->address());
        client.say(head + "\r\n\r\n" + second);
        return client.hear(5s);
    };
    for (const std::string head :
         {"GET /status HTTP/1.1\r\nHost: localhost\r\nHost: rebound.example.net",
          "GET /status HTTP/1.1",
          "GET /status HTTP/1.1\r\nHost:",
          "POST /status HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip",
          "POST /status HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4",
          "GET /status?depth=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close"}) {
        const auto heard = answer(head);
        EXPECT_THAT(heard, StartsWith("HTTP/1.1 400 ")) << head;
        EXPECT_THAT(heard.substr(1), Not(HasSubstr("HTTP/1.1"))) << head;
    }
    EXPECT_THAT(
        answer("POST /status HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: br, chunked"),
        StartsWith("HTTP/1.1 501 "));
    EXPECT_THAT(
        answer("POST /status HTTP/1.1\r\nHost: x\r\nExpect: 200-ok"), StartsWith("HTTP/1.1 417 "));
    EXPECT_THAT(
        answer("GET /status HTTP/1.1\r\nConnection: close\r\nHost: 7.0.0.127.in-addr.arpa"),
        StartsWith("HTTP/1.1 421 "));
    EXPECT_EQ(looks(), before + 1) << "this one alone";
    expect_that_it_serves();
}

TEST_F(DoorUnderAttack, AFloodOfHooksIsAnsweredAndRingsOnceASecond) {
    const std::string body(3U << 20U, 'x');
    const auto header = "X-Gitea-Signature: " + keyed_digest(Secret::copy_of(kHookSecret), body);
    const auto before = looks();
    std::chrono::milliseconds took{0};
    for (int i = 0; i < 50; ++i) {
        const auto answer = ask("POST", url("/api/v1/hooks/git"), {header}, body);
        EXPECT_EQ(answer.status, 202);
        took += answer.took;
    }
    const auto rung = looks() - before - 1;
    EXPECT_LE(rung, 2 + 2 * (took / 1s)) << "and as long again between them, at most";
    EXPECT_GE(rung, 1);
    EXPECT_EQ(ask("POST", url("/api/v1/hooks/git"), {header}, body + "x").status, 401);
    expect_that_it_serves();
}

TEST_F(DoorUnderAttack, LargeBodiesOfStrangersTakeNoMemory) {
    const auto before = running->resident();
    const std::string half(10U << 20U, 'x');
    std::vector<RawClient> senders;
    for (int i = 0; i < 20; ++i) {
        auto& sender = senders.emplace_back(running->address());
        sender.say(
            "POST /api/v1/hooks/git HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: sha256=00\r\n"
            "Content-Length: 20971520\r\n\r\n");
        EXPECT_EQ(sender.say(half), half.size());
    }
    EXPECT_LT(running->resident(), before + (30U << 20U));
    expect_that_it_serves();
    senders.front().say(half);
    EXPECT_THAT(senders.front().hear_head(5s), StartsWith("HTTP/1.1 401 "));

    RawClient command(running->address());
    command.say("POST /api/v1/reconcile HTTP/1.1\r\nHost: x\r\nContent-Length: 20971520\r\n\r\n");
    EXPECT_THAT(command.hear_head(5s), StartsWith("HTTP/1.1 401 ")) << "before its body";
}

}  // namespace
}  // namespace wavegate::testing
