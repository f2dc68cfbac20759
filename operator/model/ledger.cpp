#include "operator/model/ledger.hpp"

#include "operator/base/digest.hpp"

#include <algorithm>
#include <utility>

namespace wavegate {

const Evidence* Ledger::latest(CheckKind kind, std::string_view subject) const {
    return evidence.newest<BySubject>(std::pair(kind, subject));
}

const Intent* Ledger::intent(std::string_view id) const {
    return intents.newest<ById>(id);
}

const Intent* Ledger::committed(
    const BranchHead& head,
    std::string_view target,
    std::string_view deployed) const {
    if (!head.file_alone || head.file == nullptr || head.parent.empty()) {
        return nullptr;
    }
    const auto digest = sha256_hex(*head.file);
    return intents.of<ByTarget>(target).newest([&](const Intent& intent) {
        return intent.deployed == deployed && intent.head_before == head.parent &&
               intent.file_after == digest;
    });
}

bool Ledger::accepts(const ClientView& client) const {
    return std::any_of(words.begin(), words.end(), [&](const Word& word) {
        return word.verb == Verb::Accept && word.client == client.client_id &&
               word.against == client.id && !client.id.empty() && !word.client.empty();
    });
}

bool Ledger::paused() const {
    const auto at = std::find_if(words.rbegin(), words.rend(), [](const Word& word) {
        return word.verb == Verb::Pause || word.verb == Verb::Resume || word.verb == Verb::Abort;
    });
    return at != words.rend() && at->verb != Verb::Resume;
}

const Word* Ledger::freeze() const {
    const auto at = std::find_if(words.rbegin(), words.rend(), [](const Word& word) {
        return word.verb == Verb::Freeze || word.verb == Verb::Unfreeze;
    });
    return at != words.rend() && at->verb == Verb::Freeze ? &*at : nullptr;
}

const Intent* Ledger::latest_intent(std::string_view kind, std::string_view service) const {
    return intents.of<ByService>(service).newest(
        [&](const Intent& intent) { return intent.kind == kind; });
}

}  // namespace wavegate
