#include "operator/model/ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate {
namespace {

using ::testing::ElementsAre;

Evidence evidence_of(CheckKind kind, std::string subject, std::string phrase) {
    Evidence evidence;
    evidence.kind = kind;
    evidence.subject = std::move(subject);
    evidence.phrase = std::move(phrase);
    return evidence;
}

Intent intent_of(std::string id, std::string kind, std::string service, std::string note) {
    Intent intent;
    intent.id = std::move(id);
    intent.kind = std::move(kind);
    intent.target = "stack/" + service;
    intent.service = std::move(service);
    intent.note = std::move(note);
    return intent;
}

std::string latest(const Ledger& ledger, CheckKind kind, const char* subject) {
    const auto* found = ledger.latest(kind, subject);
    return found == nullptr ? "none" : found->phrase;
}

std::string note_of(const Intent* found) {
    return found == nullptr ? "none" : found->note;
}

std::vector<std::string> phrases(const Ledger& ledger) {
    std::vector<std::string> all;
    for (const auto& one : ledger.evidence) {
        all.push_back(one.phrase);
    }
    return all;
}

TEST(Ledger, GivesTheNewestEvidenceOfAKindAndSubject) {
    Ledger ledger;
    ledger.evidence.push_back(evidence_of(CheckKind::Through, "b", "old"));
    ledger.evidence.push_back(evidence_of(CheckKind::Direct, "b", "other kind"));
    ledger.evidence.push_back(evidence_of(CheckKind::Through, "a", "other subject"));
    ledger.evidence.push_back(evidence_of(CheckKind::Through, "b", "new"));
    EXPECT_EQ(latest(ledger, CheckKind::Through, "b"), "new");
    EXPECT_EQ(latest(ledger, CheckKind::Direct, "b"), "other kind");
    EXPECT_EQ(latest(ledger, CheckKind::Through, "a"), "other subject");
    EXPECT_EQ(latest(ledger, CheckKind::Through, "c"), "none");
    EXPECT_EQ(latest(ledger, CheckKind::Baseline, "b"), "none");
    EXPECT_THAT(phrases(ledger), ElementsAre("old", "other kind", "other subject", "new"));
}

TEST(Ledger, StaysAsItWasReadWhileMoreIsAddedToACopy) {
    Ledger ledger;
    ledger.evidence.push_back(evidence_of(CheckKind::Through, "a", "old"));
    ledger.intents.push_back(intent_of("1", "flip", "a", "open"));
    auto later = ledger;
    later.evidence.push_back(evidence_of(CheckKind::Through, "a", "new"));
    later.intents.put<ById>(intent_of("1", "flip", "a", "written"));

    EXPECT_EQ(latest(ledger, CheckKind::Through, "a"), "old");
    EXPECT_EQ(note_of(ledger.intent("1")), "open");
    EXPECT_EQ(latest(later, CheckKind::Through, "a"), "new");
    EXPECT_EQ(note_of(later.intent("1")), "written");
    EXPECT_EQ(later.intents.size(), 1U);
}

TEST(Ledger, FindsWhatWasWrittenByServiceAndByTarget) {
    Ledger ledger;
    ledger.intents.push_back(intent_of("1", "flip", "a", "first"));
    ledger.intents.push_back(intent_of("2", "flip", "b", "of another"));
    ledger.intents.push_back(intent_of("3", "flip", "a", "second"));
    ledger.intents.push_back(intent_of("4", "wayback", "a", "back"));
    EXPECT_EQ(note_of(ledger.latest_intent("flip", "a")), "second");
    EXPECT_EQ(note_of(ledger.latest_intent("restart", "a")), "none");
    const auto on_a = ledger.intents.of<ByTarget>("stack/a");
    ASSERT_EQ(on_a.size(), 3U);
    EXPECT_EQ(on_a[0].note, "first");
    EXPECT_EQ(on_a[2].note, "back");
    EXPECT_TRUE(ledger.intents.of<ByTarget>("stack/c").empty());
}

TEST(History, IsFoundByItsNewKeysWhereAnItemWasReplaced) {
    Ledger ledger;
    ledger.intents.push_back(intent_of("1", "flip", "a", "first"));
    ledger.intents.push_back(intent_of("2", "flip", "b", "other"));
    ledger.intents.replace(0, intent_of("1", "flip", "c", "moved"));
    EXPECT_EQ(note_of(ledger.latest_intent("flip", "a")), "none");
    EXPECT_EQ(note_of(ledger.latest_intent("flip", "c")), "moved");
    EXPECT_EQ(ledger.intents.distinct<ByService>(), 2U);
    EXPECT_EQ(ledger.intents.front().note, "moved") << "in its old place";
}

TEST(History, KeepsTheNewestOfEachKeyAndTheLastFew) {
    EvidenceLog log;
    for (const char* phrase : {"1", "2", "3"}) {
        log.push_back(evidence_of(CheckKind::Through, "a", phrase));
        log.push_back(evidence_of(CheckKind::Through, "b", std::string("b") + phrase));
    }
    log.push_back(evidence_of(CheckKind::Through, "a", "4"));
    EXPECT_EQ(log.distinct<BySubject>(), 2U);
    Ledger ledger;
    ledger.evidence = log;
    ledger.evidence.keep_newest<BySubject>(3);
    EXPECT_THAT(phrases(ledger), ElementsAre("3", "b3", "4"));
    ledger.evidence.keep_newest<BySubject>();
    EXPECT_THAT(phrases(ledger), ElementsAre("b3", "4"));
    EXPECT_EQ(latest(ledger, CheckKind::Through, "b"), "b3");
    EXPECT_EQ(ledger.evidence.distinct<BySubject>(), 2U);
    EXPECT_EQ(log.size(), 7U) << "a copy is another";
}

}  // namespace
}  // namespace wavegate
