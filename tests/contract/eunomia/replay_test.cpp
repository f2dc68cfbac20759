#include "operator/backends/eunomia/client.hpp"
#include "tests/contract/eunomia/backend.hpp"
#include "tests/support/fixed_credentials.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/permits.hpp"
#include "tests/support/recorded.hpp"
#include "tests/support/simulation.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace wavegate {
namespace {

namespace json = boost::json;
using contract::baseline;
using testing::Recorded;

const std::string kFolder = testing::source_path("tests/recorded/eunomia");
constexpr auto* kBase = "http://eunomia.test:8421";
constexpr auto* kRecordedKey = "the-admin-key";

const std::map<std::string, Recorded>& exchanges() {
    static const auto kAll = [] {
        std::map<std::string, Recorded> all;
        for (auto& exchange : testing::recorded_exchanges(kFolder)) {
            all.emplace(exchange.name, exchange);
        }
        return all;
    }();
    return kAll;
}

/// Gives the recorded answer to whatever is asked, and keeps the request.
class Tape final : public Transport {
  public:
    explicit Tape(std::string exchange) : exchange_(exchanges().at(exchange)) {}

    Task<HttpResponse> send(HttpRequest request) override {
        for (const auto& [name, value] : request.secret_headers) {
            key_ = name;
        }
        asked_.push_back(std::move(request));
        co_return exchange_.response();
    }

    /// As it was recorded, but for what the operator leaves away on purpose.
    void expect_the_recorded_request() const {
        ASSERT_EQ(asked_.size(), 1U);
        EXPECT_EQ(asked_.front().method, exchange_.method);
        EXPECT_EQ(asked_.front().url, kBase + exchange_.path);
        EXPECT_EQ(key_.empty(), !exchange_.request_headers.get("WAY-API-KEY"));
        auto expected = exchange_.request_body;
        empty_arguments(expected);
        EXPECT_EQ(testing::body_value(asked_.front().body), expected);
    }
    [[nodiscard]] const std::vector<HttpRequest>& asked() const { return asked_; }

  private:
    // A gate asks without arguments: rules on them are not for it.
    static void empty_arguments(json::value& body) {
        if (body.is_array()) {
            for (auto& item : body.get_array()) {
                empty_arguments(item);
            }
        } else if (body.is_object() && body.get_object().contains("resource")) {
            auto& attributes = body.at("resource").at("attributes").as_object();
            if (attributes.contains("arguments")) {
                attributes["arguments"] = json::object();
            }
        }
    }

