#include "operator/client/api.hpp"

#include "tests/unit/client/canned_operator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace wavegate::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string bearer(const HttpRequest& request) {
    if (request.secret_headers.empty()) {
        return "none";
    }
    return request.secret_headers.front().second->reveal(
        [](std::string_view text) { return std::string(text); });
}

std::string temporary_file(const std::string& content) {
    const auto path = ::testing::TempDir() + "client_api_test_token";
    std::ofstream(path) << content;
    return path;
}

TEST(Api, SendsTheTokenAsASecretHeader) {
    CannedOperator shell;
    shell.says("GET /api/v1/waves", "[]");

    EXPECT_EQ(shell.run({"get", "waves", "--token-ref", "file:" + temporary_file("t0k-en\n")}), 0);
    ASSERT_EQ(shell.sent.size(), 1U);
    EXPECT_EQ(bearer(shell.sent.front()), "Bearer t0k-en");
    EXPECT_EQ(shell.sent.front().url, "http://127.0.0.1:8080/api/v1/waves");
}

TEST(Api, AsksTheServerThatIsNamedThenTheConfiguredOne) {
    CannedOperator shell;
    shell.says("GET /api/v1/waves", "[]");
    shell.context.configured_server = [] { return std::string("http://127.0.0.1:9999"); };

    EXPECT_EQ(shell.run({"get", "waves"}), 0);
    EXPECT_EQ(shell.sent.back().url, "http://127.0.0.1:9999/api/v1/waves");
    EXPECT_EQ(bearer(shell.sent.back()), "none");
    EXPECT_EQ(shell.run({"--server", "https://wavegate.arpa/", "get", "waves"}), 0);
    EXPECT_EQ(shell.sent.back().url, "https://wavegate.arpa/api/v1/waves");
}

TEST(Api, RefusesAddressesThatAreNone) {
    for (const auto* server : {"127.0.0.1:8080", "ftp://x", "http://", "http://user:pw@host"}) {
        CannedOperator shell;
        EXPECT_EQ(shell.run({"get", "waves", "--server", server}), 1) << server;
        EXPECT_TRUE(shell.sent.empty()) << server;
        EXPECT_THAT(shell.error.str(), HasSubstr("--server")) << server;
        EXPECT_THAT(shell.error.str(), Not(HasSubstr("pw"))) << server;
    }
}

TEST(Api, SaysWhatIsWrongWithATokenWithoutShowingIt) {
    for (const auto& reference :
         {std::string("s3cret"),
          std::string("env:WAVEGATE_TEST_NO_SUCH"),
          std::string("file:/no/such/file"),
          "file:" + temporary_file("s3cret two")}) {
        CannedOperator shell;
        EXPECT_EQ(shell.run({"get", "waves", "--token-ref", reference}), 1) << reference;
        EXPECT_TRUE(shell.sent.empty()) << reference;
        EXPECT_THAT(shell.error.str(), HasSubstr("token")) << reference;
        EXPECT_THAT(shell.error.str(), Not(HasSubstr("s3cret"))) << reference;
    }
}

TEST(Api, TellsAMissingTokenAWrongOneAndAMissingRightApart) {
    CannedOperator shell;
    shell.says("GET /api/v1/waves", R"({"error": "a bearer token is needed"})", 401);
    EXPECT_EQ(shell.run({"get", "waves"}), 1);
    EXPECT_EQ(
        shell.error.str(),
        "error: a bearer token is needed: give it by --token-ref env:NAME or file:PATH\n");

    const auto file = "file:" + temporary_file("t0k-en\n");
    shell.says(
        "GET /api/v1/rollouts", R"({"error": "this token is none of those that auth names"})", 401);
    EXPECT_EQ(shell.run({"get", "rollouts", "--token-ref", file}), 1);
    EXPECT_EQ(
        shell.error.str(),
        "error: this token is none of those that auth names: " + file + " holds another one\n");

    shell.says("GET /api/v1/services", R"({"error": "no token is configured"})", 403);
    EXPECT_EQ(shell.run({"get", "services", "--token-ref", file}), 1);
    EXPECT_EQ(shell.error.str(), "error: no token is configured\n");
}

TEST(Api, SaysWhichOperatorDidNotAnswer) {
    CannedOperator shell;
    EXPECT_EQ(shell.run({"get", "waves"}), 1);
    EXPECT_EQ(
        shell.error.str(),
        "error: no answer from the operator at http://127.0.0.1:8080: refused\n");
}

TEST(Api, DoesNotTakeAPageForAnOperator) {
    CannedOperator shell;
    shell.says("GET /api/v1/waves", "<html>hello</html>");
    EXPECT_EQ(shell.run({"get", "waves"}), 1);
    EXPECT_THAT(shell.error.str(), HasSubstr("no wavegate operator"));
    EXPECT_THAT(shell.error.str(), Not(HasSubstr("hello")));
}

TEST(Api, NamesTheStatusOfAnAnswerWithoutASentence) {
    CannedOperator shell;
    shell.says("GET /api/v1/waves", "<html>", 500);
    EXPECT_EQ(shell.run({"get", "waves"}), 1);
    EXPECT_EQ(shell.error.str(), "error: the operator answered 500\n");
}

}  // namespace
}  // namespace wavegate::client
