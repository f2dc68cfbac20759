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
    R"({"service":"searxng-mcp","to":"none","state":{"is":"Probing","with":{
 "flight":{"adopted":true,"intent":"intent-1","tried":"hash-tried","flipped":1002},
 "gate":"Through","trouble":{"since":1004,"seen":"PolicyDenied","suspectSince":1006}}},
 "since":1001,"begun":1000})";
constexpr auto* kOtherMember =
    R"({"service":"other-mcp","to":"jwt","state":{"is":"Pending","with":{"brokenSince":null,
 "lostSince":null,"told":false}},"since":0,"begun":0})";

std::string record_text() {
    return std::string(R"({"id":"rollout-1","revision":"abc","digest":"digest-1","started":2001,
 "heard":3,"members":[)") +
           kMember + "," + kOtherMember + R"(],"multiplexer":{"state":{"is":"Restarting","with":{
 "intent":"intent-2","tasks":{"ids":"m1","since":2003}}},"since":2002,"children":["a","b"],
 "restarts":[2004,2005]},"canary":"searxng-mcp","canaryDone":true,
 "rejected":[["bad-mcp","hash-bad"]],"turns":[["bad-mcp",[2006]]],
 "seenTools":[["searxng-mcp",["search",{"base64":"//4gbm90IFVURi04"}]]],
 "sharedBad":2007,"sharedGood":2008,"finished":2009,
 "faults":[{"part":"keycloak","message":"keycloak: no answer","since":2010,"confirmed":true}]})";
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
 "inputs":"digest-of-inputs","taken":3001,"answered":3012})"),
        make_case(
            "intent",
            testing::sample_intent(),
            decode_intent,
            R"({"id":"intent-1","edit":"edit-1","target":"stack/searxng-mcp",
 "service":"searxng-mcp","rollout":"rollout-1","kind":"flip","to":"jwt","blockBefore":"before",
 "blockAfter":"after","deployed":"a1","headBefore":"b2","fileAfter":"c3","keys":["AUTH_TYPE"],
 "untouched":"d4","version":77,"state":"Lost","lasting":true,"note":"answer lost","at":4001,"settled":4002})"),
        make_case(
            "revision",
            Revision{"abc", Ancestry::Descends, {{"fleet.yaml", "k"}, {"odd", "\xff"}}},
            decode_revision,
            R"({"id":"abc","ancestry":"Descends",
 "files":[["fleet.yaml","k"],["odd",{"base64":"/w=="}]]})"),
        make_case(
            "word",
            testing::sample_word(),
            decode_word,
            R"({"client":"mux","against":"uuid-1","verb":"accept","rollout":"rollout-1",
 "service":"bad-mcp","who":"alice","why":"it moved","until":"","at":5001})"),
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

TEST(Codec, CallsAWordOfNoVocabularyUnreadable) {
    EXPECT_TRUE(decode_evidence(R"({"kind":"Direct","verdict":"Unknown","seen":"Down"})"));
    for (const auto* text :
         {R"({"kind":"Unknown"})", R"({"verdict":"Perhaps"})", R"({"seen":"Unknown"})"}) {
        EXPECT_FALSE(decode_evidence(text)) << text;
    }
    EXPECT_FALSE(decode_intent(R"({"state":"Unknown"})"));
    EXPECT_FALSE(decode_intent(R"({"to":"both"})"));
    EXPECT_FALSE(decode_word(R"({"verb":"shout"})"));
}

