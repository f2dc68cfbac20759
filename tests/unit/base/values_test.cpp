#include "operator/base/digest.hpp"
#include "operator/base/error.hpp"
#include "operator/base/keyed_digest.hpp"
#include "operator/base/log.hpp"
#include "operator/base/secret.hpp"
#include "operator/base/text.hpp"
#include "operator/base/time.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <sstream>
#include <type_traits>

namespace wavegate {
namespace {

using namespace std::chrono_literals;

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) {
    out << value;
};
template <class T>
concept HasToString = requires(const T& value) {
    to_string(value);
};

static_assert(!fmt::is_formattable<Secret>::value);
static_assert(!fmt::is_formattable<SecretValue>::value);
static_assert(!Streamable<Secret> && !Streamable<SecretValue>);
static_assert(!HasToString<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);

std::string shown(const Secret& secret) {
    return secret.reveal([](std::string_view text) { return std::string(text); });
}

TEST(Secret, WipesTheStringItIsMadeFrom) {
    std::string source = "a long enough secret to live on the heap";
    const char* bytes = source.data();
    const Secret secret(std::move(source));
    EXPECT_EQ(shown(secret), "a long enough secret to live on the heap");
    EXPECT_TRUE(source.empty());  // NOLINT(bugprone-use-after-move): that is the promise
    EXPECT_EQ(*bytes, '\0');
}

TEST(Secret, LeavesNothingInAMovedFromObject) {
    Secret first(std::string("short"));
    const Secret second(std::move(first));
    EXPECT_EQ(shown(second), "short");
    EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is the promise
}

TEST(Secret, ComparesByContent) {
    EXPECT_TRUE(Secret::copy_of("a") == Secret::copy_of("a"));
    EXPECT_FALSE(Secret::copy_of("a") == Secret::copy_of("b"));
    EXPECT_FALSE(Secret::copy_of("a") == Secret::copy_of("ab"));
    EXPECT_TRUE(Secret() == Secret());
    EXPECT_TRUE(Secret::copy_of("a").clone() == Secret::copy_of("a"));
}

TEST(Digest, KnowsTheStandardVectors) {
    EXPECT_EQ(
        sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(short_hash("abc"), "ba7816bf8f");
    // RFC 4231, test case 2.
    EXPECT_EQ(
        keyed_digest(Secret::copy_of("Jefe"), "what do ya want for nothing?"),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(KeyedDigest, OfPiecesIsThatOfTheWhole) {
    KeyedDigest digest(Secret::copy_of("Jefe"));
    for (const auto* piece : {"what do ya ", "", "want for nothing?"}) {
        digest.add(piece);
    }
    EXPECT_EQ(digest.finish(), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(
        KeyedDigest(Secret::copy_of("key")).finish(), keyed_digest(Secret::copy_of("key"), ""));
}

TEST(Digest, EncodesBase64AsRfc4648Says) {
    const std::array<std::pair<std::string, std::string>, 4> vectors{
        {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foobar", "Zm9vYmFy"}}};
    for (const auto& [plain, encoded] : vectors) {
        std::string back;
        EXPECT_EQ(base64_encode(plain), encoded);
        EXPECT_TRUE(base64_decode(encoded, back));
        EXPECT_EQ(back, plain);
    }
    EXPECT_EQ(base64url_encode("\xfb\xff"), "-_8");
    std::string out;
    EXPECT_TRUE(base64_decode("-_8", out));
    EXPECT_EQ(out, "\xfb\xff");
    EXPECT_FALSE(base64_decode("a", out));
    EXPECT_FALSE(base64_decode("ab*d", out));
}

TEST(Time, PrintsAndReadsRfc3339) {
    const auto wall = parse_rfc3339("2026-11-24T08:00:00.25+02:00");
    ASSERT_TRUE(wall);
    EXPECT_EQ(to_rfc3339(*wall), "2026-11-24T06:00:00.250Z");
    EXPECT_EQ(parse_rfc3339("2026-11-24T06:00:00.250000001Z"), wall);
    EXPECT_EQ(to_rfc3339(Wall()), "1970-01-01T00:00:00.000Z");
}

TEST(Time, RefusesWhatIsNoTime) {
    for (const auto* text :
         {"",
          "2026-11-24",
          "2026-11-24T08:00:00",
          "2026-02-30T00:00:00Z",
          "2026-11-24T24:00:00Z",
          "2026-11-24T08:00:00Z ",
          "2026-11-24T08:00:00.Z",
          "2026-11-24T08:00:00+2:00",
          "-026-11-24T08:00:00Z"}) {
        EXPECT_FALSE(parse_rfc3339(text)) << text;
    }
}

TEST(Time, DurationsReadAsGoPrintsThem) {
    const std::array<std::pair<std::string, Duration>, 6> table{
        {{"0s", 0s},
         {"250ms", 250ms},
         {"1m30s", 90s},
         {"1h30m", 90min},
         {"24h", 24h},
         {"30s", 30s}}};
    for (const auto& [text, duration] : table) {
        EXPECT_EQ(parse_duration(text), duration) << text;
        EXPECT_EQ(to_text(duration), text);
    }
    EXPECT_EQ(parse_duration("1.5h"), 90min);
    EXPECT_EQ(parse_duration("30d"), 720h);
    EXPECT_EQ(to_text(-90s), "-1m30s");
}

TEST(Time, RefusesWhatIsNoDuration) {
    for (const auto* text : {"", "5", "s", "-1s", "1 s", "1x", "1..5s", "1e3s", "999999999d"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
}

TEST(Text, TellsUtf8FromOtherBytes) {
    for (const auto* good : {"", "plain", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
        EXPECT_TRUE(is_utf8(good)) << good;
    }
    for (const auto* bad :
         {"\xE9", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\x80", "\xFF"}) {
        EXPECT_FALSE(is_utf8(bad));
    }
}

TEST(Text, SuggestsTheNearestNameButNotAnyName) {
    const std::vector<std::string> known{"read-only", "data", "sensitive"};
    EXPECT_EQ(nearest("read-olny", known), "read-only");
    EXPECT_EQ(nearest("dta", known), "data");
    EXPECT_EQ(nearest("adta", known), "data") << "a swap of neighbours is one slip, not two";
    EXPECT_EQ(nearest("tset", std::vector<std::string>{"tree", "test"}), "test");
    EXPECT_FALSE(nearest("canary", known));
    EXPECT_FALSE(nearest("x", {}));
}

TEST(Text, TakesUrlsApart) {
    EXPECT_EQ(url_authority("https://a.b:8080/c?d"), "a.b:8080");
    EXPECT_EQ(url_authority("https://user:pw@a.b/c@d"), "a.b");
    EXPECT_EQ(url_authority("a.b/c"), "");
    EXPECT_EQ(url_target("https://a.b/c?d"), "/c?d");
    EXPECT_EQ(url_target("https://a.b"), "/");
}

TEST(Text, PercentEncodesAndDecodes) {
    EXPECT_EQ(percent_encode("a b/c~é"), "a%20b%2Fc~%C3%A9");
    std::string out;
    EXPECT_TRUE(percent_decode("a%20b%2fc", out));
    EXPECT_EQ(out, "a b/c");
    EXPECT_FALSE(percent_decode("%2", out));
    EXPECT_FALSE(percent_decode("%zz", out));
}

TEST(Text, TrimsAndComparesWithoutCase) {
    EXPECT_EQ(trim(" \ta b\r\n"), "a b");
    EXPECT_EQ(trim(" \n"), "");
    EXPECT_TRUE(iequals("Content-Type", "content-type"));
    EXPECT_FALSE(iequals("a", "ab"));
}

TEST(Error, KeepsWhatACallerActsOn) {
    const auto error = Error(ErrorKind::Throttled, "slow down")
                           .with_status(429)
                           .with_retry_after(7s)
                           .with_effect(Effect::Maybe)
                           .in("vault: read");
    EXPECT_EQ(error.kind(), ErrorKind::Throttled);
    EXPECT_EQ(error.status(), 429);
    EXPECT_EQ(error.retry_after(), 7s);
    EXPECT_EQ(error.effect(), Effect::Maybe);
    EXPECT_EQ(error.message(), "vault: read: slow down");
}

TEST(OneLine, ShowsWhatCanNotBeSeenAndKeepsTheRest) {
    EXPECT_EQ(one_line("größe 日本 \\n"), "größe 日本 \\n");
    EXPECT_EQ(one_line("a\nb\r\tc"), "a\\nb\\r\\tc");
    EXPECT_EQ(one_line("\x1b[2J\x7f\u009b"), "\\x1b[2J\\x7f\\x9b");
    // In parts, so that the source itself turns nobody's view.
    const std::string lead = "\xe2\x80";
    EXPECT_EQ(one_line("a" + lead + "\xae" + lead + "\xa8" + "c"), "a\\u202e\\u2028c");
    EXPECT_EQ(one_line("a\xff\xe2\x82"), "a\\xff\\xe2\\x82");
    EXPECT_EQ(one_line(std::string("a\0b", 3)), "a\\x00b");
}

TEST(Log, ForgesNoLineWhateverAMessageHolds) {
    std::vector<std::string> lines;
    log::divert([&](log::Level, std::string_view line) { lines.emplace_back(line); });
    log::warn("source: {}", "x.yaml\n2026-01-01T00:00:00.000Z info  revision f00 is in force");
    log::divert(nullptr);
    EXPECT_THAT(
        lines,
        ::testing::ElementsAre(
            "source: x.yaml\\n2026-01-01T00:00:00.000Z info  revision f00 is in force"));
}

TEST(TheirWords, AreOneLineOfABearableLength) {
    EXPECT_EQ(
        their_words("GitLab: You are not allowed to push code\n to protected branches.\n"),
        "GitLab: You are not allowed to push code to protected branches.");
    EXPECT_EQ(their_words("a \x1b[2J b"), "a \\x1b[2J b");
    EXPECT_EQ(their_words(" \n"), "");
    const auto cut = their_words(std::string(300, 'a') + std::string(300, ' ') + "b");
    EXPECT_EQ(cut, "… b");
    std::string many;
    for (int i = 0; i < 100; ++i) {
        many += "größe ";
    }
    EXPECT_LE(their_words(many).size(), 210U);
    EXPECT_TRUE(is_utf8(their_words(many)));
}

TEST(TheirWords, HideWhatMayBeASecret) {
    for (const auto* said :
         {"denied for hunter2hunter2hunter2",
          "denied for https://bot:pass@git.example/x.git",
          "denied for PASSWORD=abc",
          "denied for \"a secret of words\"",
          "denied for `secret`"}) {
        EXPECT_EQ(their_words(said), "denied for …") << said;
    }
}

}  // namespace
}  // namespace wavegate
