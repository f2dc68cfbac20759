#include "operator/net/refusals.hpp"

#include <gtest/gtest.h>

#include <string>

namespace wavegate::net {
namespace {

HttpResponse answer(int status, std::string body = {}) {
    HttpResponse response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

TEST(Refusal, Of407IsTheProxysWhereThereIsOne) {
    EXPECT_EQ(refusal_in(answer(407), true)->kind(), ErrorKind::Denied);
    EXPECT_FALSE(refusal_in(answer(407), false)) << "a server's own answer";
}

TEST(Refusal, OfACertificateIsNginxsPageAndNoOther400) {
    const auto missing = refusal_in(
        answer(400, "<html><head><title>400 No required SSL certificate was sent</title>"), false);
    EXPECT_EQ(
        missing->message(), "the server asks for a client certificate (clientCertificateFile)");
    const auto wrong =
        refusal_in(answer(400, "<html><head><title>400 The SSL certificate error</title>"), false);
    EXPECT_EQ(wrong->message(), "the server does not take our client certificate");
    EXPECT_FALSE(refusal_in(answer(400, R"({"message":"Invalid request payload"})"), true));
}

TEST(Refusal, OfATunnelSaysWhetherToTryAgain) {
    EXPECT_FALSE(refusal_of_tunnel(0)) << "no proxy was asked";
    EXPECT_FALSE(refusal_of_tunnel(200));
    EXPECT_EQ(refusal_of_tunnel(407)->kind(), ErrorKind::Denied);
    EXPECT_EQ(refusal_of_tunnel(401)->kind(), ErrorKind::Denied) << "tinyproxy's";
    EXPECT_EQ(refusal_of_tunnel(403)->kind(), ErrorKind::Denied);
    EXPECT_EQ(refusal_of_tunnel(502)->kind(), ErrorKind::Unavailable);
}

TEST(Refusal, ByAlertIsOfOurCertificate) {
    const auto none = refusal_by_alert("SSL_read: sslv3 alert certificate required, errno 0");
    EXPECT_EQ(none->message(), "the server asks for a client certificate (clientCertificateFile)");
    const auto other = refusal_by_alert("error:0A000418:SSL routines::tlsv1 alert unknown ca");
    EXPECT_EQ(other->message(), "the server does not take our client certificate");
    EXPECT_FALSE(refusal_by_alert("Connection reset by peer"));
}

TEST(Refusal, DistrustSaysWhatToMendAndNeverWhoWasAsked) {
    const std::string said =
        "SSL: no alternative certificate subject name matches target host name 'kc.home'";
    EXPECT_EQ(distrust(said).message(), "the server's certificate is another host's");
    EXPECT_EQ(
        distrust("SSL certificate problem: certificate has expired").message(),
        "the server's certificate has expired");
    EXPECT_EQ(
        distrust("SSL certificate problem: unable to get local issuer certificate").message(),
        "the server's certificate is of no authority that is trusted (caFile)");
}

}  // namespace
}  // namespace wavegate::net