    Recorded exchange_;
    std::vector<HttpRequest> asked_;
    std::string key_;
};

class RecordedEunomiaClient : public ::testing::Test {
  protected:
    eunomia::Client client(Tape& tape) {
        credentials_.set("env:KEY", kRecordedKey);
        return {tape, credentials_, sim_.clock, EunomiaSpec{kBase, Reference{"env:KEY", {}}}};
    }
    testing::Simulation sim_;
    testing::FixedCredentials credentials_;
};

Permit policy_permit(PolicyEdit::Verb verb, Policy policy) {
    PolicyWrite write = PolicyDelete{policy.name};
    if (verb == PolicyEdit::Verb::Create) {
        write = PolicyCreate{std::move(policy)};
    }
    return testing::permit(std::move(write), "the-edit");
}

PolicyQuestion ask(std::string principal, PolicyAction action = PolicyAction::Execute) {
    return {std::move(principal), "web_search", action};
}

// (recorded, question, allowed): one question alone, or in bulk as it was recorded.
struct Asked {
    std::string exchange;
    std::vector<PolicyQuestion> questions;
    std::vector<bool> allowed;
};

const std::vector<Asked>& asked() {
    static const std::vector<Asked> kAll{
        {"service-execute", {ask("agent:mcp-multiplexer")}, {true}},
        {"service-list-bulk", {ask("agent:mcp-multiplexer", PolicyAction::List)}, {true}},
        {"check-rule-allowed", {ask("agent:mcp-multiplexer")}, {true}},
        {"check-rule-denied", {ask("agent:unknown")}, {false}},
        {"check-default-effect-denied", {ask("agent:claude")}, {false}},
        {"check-default-effect-allow-denies", {ask("agent:claude")}, {false}},
        {"check-no-policies-deny", {ask("agent:mcp-multiplexer")}, {false}},
        {"check-foreign-allow-all", {ask("agent:claude")}, {true}},
        {"check-deny-beats-foreign-allow", {ask("agent:unknown")}, {false}},
        {"bulk-mixed",
         {ask("agent:mcp-multiplexer"),
          ask("agent:unknown"),
          ask("agent:claude", PolicyAction::List)},
         {true, false, false}},
    };
    return kAll;
}

TEST_F(RecordedEunomiaClient, AsksAsAServiceAsksAndReadsTheDecision) {
    for (const auto& [name, questions, allowed] : asked()) {
        SCOPED_TRACE(name);
        Tape tape(name);
        const auto answers = sim_.run(client(tape).ask(questions));
        tape.expect_the_recorded_request();
        ASSERT_TRUE(answers);
        ASSERT_EQ(answers->size(), allowed.size());
        for (std::size_t i = 0; i < allowed.size(); ++i) {
            EXPECT_EQ(answers->at(i).allowed, allowed[i]);
            EXPECT_NE(answers->at(i).reason, "");
        }
    }
}

TEST_F(RecordedEunomiaClient, NamesTheErrorOfARefusedCheck) {
    for (const auto* name : {"bulk-empty-400", "bulk-101-requests-400", "bulk-one-bad-422"}) {
        SCOPED_TRACE(name);
        Tape tape(name);
        const auto answers =
            sim_.run(client(tape).ask({ask("agent:x"), ask("agent:y"), ask("agent:z")}));
        ASSERT_FALSE(answers);
        EXPECT_EQ(answers.error().kind(), ErrorKind::Invalid);
        EXPECT_EQ(answers.error().status(), exchanges().at(name).status);
    }
}

TEST_F(RecordedEunomiaClient, ReadsTheListOfPolicies) {
    Tape tape("policies-list");
    const auto policies = sim_.run(client(tape).list());
    tape.expect_the_recorded_request();
    ASSERT_TRUE(policies);
    ASSERT_EQ(policies->size(), 2U);
    EXPECT_EQ(policies->front(), baseline());
    EXPECT_EQ(policies->back().description, "");

    Tape empty("policies-list-empty");
    const auto none = sim_.run(client(empty).list());
    ASSERT_TRUE(none);
    EXPECT_TRUE(none->empty());
}

TEST_F(RecordedEunomiaClient, NamesTheErrorOfARefusedList) {
    const std::vector<std::pair<const char*, ErrorKind>> cases{
        {"policies-no-key-401", ErrorKind::Denied},
        {"policies-bearer-401", ErrorKind::Denied},
        {"policies-list-trailing-slash-307", ErrorKind::Protocol},
        {"policies-get-encoded-slash-404", ErrorKind::NotFound},
    };
    for (const auto& [name, kind] : cases) {
        SCOPED_TRACE(name);
        Tape tape(name);
        const auto policies = sim_.run(client(tape).list());
        ASSERT_FALSE(policies);
        EXPECT_EQ(policies.error().kind(), kind);
    }
}

TEST_F(RecordedEunomiaClient, CreatesTheBaselineWithTheRecordedBody) {
    Tape tape("policies-create");
    const auto receipt =
        sim_.run(client(tape).apply(policy_permit(PolicyEdit::Verb::Create, baseline())));
    tape.expect_the_recorded_request();
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->edit, "the-edit");
    EXPECT_NE(receipt->digest_after, "");
}