TEST(Codec, CallsAWrongTypeUnreadable) {
    for (const auto* text :
         {R"({"id":5})",
          R"({"heard":"yes"})",
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
    EXPECT_EQ(record->id(), "r");
    RolloutFields expected;
    expected.id = "r";
    EXPECT_EQ(encode(*record), encode(expected));
}

/// A member whose state and cause say it, through and back.
template <class Enum, class Put, class Get>
void expect_each_round_trip(Enum last, Put put, Get get) {
    for (int i = 0; i <= static_cast<int>(last); ++i) {
        RolloutFields record;
        put(record.members.emplace_back(), static_cast<Enum>(i));
        const auto decoded = decode_record(encode(record));
        ASSERT_TRUE(decoded) << i;
        EXPECT_EQ(get(decoded->members().at(0)), static_cast<Enum>(i));
    }
}

TEST(Codec, KnowsEveryEnumeratorByName) {
    expect_each_round_trip(
        AuthMode::Jwt,
        [](Member& member, AuthMode mode) { member.to = mode; },
        [](const Member& member) { return member.to; });
    expect_each_round_trip(
        Reason::SharedFault,
        [](Member& member, Reason reason) {
            member.state = state::Failed{"", {reason, "", false}};
        },
        [](const Member& member) { return member.cause()->reason; });
    expect_each_round_trip(
        ProbeClass::ForeignChange,
        [](Member& member, ProbeClass seen) {
            member.state = state::Ready{{}, {{}, seen, {}}};
        },
        [](const Member& member) { return member.trouble()->seen; });
    expect_each_round_trip(
        CheckKind::Canary,
        [](Member& member, CheckKind gate) {
            member.state = state::Probing{{}, gate, {}};
        },
        [](const Member& member) { return member.as<state::Probing>()->gate; });
}

TEST(Codec, KeepsAllThatEachPhaseNeeds) {
    RolloutFields record;
    record.members = testing::sample_members();
    const auto decoded = decode_record(encode(record));
    ASSERT_TRUE(decoded) << decoded.error().message();
    EXPECT_EQ(encode(*decoded), encode(record));
    for (std::size_t i = 0; i < record.members.size(); ++i) {
        EXPECT_EQ(decoded->members()[i].phase(), record.members[i].phase());
    }
}

TEST(Codec, KnowsEveryStageOfTheMultiplexer) {
    const std::vector<MultiplexerState> states{
        stage::Unknown(),
        stage::Wired(),
        stage::Wiring{"i", {}},
        stage::Restarting(),
        stage::Unwiring{"why", "i", {}},
        stage::Failed{"why"}};
    for (const auto& state : states) {
        RolloutFields record;
        record.multiplexer.state = state;
        const auto decoded = decode_record(encode(record));
        ASSERT_TRUE(decoded);
        EXPECT_EQ(decoded->multiplexer().state, state);
    }
}

/// What a store of the first shape holds, read by today's.
TEST(CarryOver, BringsAFlightBackInTodaysShape) {
    const auto record = decode_record(
        R"({"id":"r","members":[{"service":"a-mcp","to":"jwt","phase":"Probing","reason":"None",
 "message":"","cause":"","since":1001,"adopted":false,"tried":"hash","intent":"i1","flipped":1002,
 "tasks":"t1","tasksSince":1003,"badSince":1004,"bad":"Down","asking":"Direct","watched":0,
 "sampled":null,"suspectSince":null,"sharedCause":false}],"multiplexer":{"stage":"Wired",
 "since":2002,"intent":"","message":"","tools":["a"],"tasks":"","tasksSince":0,"restarts":[]},
 "accepted":["a-mcp"]})");
    ASSERT_TRUE(record) << record.error().message();
    const auto& member = record->members().at(0);
    const auto* probing = member.as<state::Probing>();
    ASSERT_NE(probing, nullptr);
    EXPECT_EQ(probing->gate, CheckKind::Direct);
    EXPECT_EQ(probing->flight.intent, "i1");
    EXPECT_EQ(probing->flight.flipped.wall, Wall(Duration(1002)));
    EXPECT_EQ(probing->trouble.seen, ProbeClass::Down);
    EXPECT_EQ(record->multiplexer().stage(), MultiplexerStage::Wired);
    EXPECT_EQ(record->multiplexer().children, std::vector<std::string>{"a"});
}

TEST(CarryOver, BringsBackEachPhaseWithWhatItNeeds) {
    for (const std::string phase :
         {"Pending",
          "Flipping",
          "Converging",
          "Probing",
          "Probed",
          "Ready",
          "RollingBack",
          "RolledBack",
          "Stuck",
          "Failed",
          "Held"}) {
        const auto record = decode_record(
            R"({"members":[{"service":"a-mcp","to":"jwt","phase":")" + phase +
            R"(","reason":"GateFailed","message":"m","cause":"why","since":1001,"adopted":false,
 "tried":"hash","intent":"i1","flipped":1002,"tasks":"t1","tasksSince":1003,"badSince":null,
 "bad":"None","asking":"Open","watched":60000,"sampled":1005,"suspectSince":null,
 "sharedCause":true}],"multiplexer":{"stage":"Failed","since":2,"message":"why"}})");
        ASSERT_TRUE(record) << phase << record.error().message();
        const auto& member = record->members().at(0);
        EXPECT_EQ(to_string(member.phase()), phase);
        if (const auto* cause = member.cause()) {
            EXPECT_EQ(cause->message, "why") << phase;
            EXPECT_TRUE(cause->shared) << phase;
        }
        if (const auto* back = member.going_back()) {
            EXPECT_EQ(back->intent, "i1") << phase;
            EXPECT_EQ(back->flight.tried, "hash") << phase;
        }
        EXPECT_EQ(record->multiplexer().cause(), "why");
    }
}

TEST(Rebase, SetsMonotonicTimesAsFarBackAsTheirWallTimes) {
    Snapshot snapshot;
    snapshot.record = testing::sample_record();
    snapshot.ledger.evidence.push_back(testing::sample_evidence());
    const Time now{Wall(Duration(10000)), Mono(Duration(500))};
    rebase(snapshot, now);
    EXPECT_EQ(snapshot.ledger.evidence[0].taken.mono, Mono(Duration(500 - (10000 - 3001))));
    EXPECT_EQ(snapshot.ledger.evidence[0].answered.mono, Mono(Duration(500 - (10000 - 3012))));
    EXPECT_EQ(
        snapshot.record.members()[0].trouble()->since->mono, Mono(Duration(500 - (10000 - 1004))));
    EXPECT_EQ(snapshot.record.turns().at("bad-mcp")[0].mono, Mono(Duration(500 - (10000 - 2006))));
    EXPECT_EQ(snapshot.record.multiplexer().restarts[1].mono, Mono(Duration(500 - (10000 - 2005))));
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
    RolloutFields fields;
    fields.members.emplace_back().state = state::Probed();
    snapshot.record = RecordCodec::record_of(fields);
    rebase(snapshot, Time{Wall(Duration(5000)), Mono(Duration(500))});
    const auto* probed = snapshot.record.members()[0].as<state::Probed>();
    EXPECT_EQ(probed->flight.flipped, Time());
    EXPECT_FALSE(probed->sampled);
}

}  // namespace
}  // namespace wavegate::store
