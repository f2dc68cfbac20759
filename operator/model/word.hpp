#pragma once

#include "operator/base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace wavegate {

/// What a person may say of a rollout.
enum class Verb { Pause, Resume, Retry, Accept, Abort, Freeze, Unfreeze };

struct VerbRow {
    std::string_view name;   ///< by CLI, API and audit
    std::string_view event;  ///< the reason of the event that says so
};
const VerbRow& row(Verb verb);
std::string_view to_string(Verb verb);
std::optional<Verb> verb_of(std::string_view name);

/// A person's word, a row of the ledger like any other: it is never changed. What it makes of a
/// record is the reducer's, which hears each word once, in their order.
struct Word {
    Verb verb = Verb::Pause;
    std::string rollout;
    std::string service;  ///< empty: of the rollout as a whole
    std::string who;
    Time at{};
    std::string client;   ///< of an acceptance: the client that is to become ours
    std::string against;  ///< and Keycloak's uuid of what bore that id then
    std::string why{};    ///< as they gave it
    std::string until{};  ///< of a freeze: an RFC 3339 time; empty: until it is ended
};

}  // namespace wavegate