TEST_F(RecordedEunomiaClient, NamesTheErrorOfARefusedCreate) {
    const std::vector<std::pair<const char*, ErrorKind>> cases{
        {"policies-wrong-key-401", ErrorKind::Denied},
        {"policies-create-extra-field-422", ErrorKind::Invalid},
        {"policies-create-missing-rules-422", ErrorKind::Invalid},
        {"policies-create-wrong-content-type-422", ErrorKind::Invalid},
        {"policies-create-bad-json-no-key-422", ErrorKind::Invalid},
        {"policies-create-name-number-500", ErrorKind::Unavailable},
        // The name came back as another one: what stands there is not what was sent.
        {"policies-create-slugged-name", ErrorKind::Protocol},
        {"policies-put-405", ErrorKind::Protocol},
    };
    for (const auto& [name, kind] : cases) {
        SCOPED_TRACE(name);
        Tape tape(name);
        const auto receipt =
            sim_.run(client(tape).apply(policy_permit(PolicyEdit::Verb::Create, baseline())));
        ASSERT_FALSE(receipt);
        EXPECT_EQ(receipt.error().kind(), kind);
    }
}

TEST_F(RecordedEunomiaClient, ADuplicateIsComparedBeforeItIsBelieved) {
    Tape tape("policies-create-duplicate-400");
    const auto receipt =
        sim_.run(client(tape).apply(policy_permit(PolicyEdit::Verb::Create, baseline())));
    EXPECT_FALSE(receipt);  // the tape answers 400 to the GET too
    ASSERT_EQ(tape.asked().size(), 2U);
    EXPECT_EQ(tape.asked().back().method, "GET");
    EXPECT_EQ(tape.asked().back().url, kBase + exchanges().at("policies-get").path);
}

TEST_F(RecordedEunomiaClient, ADeleteSucceedsWhetherItWasThereOrNot) {
    for (const auto* name : {"policies-delete-true", "policies-delete-absent-false"}) {
        SCOPED_TRACE(name);
        Policy policy;
        policy.name = "wavegate-base-line-v1_x-y";
        Tape tape(name);
        const auto receipt =
            sim_.run(client(tape).apply(policy_permit(PolicyEdit::Verb::Delete, policy)));
        tape.expect_the_recorded_request();
        EXPECT_TRUE(receipt);
    }
}

TEST(RecordedEunomia, EveryFileIsFedToTheClientOrSaysWhyNot) {
    const std::map<std::string, std::string> left_out{
        {"health", "the operator asks for the list instead, which also proves the key"},
        {"check-empty-principal-422", "the client always names a principal"},
        {"check-wrong-content-type-422", "the client always sends application/json"},
        {"check-wrong-key-ignored", "the client sends no key to a public route"},
        {"policies-create-simple", "a route that the operator does not use"},
        {"policies-create-value-parsing",
         "bodies of that kind are foreign; the contract suite sends each value"},
        {"policies-get", "sent only after a duplicate: in the contract suite"},
        {"policies-get-unknown-404", "sent only after a duplicate"},
        {"policies-get-unslugged-name-404", "sent only after a duplicate"},
    };
    std::set<std::string> fed{
        "bulk-empty-400",
        "bulk-101-requests-400",
        "bulk-one-bad-422",
        "policies-list",
        "policies-list-empty",
        "policies-no-key-401",
        "policies-bearer-401",
        "policies-list-trailing-slash-307",
        "policies-get-encoded-slash-404",
        "policies-create",
        "policies-wrong-key-401",
        "policies-create-extra-field-422",
        "policies-create-missing-rules-422",
        "policies-create-wrong-content-type-422",
        "policies-create-bad-json-no-key-422",
        "policies-create-name-number-500",
        "policies-create-slugged-name",
        "policies-put-405",
        "policies-create-duplicate-400",
        "policies-delete-true",
        "policies-delete-absent-false"};
    for (const auto& one : asked()) {
        fed.insert(one.exchange);
    }
    for (const auto& [name, exchange] : exchanges()) {
        EXPECT_EQ(fed.count(name) + left_out.count(name), 1U) << name;
    }
    std::cout << "client: " << fed.size() << " fed, " << left_out.size() << " with a reason\n";
    EXPECT_EQ(fed.size() + left_out.size(), exchanges().size());
}

}  // namespace
}  // namespace wavegate
