#include "operator/net/status.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <utility>

namespace wavegate::net {
namespace {

using namespace std::chrono_literals;

TEST(HttpStatus, SaysWhatACallerHasToDoAboutIt) {
    const std::pair<int, ErrorKind> known[] = {
        {400, ErrorKind::Invalid},
        {401, ErrorKind::Denied},
        {403, ErrorKind::Denied},
        {404, ErrorKind::NotFound},
        {409, ErrorKind::Conflict},
        {422, ErrorKind::Invalid},
        {429, ErrorKind::Throttled},
        {500, ErrorKind::Unavailable},
        {503, ErrorKind::Unavailable},
        {204, ErrorKind::Protocol},
        {302, ErrorKind::Protocol},
        {418, ErrorKind::Protocol}};
    for (const auto& [status, kind] : known) {
        EXPECT_EQ(kind_of_status(status), kind) << status;
    }
}

Error refused(const std::string& retry_after) {
    HttpResponse response;
    response.status = 429;
    if (!retry_after.empty()) {
        response.headers.set("Retry-After", retry_after);
    }
    return with_status(Error(ErrorKind::Throttled, "rate limit"), response);
}

TEST(HttpStatus, BringsTheWaitThatTheOtherSideAsksFor) {
    EXPECT_EQ(refused("7").status(), 429);
    EXPECT_EQ(refused("7").retry_after(), 7s);
}

TEST(HttpStatus, BringsNoWaitThatIsNoNumberOfSeconds) {
    for (const std::string wait : {"", "0", "-3", "soon", "Wed, 21 Oct 2015 07:28:00 GMT"}) {
        EXPECT_EQ(refused(wait).retry_after(), std::nullopt) << wait;
    }
}

}  // namespace
}  // namespace wavegate::net
