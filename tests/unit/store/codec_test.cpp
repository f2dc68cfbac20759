#include "operator/store/codec.hpp"

#include "tests/unit/store/sample.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace wavegate::store {
namespace {

namespace json = boost::json;
using testing::at;

struct Case {
    std::string name;
    std::string encoded;
    std::string expected;                                ///< every field, none at its default
    std::function<std::string(std::string_view)> again;  ///< decoded and encoded; else its error
};

template <class T>
Case make_case(
    std::string name,
    const T& value,
    Result<T> (*decode)(std::string_view),
    std::string expected) {
    return {std::move(name), encode(value), std::move(expected), [decode](std::string_view text) {
                const auto decoded = decode(text);
                return decoded ? encode(*decoded) : decoded.error().message();
            }};
}

constexpr auto* kMember =
    R"({"service":"searxng-mcp","to":"none","phase":"Probing","reason":"GateFailed",
 "message":"waits for \"through\"","cause":"401 without a token","since":1001,"adopted":true,
 "tried":"hash-tried","intent":"intent-1","flipped":1002,"tasks":"t1,t2","tasksSince":1003,
 "badSince":1004,"bad":"PolicyDenied","asking":"Through","watched":180000,"sampled":1005,
 "suspectSince":1006,"sharedCause":true})";
constexpr auto* kOtherMember =
    R"({"service":"other-mcp","to":"jwt","phase":"Pending","reason":"None","message":"","cause":"",
 "since":0,"adopted":false,"tried":"","intent":"","flipped":0,"tasks":"","tasksSince":0,
 "badSince":null,"bad":"None","asking":"Unauthorized","watched":0,"sampled":null,
 "suspectSince":null,"sharedCause":false})";

std::string record_text() {
    return std::string(R"({"id":"rollout-1","revision":"abc","digest":"digest-1","started":2001,
 "paused":true,"members":[)") +
           kMember + "," + kOtherMember + R"(],"multiplexer":{"stage":"Restarting","since":2002,
 "intent":"intent-2","message":"restarts","tools":["a","b"],"tasks":"m1","tasksSince":2003,
 "restarts":[2004,2005]},"canary":"searxng-mcp","canaryDone":true,
 "rejected":[["bad-mcp","hash-bad"]],"turns":[["bad-mcp",[2006]]],
 "seenTools":[["searxng-mcp",["search",{"base64":"//4gbm90IFVURi04"}]]],
 "sharedBad":2007,"sharedGood":2008,"accepted":["bad-mcp"],"finished":2009})";
}

std::vector<Case> cases() {
    return {
        make_case("record", testing::sample_record(), decode_record, record_text()),
        make_case(
            "evidence",
            testing::sample_evidence(),
            decode_evidence,
            R"({"kind":"Direct","subject":"searxng-mcp","rollout":"rollout-1","verdict":"Fail",
 "seen":"TokenRefused","phrase":"token refused","facts":[["status","401"],["length","12"]],
 "inputs":"digest-of-inputs","taken":3001})"),
        make_case(
            "intent",
            testing::sample_intent(),
            decode_intent,
            R"({"id":"intent-1","edit":"edit-1","target":"stack/searxng-mcp",
 "service":"searxng-mcp","rollout":"rollout-1","kind":"flip","to":"jwt","blockBefore":"before",
 "blockAfter":"after","deployed":"a1","headBefore":"b2","fileAfter":"c3","keys":["AUTH_TYPE"],
 "untouched":"d4","state":"Lost","lasting":true,"note":"answer lost","at":4001,"settled":4002})"),
        make_case(
            "exception",
            testing::sample_exception(),
            decode_exception,
            R"({"rollout":"rollout-1","service":"bad-mcp","who":"alice","at":5001})"),
        make_case(
            "event",
            testing::sample_event(),
            decode_event,
            R"({"at":6001,"kind":"Normal","object":"Wave/read-only","reason":"WaveStarted",
 "message":"Wave read-only starts"})"),
        make_case(
            "audit entry",
            testing::sample_audit(),
            decode_audit,
            R"({"at":7001,"who":"alice","what":"approve sensitive","why":"looked at it"})"),
    };
}

