#pragma once

#include "operator/model/leadership.hpp"
#include "operator/model/step.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace wavegate::status {

/// `text` as JSON may carry it: bytes of what is no UTF-8 become '?'.
std::string clean(std::string_view text);
/// RFC 3339, or null for a time that was never set.
boost::json::value time_or_null(const Time& time);
/// Null for the empty text.
boost::json::value text_or_null(std::string_view text);
/// "run-1 on nas acts since … (term 4)".
std::string who_acts(const Leadership& leads);
/// Who acts, and why not this process; empty: this one does, and nothing is to be said of it.
std::string lead_words(const Leadership& leads, bool acts);

/// What a wait is for, and what ends it, for people. `phase` speaks where there is no reason, and
/// of what ends a wait in a phase that no person ends.
std::string waits_for(Reason reason, Phase phase);
std::string ended_by(const Wait& wait, Phase phase);

/// Does a member stay where it is until a person, or a change from outside, moves it? One that went
/// back and answers nobody since a while does, too: nothing else is left to be tried.
bool needs_person(const Member& member, const Hold& held, Time now);
/// On its way, forward or back.
bool in_motion(const Member& member);

}  // namespace wavegate::status
