#include "operator/store/codec.hpp"

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "operator/model/vocabulary.hpp"
#include "operator/store/carry_over.hpp"
#include "operator/store/fields.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace wavegate::store {

namespace json = boost::json;

namespace {

/// What a state is called where it is kept.
std::string_view name_of(const MemberState& state) {
    return to_string(static_cast<Phase>(state.index()));
}
std::string_view name_of(const MultiplexerState& state) {
    return to_string(static_cast<MultiplexerStage>(state.index()));
}

class Writer {
  public:
    template <class T>
    void operator()(std::string_view name, const T& value) {
        out_[name] = to_json(value);
    }
    json::object take() { return std::move(out_); }

    static json::value to_json(bool value) { return value; }
    static json::value to_json(Duration value) { return value.count(); }
    static json::value to_json(const Time& value) { return value.wall.time_since_epoch().count(); }
    static json::value to_json(const std::string& text) {
        json::value out;
        if (is_utf8(text)) {
            out = text;
        } else {
            out = json::object{{"base64", base64_encode(text)}};
        }
        return out;
    }
    static json::value to_json(std::uint64_t value) { return value; }
    template <class T>
    static json::value to_json(const std::optional<T>& value) {
        return value ? to_json(*value) : json::value(nullptr);
    }
    template <class A, class B>
    static json::value to_json(const std::pair<A, B>& value) {
        return json::array{to_json(value.first), to_json(value.second)};
    }
    template <class T>
    static json::value to_json(const std::vector<T>& values) {
        json::array out;
        for (const auto& value : values) {
            out.push_back(to_json(value));
        }
        return out;
    }
    static json::value to_json(const Facts& values) {
        json::array out;
        for (const auto& value : values) {
            out.push_back(to_json(value));
        }
        return out;
    }
    template <class T>
    static json::value to_json(const std::map<std::string, T>& values) {
        json::array out;
        for (const auto& value : values) {
            out.push_back(to_json(value));
        }
        return out;
    }
    /// Its name, and what that state holds.
    template <class... Is>
    static json::value to_json(const std::variant<Is...>& value) {
        json::object out;
        out["is"] = name_of(value);
        out["with"] = std::visit([](const auto& in) { return to_json(in); }, value);
        return out;
    }
    template <class T>
    static json::value to_json(const T& value) {
        if constexpr (std::is_enum_v<T>) {
            return json::value(json::string_view(to_string(value)));
        } else {
            Writer writer;
            visit(writer, value);
            return writer.take();
        }
    }

  private:
    json::object out_;
};

class Reader {
  public:
    explicit Reader(const json::object& in) : in_(in) {}
    template <class T>
    void operator()(std::string_view name, T& value) {
        if (const auto* found = in_.if_contains(name)) {
            good_ = from_json(*found, value) && good_;
        }
    }
    [[nodiscard]] bool good() const { return good_; }

    static bool from_json(const json::value& in, bool& out) {
        out = in.is_bool() && in.get_bool();
        return in.is_bool();
    }
    static bool from_json(const json::value& in, Duration& out) {
        out = Duration(in.is_int64() ? in.get_int64() : 0);
        return in.is_int64();
    }
    static bool from_json(const json::value& in, std::uint64_t& out) {
        out = in.is_uint64()                         ? in.get_uint64()
              : in.is_int64() && in.get_int64() >= 0 ? static_cast<std::uint64_t>(in.get_int64())
                                                     : 0;
        return in.is_uint64() || in.is_int64();
    }
    static bool from_json(const json::value& in, Time& out) {
        Duration since_epoch{};
        const bool good = from_json(in, since_epoch);
        out = Time{Wall(since_epoch), Mono()};
        return good;
    }
    static bool from_json(const json::value& in, std::string& out) {
        if (in.is_string()) {
            out = std::string(in.get_string());
            return true;
        }
        const auto* object = in.if_object();
        const auto* bytes = object == nullptr ? nullptr : object->if_contains("base64");
        return bytes != nullptr && bytes->is_string() && base64_decode(bytes->get_string(), out);
    }
    template <class T>
    static bool from_json(const json::value& in, std::optional<T>& out) {
        out.reset();
        return in.is_null() || from_json(in, out.emplace());
    }
    template <class A, class B>
    static bool from_json(const json::value& in, std::pair<A, B>& out) {
        const auto* both = in.if_array();
        return both != nullptr && both->size() == 2 && from_json(both->front(), out.first) &&
               from_json(both->back(), out.second);
    }
    template <class T>
    static bool from_json(const json::value& in, std::vector<T>& out) {
        out.clear();
        const auto* list = in.if_array();
        return list != nullptr && std::all_of(list->begin(), list->end(), [&](const auto& item) {
                   return from_json(item, out.emplace_back());
               });
    }
    static bool from_json(const json::value& in, Facts& out) {
        std::vector<Facts::value_type> pairs;
        const bool good = from_json(in, pairs);
        out = Facts();
        for (const auto& [name, value] : pairs) {
            out.add(name, value);
        }
        return good;
    }
    template <class T>
    static bool from_json(const json::value& in, std::map<std::string, T>& out) {
        std::vector<std::pair<std::string, T>> entries;
        const bool good = from_json(in, entries);
        out = {entries.begin(), entries.end()};
        return good;
    }
    template <class... Is>
    static bool from_json(const json::value& in, std::variant<Is...>& out) {
        const auto* object = in.if_object();
        const auto* is = object == nullptr ? nullptr : object->if_contains("is");
        const auto* with = object == nullptr ? nullptr : object->if_contains("with");
        return is != nullptr && is->is_string() && with != nullptr &&
               (alternative<Is>(is->get_string(), *with, out) || ...);
    }
    template <class T>
    static bool from_json(const json::value& in, T& out) {
        if constexpr (std::is_enum_v<T>) {
            return enumerator(in, out);
        } else {
            const auto* object = in.if_object();
            if (object == nullptr) {
                return false;
            }
            Reader reader(*object);
            visit(reader, out);
            return reader.good();
        }
    }

