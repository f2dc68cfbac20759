// What a person's word makes of a record. Each is heard once, in its order.
#include "reconcilers/rollout/reduce.hpp"
#include "reconcilers/rollout/words.hpp"

namespace wavegate::rollout {

bool has_what_retry_ends(const RolloutRecord& record, const Ledger& ledger, const Member& member) {
    if (member.phase() != Phase::Pending) {
        return cell(member.phase(), Happening::Retried).kind == Cell::Kind::Move;
    }
    const auto* baseline = ledger.latest(CheckKind::Baseline, member.service);
    const bool broken = baseline != nullptr && baseline->verdict != Verdict::Pass;
    return broken || record.rejected().contains(member.service) ||
           record.turns().contains(member.service);
}

void Reducer::hear_words() {
    const auto& words = scene_.ledger.words;
    auto& heard = fields().heard;
    while (heard < words.size()) {
        hear(words[heard++]);
    }
    heard = words.size();  // of another store there may be fewer
}

void Reducer::hear(const Word& word) {
    if (word.verb == Verb::Retry && word.service.empty() &&
        scene_.multiplexer_is(MultiplexerStage::Failed)) {
        fields().multiplexer = MultiplexerRecord();
        fields().multiplexer.since = word.at;
    }
    for (auto& member : fields().members) {
        const bool all = word.service.empty() && word.client.empty();
        const bool meant = all || member.service == word.service;
        if (word.verb == Verb::Retry && meant &&
            has_what_retry_ends(record(), scene_.ledger, member)) {
            retry(member, word.at);
        }
        if (word.verb == Verb::Accept && meant) {
            accept(member, word.at);
        }
    }
}

void Reducer::retry(Member& member, Time at) {
    fields().rejected.erase(member.service);
    fields().turns.erase(member.service);
    if (const auto* stuck = member.as<state::Stuck>()) {
        auto back = stuck->back;
        back.intent.clear();
        member.state = state::RollingBack{std::move(back)};
    } else {
        member.state = state::Pending();
    }
    member.since = at;
    member.begun = at;
}

void Reducer::accept(Member& member, Time at) {
    const auto& found = cell(member.phase(), Happening::Accepted);
    if (found.kind != Cell::Kind::Move) {
        return;
    }
    const auto* cause = member.cause();
    if (found.next == Phase::RolledBack) {
        member.state = state::RolledBack{
            member.flight() == nullptr ? "" : member.flight()->tried,
            cause == nullptr ? Cause() : *cause};
    } else {
        member.state = state::Pending();
    }
    member.since = at;
}

}  // namespace wavegate::rollout
