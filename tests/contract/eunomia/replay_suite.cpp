#include "tests/contract/eunomia/backend.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/recorded.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <string>
#include <vector>

// Every recorded request, answered as it was when it was recorded.
namespace wavegate::contract {
namespace {

namespace json = boost::json;
using testing::Recorded;

constexpr auto* kRecordedAt = "http://eunomia.test:8421";

const std::map<std::string, Recorded>& exchanges() {
    static const auto kAll = [] {
        std::map<std::string, Recorded> all;
        for (auto& exchange :
             testing::recorded_exchanges(testing::source_path("tests/recorded/eunomia"))) {
            all.emplace(exchange.name, exchange);
        }
        return all;
    }();
    return kAll;
}

json::value body_of(const std::string& exchange) {
    return exchanges().at(exchange).request_body;
}

json::value allow_all() {
    return json::object{
        {"name", "mcp-default-policy"},
        {"rules",
         json::array{json::object{
             {"name", "unrestricted-access"},
             {"effect", "allow"},
             {"actions", {"list", "execute"}}}}}};
}

// What was on the server when an exchange was recorded, where it was not empty.
std::vector<json::value> situation(const std::string& name) {
    const json::value base = body_of("policies-create");
    if (name == "policies-delete-true" || name == "policies-list") {
        return {base, body_of("policies-create-slugged-name")};
    }
    if (name == "check-deny-beats-foreign-allow" || name == "check-foreign-allow-all") {
        return {base, allow_all()};
    }
    if (name == "check-default-effect-allow-denies") {
        return {
            json::object{{"name", "inert"}, {"rules", json::array()}, {"default_effect", "allow"}}};
    }
    const bool with_baseline = name == "bulk-mixed" || name == "check-default-effect-denied" ||
                               name == "check-rule-allowed" || name == "check-rule-denied" ||
                               name == "check-wrong-key-ignored" ||
                               name == "policies-create-duplicate-400" || name == "policies-get" ||
                               name == "service-execute" || name == "service-list-bulk";
    return with_baseline ? std::vector<json::value>{base} : std::vector<json::value>();
}

TEST_P(EunomiaContract, EveryRecordedRequestIsAnsweredAsItWasRecorded) {
    int replayed = 0;
    for (const auto& [name, exchange] : exchanges()) {
        SCOPED_TRACE(name);
        wipe();
        for (const auto& policy : situation(name)) {
            add(policy);
        }
        const auto answer = send(exchange.request(backend_->url(), kEunomiaKey));
        EXPECT_EQ(answer.status, exchange.status);
        EXPECT_EQ(testing::body_value(answer.body), exchange.response_body);
        for (const auto& [header, recorded] : exchange.response_headers.fields()) {
            std::string expected = recorded;
            if (expected.starts_with(kRecordedAt)) {
                expected.replace(0, std::string(kRecordedAt).size(), backend_->url());
            }
            EXPECT_EQ(answer.headers.get(header).value_or("absent"), expected) << header;
        }
        ++replayed;
    }
    std::cout << replayed << " of " << exchanges().size() << " replayed\n";
    EXPECT_EQ(replayed, 40);
}

}  // namespace
}  // namespace wavegate::contract
