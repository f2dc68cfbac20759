#include "operator/backends/mcp/client.hpp"
#include "tests/support/recorded.hpp"
#include "tests/support/simulation.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <utility>

// MCP as others than the fleet's own services speak it: what the protocol allows, and what stands
// between an operator and a service.
namespace wavegate {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr auto* kOddUrl = "http://odd-mcp.arpa/mcp";

std::string result(std::string_view id, std::string_view what) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", id, what);
}

HttpResponse answer(int status, std::string body, const std::string& type = "application/json") {
    HttpResponse response(status, std::move(body));
    if (!type.empty()) {
        response.headers.add("Content-Type", type);
    }
    return response;
}

/// A server of which a test says what it answers, by method; the rest is well.
class OddServer final : public Transport {
  public:
    using Say = std::function<HttpResponse(const std::string& id, const json::object& params)>;

    Say& operator[](const std::string& method) { return say_[method]; }
    int asked(const std::string& method) { return asked_[method]; }

    Task<HttpResponse> send(HttpRequest request) override {
        const json::value body = testing::body_value(request.body);
        const auto* message = body.if_object();
        std::string method = request.method;
        std::string id = "null";
        json::object params;
        if (message != nullptr) {
            method = std::string(message->at("method").as_string());
            id = message->contains("id") ? json::serialize(message->at("id")) : id;
            params = message->contains("params") ? message->at("params").as_object() : params;
        }
        ++asked_[method];
        limits[method] = request.response_limit;
        if (say_.contains(method)) {
            auto said = say_[method](id, params);
            if (said.body.size() > request.response_limit) {
                co_return Error(ErrorKind::Protocol, "over the limit", Effect::Maybe);
            }
            co_return said;
        }
        if (method == "initialize") {
            auto welcome = answer(200, result(id, R"({"protocolVersion":"2025-06-18"})"));
            welcome.headers.add("Mcp-Session-Id", "s1");
            co_return welcome;
        }
        if (method == "tools/list") {
            co_return answer(200, result(id, R"({"tools":[{"name":"a"}]})"));
        }
        co_return answer(202, "");
    }

    std::map<std::string, std::size_t> limits;

  private:
    std::map<std::string, Say> say_;
    std::map<std::string, int> asked_;
};

class OtherServers : public ::testing::Test {
  protected:
    Result<McpListing> list() {
        McpEndpoint where;
        where.url = kOddUrl;
        return sim_.run(client_.list_tools(std::move(where)));
    }
    KnockAnswer knock(HttpResponse response) {
        server_["POST"] = [&](const auto&, const auto&) { return response; };
        return sim_.run(client_.knock(kOddUrl, false)).value();
    }
    std::vector<std::string> names() {
        std::vector<std::string> out;
        const auto listing = list();
        EXPECT_TRUE(listing) << (listing ? "" : listing.error().message());
        if (listing) {
            for (const auto& tool : listing->tools) {
                out.push_back(tool.name);
            }
        }
        return out;
    }

    testing::Simulation sim_;
    OddServer server_;
    mcp::Client client_{server_};
};

TEST_F(OtherServers, MayOfferOtherChallengesBesideBearer) {
    HttpResponse one_line(401);
    one_line.headers.add("WWW-Authenticate", R"(Basic realm="x, y", Bearer error="invalid_token")");
    EXPECT_TRUE(knock(one_line).bearer_challenge);

    HttpResponse two_lines(401);
    two_lines.headers.add("WWW-Authenticate", "Basic realm=\"x\"");
    two_lines.headers.add("WWW-Authenticate", "Bearer");
    EXPECT_TRUE(knock(two_lines).bearer_challenge);

    HttpResponse another(401);
    another.headers.add("WWW-Authenticate", R"(Basic realm="a, Bearer b")");
    EXPECT_FALSE(knock(another).bearer_challenge);
}

