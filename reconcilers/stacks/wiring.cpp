#include "reconcilers/stacks/wiring.hpp"

#include "operator/formats/last_good.hpp"

namespace wavegate::stacks {

Wishes wiring_wishes(const std::map<std::string, SecretValue>& wanted) {
    Wishes wishes;
    for (const auto& [key, value] : wanted) {
        wishes[key] = {value, false};
    }
    return wishes;
}

Wishes unwiring_wishes(const Place& place, const std::map<std::string, SecretValue>& wanted) {
    Wishes wishes;
    const auto before = formats::read_last_outbound(place.stack->env);
    if (!before) {
        for (const auto& [key, value] : wanted) {
            wishes[key] = {nullptr, false};
        }
        return wishes;
    }
    for (const auto name : kOutboundKeys) {
        const std::string key(name);
        const auto at = before->find(key);
        const auto old = at == before->end() ? nullptr : at->second;
        const auto* now = find_env(place.stack->env, key);
        const bool stays =
            now == nullptr || *now == nullptr ? old == nullptr : old != nullptr && **now == *old;
        if (!stays) {
            wishes[key] = {old, false};
        }
    }
    return wishes;
}

SecretValue outbound_before(const Place& place) {
    formats::LastOutbound before;
    for (const auto name : kOutboundKeys) {
        const std::string key(name);
        const auto* stored = find_env(place.stack->env, key);
        const auto effective = place.lever.effective(key);
        const bool literal = effective != nullptr &&
                             !effective->reveal([](std::string_view text) { return text.empty(); });
        if (stored != nullptr && *stored != nullptr) {
            before[key] = *stored;
        } else if (literal) {
            before[key] = effective;
        }
    }
    return formats::write_last_outbound(before);
}

}  // namespace wavegate::stacks
