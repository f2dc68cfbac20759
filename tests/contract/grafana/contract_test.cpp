#include "operator/backends/grafana/client.hpp"
#include "operator/sandbox/grafana/grafana.hpp"
#include "reconcilers/annotations/write.hpp"
#include "tests/support/fixed_credentials.hpp"
#include "tests/support/permits.hpp"
#include "tests/support/simulation.hpp"
#include "tests/support/site_transport.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wavegate {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto* kBase = "http://grafana.test:3000";
constexpr std::int64_t kStart = 1767225600000;  // where virtual time begins

class GrafanaContract : public ::testing::Test {
  protected:
    GrafanaContract() {
        transport_.at("grafana.test:3000", server_);
        credentials_.set("env:TOKEN", "glsa_good");
    }

    Result<Receipt> apply(AnnotationEdit body) {
        Edit edit;
        edit.body = std::move(body);
        auto write = annotations::write_of(edit, Live());
        return sim_.run(client_.apply(testing::permit(std::move(*write))));
    }
    std::vector<Annotation> list(std::vector<std::string> tags) {
        auto found = sim_.run(client_.list(std::move(tags)));
        EXPECT_TRUE(found);
        return found ? std::move(*found) : std::vector<Annotation>();
    }
    /// Straight to the double, as any other user of it.
    HttpResponse raw(
        std::string method,
        const std::string& path,
        std::string body = {},
        const std::string& authorization = "Bearer glsa_good") {
        HttpRequest request(std::move(method), kBase + path);
        request.headers.add("Authorization", authorization);
        request.headers.add("Content-Type", "application/json");
        request.body = std::move(body);
        return sim_.run(server_.answer(std::move(request)));
    }
    std::string message(const HttpResponse& response) {
        return std::string(json::parse(response.body).at("message").as_string());
    }

    testing::Simulation sim_;
    sandbox::Grafana server_{sim_.clock, "glsa_good"};
    testing::SiteTransport transport_;
    testing::FixedCredentials credentials_;
    grafana::Client client_{
        transport_,
        credentials_,
        sim_.clock,
        GrafanaSpec{std::string(kBase) + "/", Reference{"env:TOKEN", {}}}};
};

AnnotationEdit point(std::string key, std::int64_t time = kStart) {
    AnnotationEdit edit;
    edit.key = std::move(key);
    edit.wanted.time_ms = time;
    edit.wanted.tags = {"wavegate", "fleet:homelab"};
    edit.wanted.text = "wave read-only starts";
    return edit;
}

TEST_F(GrafanaContract, WhatWasPostedIsFoundByItsTags) {
    ASSERT_TRUE(apply(point("rollout:r1-start")));
    const auto found = list({"wavegate", "rollout:r1-start"});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].time_ms, kStart);
    EXPECT_EQ(found[0].time_end_ms, kStart) << "a point";
    EXPECT_EQ(found[0].text, "wave read-only starts");
    EXPECT_THAT(found[0].tags, ElementsAre("wavegate", "fleet:homelab", "rollout:r1-start"));
    EXPECT_THAT(list({"rollout:r2-start"}), IsEmpty());
}

TEST_F(GrafanaContract, ARegionIsClosedByAPatch) {
    ASSERT_TRUE(apply(point("rollout:r1")));
    auto closed = point("rollout:r1");
    closed.id = server_.annotations().at(0).id;
    closed.wanted.time_end_ms = kStart + 60000;
    closed.wanted.text = "wave read-only complete";
    ASSERT_TRUE(apply(closed));
    const auto found = list({"rollout:r1"});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].time_ms, kStart);
    EXPECT_EQ(found[0].time_end_ms, kStart + 60000);
    EXPECT_EQ(found[0].text, "wave read-only complete");
    ASSERT_EQ(server_.writes().size(), 2U);
    EXPECT_EQ(server_.writes()[1].verb, sandbox::GrafanaWrite::Verb::Patch);
}

TEST_F(GrafanaContract, APatchOfWhatIsGoneIsNotFound) {
    auto edit = point("rollout:r1");
    edit.id = 77;
    const auto receipt = apply(edit);
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().kind(), ErrorKind::NotFound);
}

// "wavegate:rollout:r1" would come back as "wavegate:rollout", and two tags of one key would
// never be found by it: both end in an annotation posted again and again.
TEST_F(GrafanaContract, TagsThatGrafanaWouldNotKeepOrFindAreNotSent) {
    for (const auto* key : {"wavegate:rollout:r1", "wavegate:r1", " r1", "r1 ", ":r1", "r1:"}) {
        SCOPED_TRACE(key);
        const auto receipt = apply(point(key));
        ASSERT_FALSE(receipt);
        EXPECT_EQ(receipt.error().kind(), ErrorKind::Invalid);
    }
    const auto found = sim_.run(client_.list({"wavegate:rollout:r1"}));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().kind(), ErrorKind::Invalid);
    EXPECT_EQ(transport_.sent(), 0U);
}

TEST_F(GrafanaContract, OnlyAnnotationsThatCarryTheVeryTagAreListed) {
    server_.add({0, kStart, 0, {"wavegate:theirs"}, "another's"});
    server_.add({0, kStart, 0, {"wavegate"}, "ours"});
    const auto found = list({"wavegate"});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].text, "ours");
}

TEST_F(GrafanaContract, MoreThanOnePageIsListedWhole) {
    for (int i = 0; i < 2500; ++i) {
        server_.add({0, kStart + i / 3, 0, {"wavegate"}, std::to_string(i)});
    }
    server_.add({0, 1, kStart + 999999, {"wavegate"}, "a long region"});
    EXPECT_EQ(list({"wavegate"}).size(), 2501U);
    EXPECT_EQ(transport_.sent(), 3U);
}