TEST_F(OtherServers, NameWhereARedirectLeads) {
    HttpResponse slash(307);
    slash.headers.add("Location", "http://odd-mcp.arpa/mcp/?token=secret#x");
    EXPECT_EQ(knock(slash).location, "http://odd-mcp.arpa/mcp/");
    HttpResponse relative(308);
    relative.headers.add("Location", "/mcp/");
    EXPECT_EQ(knock(relative).location, "/mcp/");
    HttpResponse with_password(301);
    with_password.headers.add("Location", "https://user:secret@elsewhere.arpa/");
    EXPECT_EQ(knock(with_password).location, "");
    HttpResponse long_one(301);
    long_one.headers.add("Location", "https://elsewhere.arpa/" + std::string(100'000, 'x'));
    EXPECT_LE(knock(long_one).location.size(), 200U);
}

TEST_F(OtherServers, RefuseAHostInTheWordsOfTheirSdk) {
    const std::vector<HttpResponse> refusals{
        answer(421, "Invalid Host header", ""),
        answer(421, ""),
        answer(
            403,
            R"({"jsonrpc":"2.0","error":{"code":-32000,"message":"Invalid Host header: o"},"id":null})"),
        answer(403, "Forbidden: invalid Host header\n", "text/plain")};
    for (const auto& refusal : refusals) {
        EXPECT_TRUE(knock(refusal).host_refused) << refusal.body;
        server_["initialize"] = [&](const auto&, const auto&) { return refusal; };
        const auto listing = list();
        ASSERT_FALSE(listing);
        EXPECT_EQ(listing.error().kind(), ErrorKind::Invalid) << refusal.body;
        EXPECT_EQ(listing.error().status(), refusal.status);
    }
    EXPECT_FALSE(knock(answer(403, "no", "text/plain")).host_refused);
}

TEST_F(OtherServers, ForgetASessionWhereReplicasShareNone) {
    const std::vector<HttpResponse> losses{
        answer(
            404,
            R"({"jsonrpc":"2.0","error":{"code":-32600,"message":"Session not found"},"id":1})"),
        answer(404, "session not found\n", "text/plain"),
        answer(400, "Bad Request: No valid session ID provided", "")};
    for (const auto* method : {"notifications/initialized", "tools/list"}) {
        for (const auto& loss : losses) {
            OddServer server;
            server[method] = [&](const auto&, const auto&) { return loss; };
            mcp::Client client(server);
            McpEndpoint where;
            where.url = kOddUrl;
            const auto listing = sim_.run(client.list_tools(where));
            ASSERT_FALSE(listing);
            EXPECT_EQ(listing.error().kind(), ErrorKind::Conflict) << method << loss.body;
        }
    }
    server_["initialize"] = [&](const auto&, const auto&) { return losses.front(); };
    EXPECT_EQ(list().error().kind(), ErrorKind::NotFound) << "no session was given yet";
}

TEST_F(OtherServers, MayAnswerANotificationByAStream) {
    server_["notifications/initialized"] = [](const auto&, const auto&) {
        return answer(200, "", "text/event-stream");
    };
    EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_F(OtherServers, MayWriteAnIdAsAFractionAndAMarkBeforeTheJson) {
    server_["tools/list"] = [](const std::string& id, const auto&) {
        return answer(200, "\xEF\xBB\xBF" + result(id + ".0", R"({"tools":[{"name":"b"}]})"));
    };
    EXPECT_THAT(names(), ElementsAre("b"));
    server_["tools/list"] = [](const std::string& id, const auto&) {
        const auto data = "\xEF\xBB\xBF" + result(id + ".0", R"({"tools":[{"name":"c"}]})");
        return answer(200, "data: " + data + "\n\n", "text/event-stream");
    };
    EXPECT_THAT(names(), ElementsAre("c"));
}

TEST_F(OtherServers, SpeakAVersionThatIsNone) {
    server_["initialize"] = [](const std::string& id, const auto&) {
        return answer(200, result(id, R"({"protocolVersion":"2025-06-18\r\nX-Y: z"})"));
    };
    EXPECT_EQ(list().error().kind(), ErrorKind::Protocol);
}

TEST_F(OtherServers, PageByCursorsOfAnyText) {
    server_["tools/list"] = [](const std::string& id, const json::object& params) {
        const bool second = params.contains("cursor");
        return answer(
            200,
            result(
                id,
                second ? R"({"tools":[{"name":"b"}]})"
                       : R"({"tools":[{"name":"a"}],"nextCursor":"{\"/\":1}"})"));
    };
    EXPECT_THAT(names(), ElementsAre("a", "b"));
}

TEST_F(OtherServers, RepeatACursorForEver) {
    server_["tools/list"] = [](const std::string& id, const auto&) {
        return answer(200, result(id, R"({"tools":[{"name":"a"},{"name":"b"}],"nextCursor":"x"})"));
    };
    EXPECT_THAT(names(), ElementsAre("a", "b"));
    EXPECT_EQ(server_.asked("tools/list"), 2) << "the first repeat ends it";
}

TEST_F(OtherServers, FindANewCursorForEver) {
    server_["tools/list"] = [](const std::string& id, const auto&) {
        return answer(
            200,
            result(id, fmt::format(R"({{"tools":[{{"name":"t{0}"}}],"nextCursor":"c{0}"}})", id)));
    };
    EXPECT_THAT(names(), SizeIs(mcp::ToolWalk::kMostPages));
}

TEST_F(OtherServers, NameAToolAtAnyLength) {
    server_["tools/list"] = [](const std::string& id, const auto&) {
        const std::string long_name(7U << 20U, 'x');
        return answer(
            200, result(id, R"({"tools":[{"name":")" + long_name + R"("},{"name":"a"}]})"));
    };
    const auto listing = list();
    ASSERT_TRUE(listing);
    ASSERT_THAT(listing->tools, SizeIs(1));
    EXPECT_EQ(listing->tools[0].name, "a");
    EXPECT_EQ(listing->left_out, 1U);
}

TEST_F(OtherServers, ListToolsWithoutEnd) {
    int next = 0;
    server_["tools/list"] = [&](const std::string& id, const auto&) {
        std::string tools;
        for (int i = 0; i < 1'500; ++i) {
            tools += fmt::format(R"({}{{"name":"t{}"}})", i == 0 ? "" : ",", ++next);
        }
        return answer(
            200, result(id, fmt::format(R"({{"tools":[{}],"nextCursor":"c{}"}})", tools, next)));
    };
    const auto listing = list();
    ASSERT_TRUE(listing);
    EXPECT_THAT(listing->tools, SizeIs(2'000));
    EXPECT_EQ(listing->left_out, 1'000U);
    EXPECT_EQ(server_.asked("tools/list"), 2) << "what would not be kept is not asked for";
}

TEST_F(OtherServers, HaveOneBudgetForAllPagesTogether) {
    const std::string padding(3U << 20U, ' ');
    server_["tools/list"] = [&](const std::string& id, const auto&) {
        const auto page = fmt::format(
            R"({{"tools":[{{"name":"t{0}","description":"{1}"}}],"nextCursor":"c{0}"}})",
            id,
            padding);
        return answer(200, result(id, page));
    };
    const auto listing = list();
    ASSERT_FALSE(listing) << "the third page does not fit";
    EXPECT_EQ(listing.error().kind(), ErrorKind::Protocol);
    EXPECT_EQ(server_.asked("tools/list"), 3);
    EXPECT_LT(server_.limits["tools/list"], 3U << 20U) << "what two pages left";
    EXPECT_EQ(server_.limits["notifications/initialized"], 64U << 10U);
}

}  // namespace
}  // namespace wavegate
