#pragma once

#include "operator/store/codec.hpp"

#include <utility>

namespace wavegate::testing {

/// A record with these fields, for tests of those who only read one. The planner's own tests live
/// through it instead.
template <class Change>
RolloutRecord changed(const RolloutRecord& record, Change change) {
    auto fields = record.fields();
    change(fields);
    return store::RecordCodec::record_of(std::move(fields));
}

/// A member in that state, since then.
inline Member member_in(std::string service, MemberState state, Time since = {}) {
    Member member;
    member.service = std::move(service);
    member.state = std::move(state);
    member.since = since;
    member.begun = since;
    return member;
}

}  // namespace wavegate::testing
