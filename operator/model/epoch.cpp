#include "operator/model/epoch.hpp"

#include "operator/model/auth_block.hpp"

#include <algorithm>
#include <charconv>

namespace wavegate {

std::uint64_t epoch_in(const StackEnv& env) {
    const auto* value = find_env(env, kEpochKey);
    if (value == nullptr || *value == nullptr) {
        return 0;
    }
    return (*value)->reveal([](std::string_view text) {
        std::uint64_t term = 0;
        const auto* end = text.data() + text.size();
        const auto [at, failed] = std::from_chars(text.data(), end, term);
        return failed == std::errc() && at == end ? term : 0;
    });
}

std::uint64_t highest_epoch(const std::vector<StackView>& stacks, const std::string& fleet) {
    const auto mark = Secret::copy_of(fleet);
    std::uint64_t highest = 0;
    for (const auto& stack : stacks) {
        const auto* owner = find_env(stack.env, kOwnerKey);
        if (owner != nullptr && *owner != nullptr && **owner == mark) {
            highest = std::max(highest, epoch_in(stack.env));
        }
    }
    return highest;
}

void stamp(StackWrite& write, std::uint64_t term) {
    if (epoch_in(write.env) >= term) {
        return;
    }
    const auto there = std::find_if(write.env.begin(), write.env.end(), [](const EnvEntry& entry) {
        return entry.name == kEpochKey;
    });
    auto value = make_secret(std::to_string(term));
    if (there != write.env.end()) {
        there->value = std::move(value);
    } else {
        write.env.push_back({std::string(kEpochKey), std::move(value)});
    }
    write.sets.emplace_back(kEpochKey);
}

}  // namespace wavegate
