#include "operator/net/server_rules.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

namespace wavegate::testing {
namespace {

net::RawHead head(std::initializer_list<Headers::Field> fields, std::string target = "/a?b") {
    net::RawHead made;
    made.target = std::move(target);
    made.headers = Headers(fields);
    return made;
}

/// 0 where it is as it should be.
int status(const net::RawHead& head) {
    const auto fault = net::fault_of(head);
    return fault ? fault->status : 0;
}

TEST(ServerRules, WantHostExactlyOnce) {
    EXPECT_EQ(status(head({{"Host", "wave.gate:80"}})), 0);
    EXPECT_EQ(status(head({{"host", "[::1]:80"}})), 0);
    EXPECT_EQ(status(head({})), 400);
    EXPECT_EQ(status(head({{"Host", "a"}, {"hOST", "a"}})), 400);
    for (const auto* wrong : {"", "a b", "a/b", "a@b", "a,b", "a?b", "a#b", "a\\b", "\xC3\xA4"}) {
        EXPECT_EQ(status(head({{"Host", wrong}})), 400) << wrong;
    }
    auto old = head({});
    old.version = 10;
    EXPECT_EQ(status(old), 0);
    EXPECT_EQ(net::url_of(old), "http://localhost/a?b");
    old.headers = Headers({{"Host", "a"}, {"Host", "b"}});
    EXPECT_EQ(status(old), 400);
}

TEST(ServerRules, TakeAPathOrAUrlForTarget) {
    EXPECT_EQ(net::url_of(head({{"Host", "a"}})), "http://a/a?b");
    const auto whole = head({{"Host", "a"}}, "HTTP://wave.gate:80/x?y");
    EXPECT_EQ(status(whole), 0);
    EXPECT_EQ(net::url_of(whole), "HTTP://wave.gate:80/x?y") << "the target's counts, not Host's";
    for (const auto* wrong : {"*", "a:80", "http:///x", "ftp://a/", "http://a b/", "x"}) {
        EXPECT_EQ(status(head({{"Host", "a"}}, wrong)), 400) << wrong;
    }
}

TEST(ServerRules, KnowChunkedAlone) {
    const auto coded = [](std::initializer_list<std::string> codings) {
        auto made = head({{"Host", "a"}});
        for (const auto& coding : codings) {
            made.headers.add("Transfer-Encoding", coding);
        }
        return made;
    };
    EXPECT_EQ(status(coded({"chunked"})), 0);
    EXPECT_EQ(status(coded({" , Chunked"})), 0);
    EXPECT_EQ(status(coded({"gzip, chunked"})), 501);
    EXPECT_EQ(status(coded({"gzip", "chunked"})), 501);
    EXPECT_EQ(status(coded({"gzip"})), 400) << "its end would be unknown";
    EXPECT_EQ(status(coded({"identity"})), 400);
    EXPECT_EQ(status(coded({"chunked, gzip"})), 400);
    EXPECT_EQ(status(coded({"chunked", "chunked"})), 400);
    EXPECT_EQ(status(coded({"xchunked"})), 400);
    EXPECT_EQ(status(coded({""})), 400);
    auto both = coded({"chunked"});
    both.headers.add("Content-Length", "3");
    EXPECT_EQ(status(both), 400);
    auto old = coded({"chunked"});
    old.version = 10;
    EXPECT_EQ(status(old), 400);
}

TEST(ServerRules, KnowOneExpectation) {
    const auto expecting = [](const std::string& what) {
        return head({{"Host", "a"}, {"Expect", what}});
    };
    EXPECT_EQ(status(expecting("100-Continue")), 0);
    EXPECT_TRUE(net::waits_to_continue(expecting("100-Continue")));
    EXPECT_EQ(status(expecting("200-ok")), 417);
    EXPECT_EQ(status(expecting("100-continue, x")), 417);
    EXPECT_FALSE(net::waits_to_continue(head({{"Host", "a"}})));
    auto old = expecting("anything");
    old.version = 10;
    EXPECT_EQ(status(old), 0) << "ignored, as RFC 9110 says";
    EXPECT_FALSE(net::waits_to_continue(old));
}

}  // namespace
}  // namespace wavegate::testing
