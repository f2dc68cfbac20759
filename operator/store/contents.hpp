#pragma once

#include "operator/model/revision.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wavegate::store {

/// A record as it is kept: of a rollout, by its id.
struct RecordRow {
    std::string kind;
    std::string id;
    std::string body;  ///< as `encode` writes it, or wrote it once
};
inline constexpr const char* kRollout = "rollout";

/// Everything that a store holds, row by row and as text: what goes from one engine to another.
/// Oldest first.
struct Contents {
    std::uint64_t version = 0;
    std::string rollout;  ///< whose record is in force
    std::vector<RecordRow> records;
    std::vector<std::string> evidence;
    std::vector<std::string> intents;
    std::vector<std::string> words;
    std::vector<std::string> events;
    std::vector<std::string> audit;
    std::optional<Revision> last_good;
};

}  // namespace wavegate::store