TEST_F(GrafanaContract, MoreThanAPageAtOneMomentIsAnErrorNotAShortList) {
    for (int i = 0; i < 1500; ++i) {
        server_.add({0, kStart, 0, {"wavegate"}, std::to_string(i)});
    }
    const auto found = sim_.run(client_.list({"wavegate"}));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().kind(), ErrorKind::Protocol);
}

TEST_F(GrafanaContract, AWrongTokenAndAMissingRightAreDenied) {
    credentials_.set("env:TOKEN", "glsa_bad");
    const auto refused = sim_.run(client_.list({"wavegate"}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::Denied);
    EXPECT_EQ(refused.error().status(), 401);

    credentials_.set("env:TOKEN", "glsa_good");
    server_.set_role(sandbox::Grafana::Role::Viewer);
    EXPECT_THAT(list({"wavegate"}), IsEmpty());
    const auto receipt = apply(point("r1"));
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().status(), 403);
    EXPECT_EQ(receipt.error().effect(), Effect::None);
    EXPECT_EQ(
        receipt.error().message(),
        "grafana: write annotation: HTTP status 403: You'll need additional permissions to perform "
        "this action. Permissions needed: annotations:create");
}

TEST_F(GrafanaContract, AnEmptyTextAndTooManyTagsAreInvalid) {
    auto edit = point("r1");
    edit.wanted.text = "";
    EXPECT_EQ(apply(edit).error().kind(), ErrorKind::Invalid);
    EXPECT_EQ(transport_.sent(), 0U);
    auto long_tag = point(std::string(600, 'x'));
    EXPECT_EQ(apply(long_tag).error().status(), 400);
}

TEST_F(GrafanaContract, TheTokenIsResolvedForTheServersHost) {
    list({"wavegate"});
    EXPECT_THAT(credentials_.asked(), ElementsAre("env:TOKEN for http://grafana.test:3000"));
}

TEST_F(GrafanaContract, AnEditOfAnotherKindIsABug) {
    const auto done = sim_.run(client_.apply(testing::permit(ClientWrite())));
    EXPECT_EQ(done.error().kind(), ErrorKind::Internal);
}

// The double itself, by monitoring.md and Grafana's source.
TEST_F(GrafanaContract, TheDoubleCutsTagsAtTheirColonsAndDropsTheRest) {
    const auto created =
        raw("POST", "/api/annotations", R"({"text":"t","tags":["a:b:c"," d ","","d"]})");
    EXPECT_EQ(created.status, 200);
    EXPECT_EQ(message(created), "Annotation added");
    EXPECT_THAT(server_.annotations().at(0).tags, ElementsAre("a:b", "d"));
    EXPECT_EQ(server_.annotations().at(0).time, kStart) << "now, when none is given";
}

TEST_F(GrafanaContract, TheDoubleSearchesByAllOrAnyTagsWithLimits) {
    server_.add({0, 10, 0, {"a", "b"}, "ab"});
    server_.add({0, 30, 0, {"a"}, "a"});
    server_.add({0, 20, 50, {"b:1", "b:2"}, "bb"});
    const auto texts = [&](const std::string& query) {
        std::string out;
        const auto found = json::parse(raw("GET", "/api/annotations?" + query).body);
        for (const auto& one : found.as_array()) {
            out += std::string(one.at("text").as_string()) + " ";
        }
        return out;
    };
    EXPECT_EQ(texts(""), "bb a ab ") << "latest end first";
    EXPECT_EQ(texts("tags=a&tags=b"), "bb ab ") << "two values of one key count as two tags";
    EXPECT_EQ(texts("tags=b"), "ab ");
    EXPECT_EQ(texts("tags=b%3A2"), "bb ");
    EXPECT_EQ(texts("tags=a&tags=b&matchAny=true"), "bb a ab ");
    EXPECT_EQ(texts("limit=1"), "bb ");
    EXPECT_EQ(texts("from=1&to=25"), "bb ab ");
    EXPECT_EQ(texts("to=25"), "bb a ab ") << "needs both ends";
}

TEST_F(GrafanaContract, TheDoubleRefusesAsGrafanaDoes) {
    struct Row {
        const char* method;
        const char* path;
        const char* body;
        int status;
        const char* message;
    };
    const std::vector<Row> rows{
        {"POST", "/api/annotations", "{", 400, "bad request data"},
        {"POST", "/api/annotations", R"({"text":5})", 400, "bad request data"},
        {"POST", "/api/annotations", R"({"tags":["a"]})", 400, "Failed to save annotation"},
        {"PATCH", "/api/annotations/9", "{}", 404, "Annotation not found"},
        {"DELETE", "/api/annotations/9", "", 404, "Annotation not found"},
        {"GET", "/api/annotations/x", "", 400, "annotationId is invalid"},
        {"GET", "/api/nothing", "", 404, "Not found"},
    };
    for (const auto& row : rows) {
        const auto response = raw(row.method, row.path, row.body);
        EXPECT_EQ(response.status, row.status) << row.method << row.path;
        EXPECT_EQ(message(response), row.message);
    }
    EXPECT_EQ(message(raw("GET", "/api/annotations", "", "Bearer x")), "Invalid API key");
}

TEST_F(GrafanaContract, TheDoubleDeletesOnce) {
    const auto id = server_.add({0, 10, 0, {"a"}, "t"});
    const auto path = "/api/annotations/" + std::to_string(id);
    EXPECT_EQ(raw("GET", path).status, 200);
    EXPECT_EQ(message(raw("DELETE", path)), "Annotation deleted");
    EXPECT_EQ(raw("DELETE", path).status, 404);
    EXPECT_THAT(server_.annotations(), IsEmpty());
}

}  // namespace
}  // namespace wavegate
