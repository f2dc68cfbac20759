#include "operator/model/ledger.hpp"

#include "operator/base/digest.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace wavegate {

namespace {

std::pair<CheckKind, std::string_view> key_of(const Evidence& evidence) {
    return {evidence.kind, evidence.subject};
}

}  // namespace

void Ledger::index() {
    std::map<std::pair<CheckKind, std::string_view>, std::size_t> newest;
    for (std::size_t i = 0; i < evidence.size(); ++i) {
        newest[key_of(evidence[i])] = i;
    }
    newest_.clear();
    newest_.reserve(newest.size());
    for (const auto& entry : newest) {
        newest_.push_back(entry.second);
    }
    indexed_ = evidence.size();
}

const Evidence* Ledger::latest(CheckKind kind, std::string_view subject) const {
    if (indexed_ == evidence.size()) {
        const std::pair key(kind, subject);
        const auto near = std::lower_bound(
            newest_.begin(), newest_.end(), key, [&](std::size_t position, const auto& wanted) {
                return key_of(evidence[position]) < wanted;
            });
        const bool found = near != newest_.end() && key_of(evidence[*near]) == key;
        return found ? &evidence[*near] : nullptr;
    }
    const auto at = std::find_if(evidence.rbegin(), evidence.rend(), [&](const Evidence& e) {
        return e.kind == kind && e.subject == subject;
    });
    return at == evidence.rend() ? nullptr : &*at;
}

const Intent* Ledger::intent(std::string_view id) const {
    const auto at =
        std::find_if(intents.begin(), intents.end(), [&](const Intent& i) { return i.id == id; });
    return at == intents.end() ? nullptr : &*at;
}

Intent* Ledger::intent(std::string_view id) {
    const auto at =
        std::find_if(intents.begin(), intents.end(), [&](const Intent& i) { return i.id == id; });
    return at == intents.end() ? nullptr : &*at;
}

const Intent* Ledger::committed(
    const BranchHead& head,
    std::string_view target,
    std::string_view deployed) const {
    if (!head.file_alone || head.file == nullptr || head.parent.empty()) {
        return nullptr;
    }
    const auto digest = sha256_hex(*head.file);
    const auto at = std::find_if(intents.rbegin(), intents.rend(), [&](const Intent& intent) {
        return intent.target == target && intent.deployed == deployed &&
               intent.head_before == head.parent && intent.file_after == digest;
    });
    return at == intents.rend() ? nullptr : &*at;
}

const Intent* Ledger::latest_intent(std::string_view kind, std::string_view service) const {
    const auto at = std::find_if(intents.rbegin(), intents.rend(), [&](const Intent& i) {
        return i.kind == kind && i.service == service;
    });
    return at == intents.rend() ? nullptr : &*at;
}

}  // namespace wavegate
