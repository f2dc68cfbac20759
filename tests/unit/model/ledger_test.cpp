#include "operator/model/ledger.hpp"

#include <gtest/gtest.h>

namespace wavegate {
namespace {

Evidence evidence_of(CheckKind kind, std::string subject, std::string phrase) {
    Evidence evidence;
    evidence.kind = kind;
    evidence.subject = std::move(subject);
    evidence.phrase = std::move(phrase);
    return evidence;
}

std::string latest(const Ledger& ledger, CheckKind kind, const char* subject) {
    const auto* found = ledger.latest(kind, subject);
    return found == nullptr ? "none" : found->phrase;
}

TEST(Ledger, GivesTheNewestEvidenceOfAKindAndSubjectIndexedOrNot) {
    Ledger ledger;
    ledger.evidence.push_back(evidence_of(CheckKind::Through, "b", "old"));
    ledger.evidence.push_back(evidence_of(CheckKind::Direct, "b", "other kind"));
    ledger.evidence.push_back(evidence_of(CheckKind::Through, "a", "other subject"));
    ledger.evidence.push_back(evidence_of(CheckKind::Through, "b", "new"));
    for (const bool indexed : {false, true}) {
        if (indexed) {
            ledger.index();
        }
        EXPECT_EQ(latest(ledger, CheckKind::Through, "b"), "new");
        EXPECT_EQ(latest(ledger, CheckKind::Direct, "b"), "other kind");
        EXPECT_EQ(latest(ledger, CheckKind::Through, "a"), "other subject");
        EXPECT_EQ(latest(ledger, CheckKind::Through, "c"), "none");
        EXPECT_EQ(latest(ledger, CheckKind::Baseline, "b"), "none");
    }
}

TEST(Ledger, SeesEvidenceThatCameAfterItWasIndexed) {
    Ledger ledger;
    ledger.evidence.push_back(evidence_of(CheckKind::Through, "a", "old"));
    ledger.index();
    auto later = ledger;
    later.evidence.push_back(evidence_of(CheckKind::Through, "a", "new"));

    EXPECT_EQ(latest(ledger, CheckKind::Through, "a"), "old");
    EXPECT_EQ(latest(later, CheckKind::Through, "a"), "new");
}

}  // namespace
}  // namespace wavegate
