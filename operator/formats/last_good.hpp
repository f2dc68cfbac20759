#pragma once

#include "operator/model/observed.hpp"

#include <map>
#include <optional>
#include <string>

namespace wavegate::formats {

/// Whose flip stands beside the way back: it tells a move of ours from another's hand where the
/// store that knew of it is lost.
struct FlipMark {
    std::string rollout;
    std::string block;  ///< short hash of the canonical block that was written
};

/// The auth block that last passed its gates, and the image it ran on.
struct LastGood {
    AuthBlock block;
    std::string image;
    std::optional<FlipMark> flip{};  ///< written with the way back, and no part of it
    friend bool operator==(const LastGood& a, const LastGood& b) {
        return a.block == b.block && a.image == b.image;
    }
};

/// By compose service; written with each flip into the stack's Env as WAVEGATE_LAST_GOOD, where
/// it is inert (no file names it) and outlives a lost store.
using LastGoods = std::map<std::string, LastGood>;

/// The multiplexer's outbound variables as they were before it was wired; what is absent here was
/// absent there. Written with the wiring into its stack's Env, where it is as inert.
inline constexpr std::string_view kLastOutboundKey = "WAVEGATE_LAST_OUTBOUND";
using LastOutbound = std::map<std::string, SecretValue>;

/// Nothing when it was never recorded, or another hand made it unreadable.
std::optional<LastOutbound> read_last_outbound(const StackEnv& env);
SecretValue write_last_outbound(const LastOutbound& outbound);

/// Empty when the entry is absent; nothing when another hand made it unreadable.
std::optional<LastGoods> read_last_good(const StackEnv& env);
SecretValue write_last_good(const LastGoods& goods);

}  // namespace wavegate::formats
