#pragma once

#include "operator/ports/store.hpp"

#include <string>
#include <string_view>
#include <utility>

/// What the store keeps, as JSON text. No type here can hold a Secret.
///
/// Complete both ways but for monotonic times: only the wall part is kept, `rebase` gives the
/// rest. A field that is not there keeps its default, so an older record can be read; a field of
/// the wrong type is Invalid. Text that is not UTF-8 is kept as base64.
namespace wavegate::store {

/// Makes records of what was kept: the one way to a record beside the planner's reducer.
class RecordCodec {
  public:
    static RolloutRecord record_of(RolloutFields fields) {
        RolloutRecord record;
        record.fields_ = std::make_shared<const RolloutFields>(std::move(fields));
        return record;
    }
};

std::string encode(const RolloutRecord& record);
std::string encode(const RolloutFields& fields);
std::string encode(const Evidence& evidence);
std::string encode(const Intent& intent);
std::string encode(const Word& word);
std::string encode(const Event& event);
std::string encode(const AuditEntry& entry);
std::string encode(const Revision& revision);

Result<RolloutRecord> decode_record(std::string_view text);
Result<Evidence> decode_evidence(std::string_view text);
Result<Intent> decode_intent(std::string_view text);
Result<Word> decode_word(std::string_view text);
Result<Event> decode_event(std::string_view text);
Result<AuditEntry> decode_audit(std::string_view text);
Result<Revision> decode_revision(std::string_view text);

/// Puts every time of the snapshot on the monotonic line of the process whose time is `now`: as
/// far back as its wall time is, never into the future. A time that was never set stays unset.
void rebase(Snapshot& snapshot, Time now);

}  // namespace wavegate::store
