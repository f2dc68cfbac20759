#pragma once

#include "operator/backends/eunomia/client.hpp"
#include "operator/model/edit.hpp"
#include "operator/sandbox/eunomia/rules.hpp"
#include "tests/support/driver.hpp"
#include "tests/support/fixed_credentials.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace wavegate::contract {

/// The admin key that the policy server was started with.
inline constexpr auto* kEunomiaKey = "the-admin-key";

/// A policy server without policies: the double, or a real Eunomia.
class EunomiaBackend {
  public:
    virtual ~EunomiaBackend() = default;
    virtual testing::Driver& driver() = 0;
    virtual Transport& transport() = 0;
    /// Without a slash at its end.
    [[nodiscard]] virtual std::string url() const = 0;
};

/// One backend that the suite runs on. `make` gives nullptr where it is not to be had.
struct EunomiaKind {
    std::string name;
    std::function<std::unique_ptr<EunomiaBackend>()> make;
};
inline void PrintTo(const EunomiaKind& kind, std::ostream* out) {
    *out << kind.name;
}

/// The fixture of the suite: what holds here holds for every kind.
class EunomiaContract : public ::testing::TestWithParam<EunomiaKind> {
  protected:
    void SetUp() override;

    // The client, as the operator uses it.
    Result<Receipt> create(const Policy& policy) { return apply(PolicyEdit::Verb::Create, policy); }
    Result<Receipt> remove(const Policy& policy) { return apply(PolicyEdit::Verb::Delete, policy); }
    std::vector<bool> ask(std::vector<PolicyQuestion> questions);
    std::vector<Policy> list();
    eunomia::Client client_with(std::string reference);

    // The wire, as anybody may use it. `target` begins with a slash.
    HttpResponse send(HttpRequest request);
    HttpResponse send(std::string method, const std::string& target, const std::string& body = "");
    HttpResponse post(const std::string& target, const boost::json::value& body);
    /// By another's hand: the body of POST /admin/policies.
    void add(const boost::json::value& policy);
    void add_allow_all();
    void wipe();
    /// Does the check "access" come out as allowed, on any tool?
    bool may_access(const std::string& principal);
    /// Requests sent so far.
    [[nodiscard]] std::size_t sent() const { return sent_; }
    /// What the server decides, with `policies` alone on it, in that order.
    sandbox::pdp::Decision decide(
        const std::vector<sandbox::pdp::Policy>& policies,
        const boost::json::value& question);

    std::unique_ptr<EunomiaBackend> backend_;
    testing::FixedCredentials credentials_;

  private:
    /// Counts what the client sends.
    class Counter final : public Transport {
      public:
        explicit Counter(EunomiaContract& suite) : suite_(suite) {}
        Task<HttpResponse> send(HttpRequest request) override;

      private:
        EunomiaContract& suite_;
    };

    Result<Receipt> apply(PolicyEdit::Verb verb, const Policy& policy);

    Counter counter_{*this};
    std::size_t sent_ = 0;
};

/// The body of POST /check: may `principal` do `action` with the tool "search"?
boost::json::object question(const std::string& principal, const std::string& action);

/// The operator's own baseline, and questions in the shape of a service.
Policy baseline();
std::vector<PolicyQuestion> both_actions(const std::string& principal);

}  // namespace wavegate::contract
