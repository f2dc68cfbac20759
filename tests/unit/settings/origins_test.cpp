#include "operator/settings/origins.hpp"

#include <gtest/gtest.h>

namespace wavegate::settings {
namespace {

bool admitted(const std::string& pattern, const std::string& url) {
    const auto parsed = parse_origin(pattern);
    EXPECT_TRUE(parsed) << pattern;
    return parsed && admits_any({*parsed}, url);
}

TEST(Origin, IsSchemeHostAndPort) {
    EXPECT_TRUE(admitted("https://portainer.arpa", "https://portainer.arpa/api/stacks"));
    EXPECT_TRUE(admitted("https://portainer.arpa", "https://Portainer.Arpa:443"));
    EXPECT_TRUE(admitted("https://portainer.arpa:443", "https://portainer.arpa?x=1"));
    EXPECT_FALSE(admitted("https://portainer.arpa", "http://portainer.arpa"));
    EXPECT_FALSE(admitted("https://portainer.arpa", "http://portainer.arpa:443"));
    EXPECT_FALSE(admitted("https://portainer.arpa", "https://portainer.arpa:8443"));
    EXPECT_FALSE(admitted("https://portainer.arpa", "https://portainer.arpa.evil.example"));
    EXPECT_FALSE(admitted("https://portainer.arpa", "https://evil.portainer.arpa"));
}

TEST(Origin, HasAStarForOneLabelTheLeftmost) {
    EXPECT_TRUE(admitted("http://*.arpa", "http://a-mcp.arpa/mcp"));
    EXPECT_FALSE(admitted("http://*.arpa", "http://a.b.arpa"));
    EXPECT_FALSE(admitted("http://*.arpa", "http://arpa"));
    EXPECT_FALSE(admitted("http://*.arpa", "http://a.arpa:8080")) << "never a port";
    EXPECT_FALSE(admitted("http://*.arpa", "http://evil.example/.arpa"));
    EXPECT_TRUE(admitted("http://*:8000", "http://a-mcp:8000/mcp")) << "a name of one label";
    EXPECT_FALSE(admitted("http://*:8000", "http://evil.example:8000"));
    EXPECT_FALSE(admitted("http://*:8000", "http://2130706433:8000"));
    EXPECT_FALSE(admitted("http://*:8000", "http://[::1]:8000"));
    for (const auto* bad : {"http://a.*.arpa", "http://*.*.arpa", "http://*a.arpa"}) {
        EXPECT_FALSE(parse_origin(bad)) << bad;
    }
}

TEST(Origin, HasAStarForAnyPort) {
    EXPECT_TRUE(admitted("http://127.0.0.1:*", "http://127.0.0.1:8080/mcp"));
    EXPECT_TRUE(admitted("http://127.0.0.1:*", "http://127.0.0.1"));
    EXPECT_TRUE(admitted("http://*.arpa:*", "http://a.arpa:9000"));
    EXPECT_FALSE(admitted("http://127.0.0.1:*", "https://127.0.0.1:8080"));
}

TEST(Origin, IsALiteralAddressOnlyWhereItIsNamed) {
    EXPECT_TRUE(admitted("http://10.0.0.5:8080", "http://10.0.0.5:8080/x"));
    EXPECT_TRUE(admitted("http://[::1]:80", "http://[::1]/x"));
    EXPECT_FALSE(parse_origin("http://*.0.0.1"));
    EXPECT_FALSE(admitted("http://*.arpa", "http://127.0.0.1"));
    EXPECT_FALSE(admitted("http://*.arpa", "http://2130706433"));
}

TEST(Origin, IsNothingThatAnotherReaderMightTakeForAnotherHost) {
    for (const auto* url :
         {"https://portainer.arpa@evil.example",
          "https://user:x@portainer.arpa",
          "https://portainer.arpa\\@evil.example",
          "https://portainer.arpa%2eevil.example",
          "https://portainer.arpa\t.evil.example",
          "https:portainer.arpa",
          "https:///portainer.arpa",
          "https://portainer.arpa:",
          "https://portainer.arpa:443x",
          "https://portainer.arpa:99999",
          "https://portainer.arpa.",
          "ftp://portainer.arpa",
          "//portainer.arpa",
          ""}) {
        EXPECT_FALSE(origin_of(url)) << url;
    }
    EXPECT_FALSE(admitted("https://portainer.arpa", "https://evil.example#@portainer.arpa"));
    EXPECT_FALSE(admitted("https://portainer.arpa", "https://evil.example/?@portainer.arpa"));
}

TEST(Origin, OfAGitRepositoryIsItsServer) {
    EXPECT_TRUE(admitted("ssh://git.arpa:2222", "ssh://git@git.arpa:2222/a.git"));
    EXPECT_TRUE(admitted("ssh://git.arpa", "git@git.arpa:services/a.git"));
    EXPECT_FALSE(admitted("ssh://git.arpa", "git@evil.example:git.arpa/a.git"));
    EXPECT_FALSE(admitted("https://git.arpa", "git@git.arpa:a.git"));
}

TEST(Origin, OfAFolderIsThatFolderAndWhatIsBelowIt) {
    EXPECT_TRUE(admitted("file:///srv/git", "file:///srv/git/a.git"));
    EXPECT_FALSE(admitted("file:///srv/git", "file:///srv/gitea/a.git"));
    EXPECT_FALSE(admitted("file:///srv/git", "file:///srv/git/../secret"));
    EXPECT_FALSE(admitted("file:///srv/git", "file:///srv/git/%2e%2e/secret"));
    EXPECT_FALSE(admitted("https://git.arpa", "file:///srv/git/a.git"));
    EXPECT_FALSE(parse_origin("file:///"));
}

TEST(Origin, IsWrittenWithoutPathAndUser) {
    for (const auto* bad :
         {"portainer.arpa",
          "https://portainer.arpa/",
          "https://portainer.arpa/api",
          "https://user@portainer.arpa",
          "ssh://git@git.arpa",
          "https://",
          "https://a:0"}) {
        EXPECT_FALSE(parse_origin(bad)) << bad;
    }
}

}  // namespace
}  // namespace wavegate::settings