  private:
    template <class State, class Variant>
    static bool alternative(std::string_view name, const json::value& in, Variant& out) {
        Variant state = State();
        if (name_of(state) != name || !from_json(in, std::get<State>(state))) {
            return false;
        }
        out = std::move(state);
        return true;
    }
    template <class Enum>
    static bool enumerator(const json::value& in, Enum& out) {
        const auto* name = in.if_string();
        const auto found = name == nullptr ? std::nullopt : enumerator_of<Enum>(*name);
        out = found.value_or(out);
        return found.has_value();
    }

    const json::object& in_;
    bool good_ = true;
};

/// Moves every time it comes across. A wall clock that was set back makes what was kept come from
/// the future: the newest of it counts as now then, and what lies between stays as long as it was.
class Rebaser {
  public:
    Rebaser(Time now, Wall newest) : now_{std::max(now.wall, newest), now.mono} {}
    template <class T>
    void operator()(std::string_view /*name*/, T& value) const {
        move(value);
    }

    void move(Time& time) const {
        if (time.wall != Wall()) {
            time.mono = now_.mono - (now_.wall - time.wall);
        }
    }
    template <class T>
    void move(std::optional<T>& value) const {
        if (value) {
            move(*value);
        }
    }
    template <class T>
    void move(std::vector<T>& values) const {
        for (auto& value : values) {
            move(value);
        }
    }
    template <class Item, class... Keys>
    void move(History<Item, Keys...>& items) const {
        History<Item, Keys...> moved;
        for (Item item : items) {
            move(item);
            moved.push_back(std::move(item));
        }
        items = std::move(moved);
    }
    template <class T>
    void move(std::map<std::string, T>& values) const {
        for (auto& [key, value] : values) {
            move(value);
        }
    }
    template <class... Is>
    void move(std::variant<Is...>& value) const {
        std::visit([this](auto& in) { this->move(in); }, value);
    }
    template <class T>
    void move(T& value) const {
        if constexpr (requires { visit(*this, value); }) {
            visit(*this, value);
        }
    }

  private:
    Time now_;
};

Wall newest_of(const Snapshot& snapshot) {
    Wall newest{};
    for (const auto& evidence : snapshot.ledger.evidence) {
        newest = std::max(newest, evidence.taken.wall);
    }
    for (const auto& intent : snapshot.ledger.intents) {
        newest = std::max({newest, intent.at.wall, intent.settled.wall});
    }
    for (const auto& event : snapshot.events) {
        newest = std::max(newest, event.at.wall);
    }
    for (const auto& member : snapshot.record.members()) {
        newest = std::max(newest, member.since.wall);
    }
    return std::max(newest, snapshot.record.multiplexer().since.wall);
}

template <class T>
std::string written(const T& value) {
    return json::serialize(Writer::to_json(value));
}

template <class T>
Result<T> read(std::string_view text, const char* what) {
    boost::system::error_code failed;
    const json::value in = json::parse(json::string_view(text), failed);
    T out;
    if (failed || !Reader::from_json(in, out)) {
        return Error(ErrorKind::Invalid, std::string("store: unreadable ") + what);
    }
    return out;
}

}  // namespace

std::string encode(const RolloutFields& fields) {
    return written(fields);
}
std::string encode(const RolloutRecord& record) {
    return written(record.fields());
}
std::string encode(const Evidence& evidence) {
    return written(evidence);
}
std::string encode(const Intent& intent) {
    return written(intent);
}
std::string encode(const Word& word) {
    return written(word);
}
std::string encode(const Event& event) {
    return written(event);
}
std::string encode(const AuditEntry& entry) {
    return written(entry);
}
std::string encode(const Revision& revision) {
    return written(revision);
}

Result<RolloutRecord> decode_record(std::string_view text) {
    auto fields = read<RolloutFields>(carried_over(text), "record");
    if (!fields) {
        return fields.take_error();
    }
    return RecordCodec::record_of(std::move(*fields));
}
Result<Evidence> decode_evidence(std::string_view text) {
    return read<Evidence>(text, "evidence");
}
Result<Intent> decode_intent(std::string_view text) {
    return read<Intent>(text, "intent");
}
Result<Word> decode_word(std::string_view text) {
    return read<Word>(text, "word");
}
Result<Event> decode_event(std::string_view text) {
    return read<Event>(text, "event");
}
Result<AuditEntry> decode_audit(std::string_view text) {
    return read<AuditEntry>(text, "audit entry");
}
Result<Revision> decode_revision(std::string_view text) {
    return read<Revision>(text, "revision");
}

void rebase(Snapshot& snapshot, Time now) {
    const Rebaser rebaser(now, newest_of(snapshot));
    auto fields = snapshot.record.fields();
    rebaser.move(fields);
    snapshot.record = RecordCodec::record_of(std::move(fields));
    rebaser.move(snapshot.ledger.evidence);
    rebaser.move(snapshot.ledger.intents);
    rebaser.move(snapshot.ledger.words);
    rebaser.move(snapshot.events);
}

}  // namespace wavegate::store