TEST(Codec, WritesEveryField) {
    for (const auto& one : cases()) {
        EXPECT_EQ(json::parse(one.encoded), json::parse(one.expected)) << one.name;
    }
}

TEST(Codec, ReadsBackWhatItWrote) {
    for (const auto& one : cases()) {
        EXPECT_EQ(one.again(one.encoded), one.encoded) << one.name;
    }
}

TEST(Codec, CallsATornTextUnreadable) {
    for (const auto& one : cases()) {
        for (std::size_t length = 0; length < one.encoded.size(); ++length) {
            ASSERT_EQ(one.again(one.encoded.substr(0, length)), "store: unreadable " + one.name);
        }
    }
}

TEST(Codec, CallsAWrongTypeUnreadable) {
    for (const auto* text :
         {R"({"id":5})",
          R"({"paused":"yes"})",
          R"({"started":"now"})",
          R"({"members":{}})",
          R"({"members":[5]})",
          R"({"members":[{"phase":"Nowhere"}]})",
          R"({"rejected":[["a"]]})",
          R"({"multiplexer":[]})",
          R"({"id":{"base64":"*"}})",
          "[]",
          "null"}) {
        EXPECT_FALSE(decode_record(text)) << text;
    }
}

TEST(Codec, ReadsAnOlderRecordWithoutTheNewFieldsAndANewerOneWithMore) {
    const auto record = decode_record(R"({"id":"r","added":{"later":1}})");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->id, "r");
    EXPECT_EQ(encode(*record), encode([] {
                  RolloutRecord expected;
                  expected.id = "r";
                  return expected;
              }()));
}

template <class Enum>
void expect_each_round_trip(Enum last, Enum Member::*field) {
    for (int i = 0; i <= static_cast<int>(last); ++i) {
        RolloutRecord record;
        record.members.emplace_back().*field = static_cast<Enum>(i);
        const auto decoded = decode_record(encode(record));
        ASSERT_TRUE(decoded) << i;
        EXPECT_EQ(decoded->members.at(0).*field, static_cast<Enum>(i));
    }
}

TEST(Codec, KnowsEveryEnumeratorByName) {
    expect_each_round_trip(AuthMode::Jwt, &Member::to);
    expect_each_round_trip(Phase::Held, &Member::phase);
    expect_each_round_trip(Reason::EnvUnreadable, &Member::reason);
    expect_each_round_trip(ProbeClass::ForeignChange, &Member::bad);
    expect_each_round_trip(CheckKind::Children, &Member::asking);
}

TEST(Rebase, SetsMonotonicTimesAsFarBackAsTheirWallTimes) {
    Snapshot snapshot;
    snapshot.record = testing::sample_record();
    snapshot.ledger.evidence = {testing::sample_evidence()};
    const Time now{Wall(Duration(10000)), Mono(Duration(500))};
    rebase(snapshot, now);
    EXPECT_EQ(snapshot.ledger.evidence[0].taken.mono, Mono(Duration(500 - (10000 - 3001))));
    EXPECT_EQ(snapshot.record.members[0].sampled->mono, Mono(Duration(500 - (10000 - 1005))));
    EXPECT_EQ(snapshot.record.turns["bad-mcp"][0].mono, Mono(Duration(500 - (10000 - 2006))));
    EXPECT_EQ(snapshot.record.multiplexer.restarts[1].mono, Mono(Duration(500 - (10000 - 2005))));
}

TEST(Rebase, NeverSetsThemIntoTheFuture) {
    Snapshot snapshot;
    snapshot.events = {testing::sample_event()};
    const Time now{Wall(Duration(5000)), Mono(Duration(500))};
    rebase(snapshot, now);
    EXPECT_EQ(snapshot.events[0].at.mono, now.mono);
}

TEST(Rebase, LeavesAnUnsetTimeUnset) {
    Snapshot snapshot;
    snapshot.record.members.emplace_back();
    rebase(snapshot, Time{Wall(Duration(5000)), Mono(Duration(500))});
    EXPECT_EQ(snapshot.record.members[0].flipped, Time());
    EXPECT_FALSE(snapshot.record.members[0].sampled);
}

}  // namespace
}  // namespace wavegate::store
