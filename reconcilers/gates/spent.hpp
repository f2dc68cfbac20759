#pragma once

#include "operator/base/secret.hpp"
#include "operator/base/time.hpp"
#include "operator/ports/identity.hpp"

#include <optional>
#include <string>

namespace wavegate::gates {

/// What canaries are made of: a token that was minted for a probe and is past its end by now, and
/// since when the services' keys are what they are. In memory alone, and of one client.
class Spent {
  public:
    /// A token was minted for a probe. One is kept until it has expired, and then until the next
    /// one has.
    void keep(const std::string& client, const Token& token, Time now);
    /// One that expired, by both clocks: one on a wall may have been set back, and services go by
    /// theirs. Null: none has yet.
    [[nodiscard]] SecretValue expired(const std::string& client, Time now) const;
    /// How long the key set has been this one, as far as was seen. Keys that are new may be unknown
    /// to services yet, and a token of them, good or not, would tell nothing.
    Duration seen_for(const std::string& keys, Mono now);

  private:
    struct Kept {
        SecretValue token;
        Time ends{};
        [[nodiscard]] bool is_past(Time now) const {
            return ends.mono <= now.mono && ends.wall <= now.wall;
        }
    };
    std::string client_;
    std::optional<Kept> old_;
    std::optional<Kept> young_;
    std::string keys_;  ///< digest
    Mono keys_since_{};
};

}  // namespace wavegate::gates
