#include "reconcilers/gates/classify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::gates {
namespace {

KnockAnswer knock(int status) {
    KnockAnswer answer;
    answer.status = status;
    return answer;
}

McpCallAnswer said(const std::string& text, bool is_error = false) {
    McpCallAnswer answer;
    answer.text = text;
    answer.is_error = is_error;
    return answer;
}

TEST(Knock, PassesOnlyOnA401WithABearerChallenge) {
    auto enforcing = knock(401);
    enforcing.bearer_challenge = true;
    EXPECT_EQ(classify_knock(enforcing).verdict, Verdict::Pass);
    EXPECT_EQ(classify_knock(knock(401)).seen, ProbeClass::NotMcp) << "a proxy's own 401";
}

TEST(Knock, TellsAnOpenServiceFromAWrongPathAndADeadOne) {
    auto open = knock(400);
    open.mcp_answer = true;
    EXPECT_EQ(classify_knock(open).seen, ProbeClass::Open);
    auto unknown_host = knock(200);
    unknown_host.empty = true;
    unknown_host.caddy = true;
    EXPECT_EQ(classify_knock(unknown_host).seen, ProbeClass::WrongPath);
    EXPECT_EQ(classify_knock(knock(404)).seen, ProbeClass::WrongPath);
    EXPECT_EQ(classify_knock(knock(307)).seen, ProbeClass::WrongPath);
    EXPECT_EQ(classify_knock(knock(502)).seen, ProbeClass::Down);
}

TEST(Knock, NamesARedirectAndARefusedHost) {
    EXPECT_EQ(classify_knock(knock(307)).phrase, "redirected to another address");
    auto refused = knock(421);
    refused.host_refused = true;
    EXPECT_EQ(classify_knock(refused).seen, ProbeClass::WrongPath);
    EXPECT_EQ(classify_knock(refused).phrase, "it refuses this Host");
    refused.status = 403;
    EXPECT_EQ(classify_knock(refused).phrase, "it refuses this Host");
}

struct Text {
    const char* text;
    ProbeClass seen;
};

TEST(Call, ReadsTheTextBecauseTheMultiplexerDropsIsError) {
    const Text table[] = {
        {"Internal error: Access denied: Rule r denied the action in policy p",
         ProbeClass::PolicyDenied},
        {"Access denied: authorization service unavailable", ProbeClass::PolicyServerUnreachable},
        {"Internal error: [Errno 111] Connection refused", ProbeClass::PolicyServerUnreachable},
        {"MCPChildUnavailableError: Child server 's' is failed (restart #5); still unavailable",
         ProbeClass::Parked},
        {"MCPChildUnavailableError: 's' is marked FAILED after 5 restarts; not accepting calls.",
         ProbeClass::Parked},
        {"MCPChildUnavailableError: Child server 's' is restarting (restart #5)",
         ProbeClass::Converging},
        {"MCPChildCallTimeoutError: Tool 'x' on child server 's' did not answer within 12.0s;",
         ProbeClass::TokenRefused},
        {"Not found: Unknown tool: 'x'", ProbeClass::Parked},
        {"Internal error: boom", ProbeClass::ToolFailed}};
    for (const auto& row : table) {
        const auto finding = classify_call(said(row.text), "search");
        EXPECT_EQ(finding.verdict, Verdict::Fail) << row.text;
        EXPECT_EQ(finding.seen, row.seen) << row.text;
    }
}

TEST(Call, PassesOnTheToolsOwnRejectionEvenInsideAnError) {
    const std::string rejection =
        "1 validation error for call[search]\n__wavegate_probe__\n  Unexpected keyword argument";
    EXPECT_EQ(classify_call(said(rejection, true), "search").verdict, Verdict::Pass);
    EXPECT_EQ(classify_call(said(rejection, true), "other").verdict, Verdict::Fail)
        << "another tool's rejection proves nothing";
}

TEST(DirectError, TellsAServiceWithoutPolicyServerFromOneThatIsDown) {
    EXPECT_EQ(
        classify_error(Error(ErrorKind::Unavailable, "").with_status(200)).seen,
        ProbeClass::PolicyServerUnreachable);
    EXPECT_EQ(
        classify_error(Error(ErrorKind::Unavailable, "").with_status(503)).seen, ProbeClass::Down);
    EXPECT_EQ(classify_error(Error(ErrorKind::Unavailable, "")).seen, ProbeClass::Down);
}

TEST(DirectError, TellsWhatWouldHaveToChange) {
    const auto said = [](ErrorKind kind, int status) {
        return classify_error(Error(kind, "").with_status(status));
    };
    EXPECT_EQ(said(ErrorKind::Protocol, 307).phrase, "redirected to another address");
    EXPECT_EQ(said(ErrorKind::Protocol, 307).seen, ProbeClass::WrongPath);
    EXPECT_EQ(said(ErrorKind::Invalid, 421).phrase, "it refuses this Host");
    EXPECT_EQ(said(ErrorKind::Invalid, 0).phrase, "not an MCP answer") << "ours, not the server's";
    EXPECT_THAT(
        std::string(said(ErrorKind::Conflict, 404).phrase),
        ::testing::HasSubstr("replicas without stickiness"));
    EXPECT_THAT(std::string(said(ErrorKind::Protocol, 0).phrase), ::testing::HasSubstr("too long"));
    EXPECT_EQ(said(ErrorKind::Protocol, 200).phrase, "not an MCP answer");
}

TEST(MultiplexerError, IsNotTheChildsFault) {
    EXPECT_EQ(
        classify_multiplexer_error(Error(ErrorKind::Unavailable, "")).seen,
        ProbeClass::SharedCause);
    EXPECT_EQ(
        classify_multiplexer_error(Error(ErrorKind::Denied, "")).seen, ProbeClass::OwnCredential);
    EXPECT_EQ(
        classify_multiplexer_error(Error(ErrorKind::Unavailable, "")).verdict, Verdict::Unknown);
    const auto lost = classify_multiplexer_error(Error(ErrorKind::Conflict, "").with_status(404));
    EXPECT_EQ(lost.verdict, Verdict::Unknown) << "a lost session parks no child";
    EXPECT_EQ(lost.seen, ProbeClass::SharedCause);
}

TEST(MultiplexerError, ThatSaysTheProbedToolIsHiddenProvesNothingAndLosesNoChild) {
    const auto found = classify_multiplexer_error(Error(ErrorKind::Invalid, ""));
    EXPECT_EQ(found.verdict, Verdict::Unknown);
    EXPECT_EQ(found.seen, ProbeClass::None) << "a parked child would cost a restart";
    EXPECT_NE(found.phrase.find("disabledTools"), std::string_view::npos);
    EXPECT_NE(found.phrase.find("spec.probe"), std::string_view::npos);
}

}  // namespace
}  // namespace wavegate::gates
