#include "operator/store/etcd_reader.hpp"

#include "operator/base/text.hpp"
#include "operator/store/codec.hpp"
#include "operator/store/retention.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace wavegate::store::etcd {
namespace {

// A row is 64 KiB at most, or one item; a part 256 KiB (etcd_rows.cpp).
constexpr std::int64_t kRowsAtOnce = 400;
constexpr std::int64_t kPartsAtOnce = 100;

template <class T>
auto append_to(std::vector<T>& out, Result<T> (*decode)(std::string_view)) {
    return [&out, decode](const std::string& /*row*/, const std::string& text) -> Result<void> {
        auto item = decode(text);
        if (!item) {
            return item.take_error();
        }
        out.push_back(std::move(*item));
        return {};
    };
}

/// Goes on behind what came last.
void pass(Range& range, const Pair& last) {
    if (range.newest_first) {
        range.end = last.key;
    } else {
        range.key = last.key + '\0';
    }
}

}  // namespace

Task<void> each_pair(EtcdClient& client, Range range, Take take) {
    bool more = true;
    while (more) {
        auto page = co_await client.range(range);
        if (!page) {
            co_return page.take_error();
        }
        more = page->more && !page->pairs.empty();
        for (const auto& pair : page->pairs) {
            auto taken = take(pair);
            if (!taken) {
                co_return taken.take_error();
            }
            more = more && *taken;
        }
        if (more) {
            pass(range, page->pairs.back());
            range.revision = range.revision == 0 ? page->revision : range.revision;
        }
    }
    co_return Result<void>();
}

Task<Head> read_head(EtcdClient& client, const Keys& keys) {
    auto pairs = co_await client.range(Range(keys.version()));
    if (!pairs) {
        co_return pairs.take_error();
    }
    Head head;
    head.revision = pairs->revision;
    head.cluster = std::move(pairs->cluster);
    if (!pairs->pairs.empty()) {
        auto version = decode_version(pairs->pairs.front().value);
        if (!version) {
            co_return version.take_error();
        }
        head.version = std::move(*version);
        head.modified = pairs->pairs.front().modified;
    }
    co_return head;
}

Range Reader::at_head(Range range) const {
    range.revision = head_.revision;
    return range;
}

Task<std::optional<std::string>> Reader::document(std::string key, Known& known) {
    auto heads = co_await client_.range(at_head(Range(key)));
    if (!heads) {
        co_return heads.take_error();
    }
    if (heads->pairs.empty()) {
        co_return std::optional<std::string>();
    }
    Document document;
    document.head = std::move(heads->pairs.front().value);
    auto range = at_head(keys_.parts(key));
    range.limit = kPartsAtOnce;
    const auto prefix = range.key.size();
    auto& names = known.parts[key];
    Take take = [&](const Pair& pair) -> Result<bool> {
        auto name = pair.key.substr(prefix);
        names.insert(name);
        document.parts.emplace(std::move(name), pair.value);
        return true;
    };
    auto read = co_await each_pair(client_, std::move(range), std::move(take));
    if (!read) {
        co_return read.take_error();
    }
    auto text = join(document);
    if (!text) {
        co_return text.take_error();
    }
    co_return std::optional<std::string>(std::move(*text));
}

Task<void> Reader::record(Snapshot& out, Known& known) {
    auto text = co_await document(keys_.record(kRollout, head_.version.rollout), known);
    if (!text) {
        co_return text.take_error();
    }
    if (*text) {
        auto record = decode_record(**text);
        if (!record) {
            co_return record.take_error();
        }
        out.record = *record;
    }
    co_return Result<void>();
}

Task<void> Reader::last_good(std::optional<Revision>& out, Known& known) {
    auto text = co_await document(keys_.last_good(), known);
    if (!text) {
        co_return text.take_error();
    }
    if (*text) {
        auto revision = decode_revision(**text);
        if (!revision) {
            co_return revision.take_error();
        }
        out = std::move(*revision);
    }
    co_return Result<void>();
}

Task<void> Reader::items(Rows rows, TakeItem take) {
    auto range = at_head(keys_.rows_up_to(rows, head_.version.version));
    range.limit = kRowsAtOnce;
    Take take_row = [&](const Pair& pair) -> Result<bool> {
        auto texts = unpack(pair.value);
        if (!texts) {
            return texts.take_error();
        }
        for (auto& text : *texts) {
            if (auto taken = take(pair.key, std::move(text)); !taken) {
                return taken.take_error();
            }
        }
        return true;
    };
    co_return co_await each_pair(client_, std::move(range), std::move(take_row));
}

Task<void> Reader::ledger(Snapshot& out, Known& known) {
    TakeItem take = [&](const std::string& row, const std::string& text) -> Result<void> {
        auto evidence = decode_evidence(text);
        if (!evidence) {
            return evidence.take_error();
        }
        known.newest[EvidenceName(evidence->kind, evidence->subject)] = row;
        out.ledger.evidence.push_back(std::move(*evidence));
        return {};
    };
    auto read = co_await items(Rows::Evidence, std::move(take));
    if (!read) {
        co_return read;
    }
    take = [&](const std::string& /*row*/, const std::string& text) -> Result<void> {
        auto intent = decode_intent(text);
        if (!intent) {
            return intent.take_error();
        }
        out.ledger.intents.put<ById>(std::move(*intent));
        return {};
    };
    read = co_await items(Rows::Intents, std::move(take));
    if (!read) {
        co_return read;
    }
    take = append_to(out.ledger.words, decode_word);
    co_return co_await items(Rows::Words, std::move(take));
}

Task<void> Reader::newest_events(Snapshot& out) {
    auto range = at_head(keys_.rows_up_to(Rows::Events, head_.version.version));
    range.limit = kRowsAtOnce;
    range.newest_first = true;
    bool enough = false;
    std::vector<Event> newest;  // backwards
    Take take = [&](const Pair& pair) -> Result<bool> {
        auto texts = unpack(pair.value);
        if (!texts) {
            return texts.take_error();
        }
        for (auto text = texts->rbegin(); text != texts->rend() && !enough; ++text) {
            auto event = decode_event(*text);
            if (!event) {
                return event.take_error();
            }
            newest.push_back(std::move(*event));
            enough = newest.size() == kEventsKept;
        }
        return !enough;
    };
    auto read = co_await each_pair(client_, std::move(range), std::move(take));
    std::move(newest.rbegin(), newest.rend(), std::back_inserter(out.events));
    co_return read;
}

Task<Snapshot> Reader::snapshot(Known& known) {
    Snapshot out;
    out.version = head_.version.version;
    if (out.version == 0) {
        co_return out;  // whatever stands there is of a `fill` that did not end
    }
    auto read = co_await record(out, known);
    if (read) {
        read = co_await last_good(out.last_good, known);
    }
    if (read) {
        read = co_await ledger(out, known);
    }
    if (read) {
        read = co_await newest_events(out);
    }
    if (!read) {
        co_return read.take_error();
    }
    co_return out;
}

Task<void> Reader::records(Contents& out) {
    std::vector<Pair> heads;
    auto range = at_head(keys_.records(kRollout));
    range.keys_only = true;
    const auto prefix = range.key.size();
    Take take = [&](const Pair& pair) -> Result<bool> {
        heads.push_back(pair);
        return true;
    };
    auto read = co_await each_pair(client_, std::move(range), std::move(take));
    if (!read) {
        co_return read;
    }
    std::sort(heads.begin(), heads.end(), [](const Pair& a, const Pair& b) {
        return a.created < b.created;
    });
    Known known;
    for (const auto& head : heads) {
        auto body = co_await document(head.key, known);
        if (!body) {
            co_return body.take_error();
        }
        RecordRow row;
        row.kind = kRollout;
        percent_decode(std::string_view(head.key).substr(prefix), row.id);
        row.body = body->value_or(std::string());
        out.records.push_back(std::move(row));
    }
    co_return Result<void>();
}

Task<Contents> Reader::contents() {
    Contents out;
    out.version = head_.version.version;
    out.rollout = head_.version.rollout;
    if (out.version == 0) {
        co_return out;
    }
    Known known;
    auto read = co_await records(out);
    if (read) {
        read = co_await last_good(out.last_good, known);
    }
    const std::array<std::pair<Rows, std::vector<std::string>*>, 5> all{
        {{Rows::Evidence, &out.evidence},
         {Rows::Intents, &out.intents},
         {Rows::Words, &out.words},
         {Rows::Events, &out.events},
         {Rows::Audit, &out.audit}}};
    for (const auto& [rows, into] : all) {
        if (!read) {
            co_return read.take_error();
        }
        auto* texts = into;
        TakeItem take = [texts](const std::string& /*row*/, std::string text) {
            texts->push_back(std::move(text));
            return Result<void>();
        };
        read = co_await items(rows, std::move(take));
    }
    if (!read) {
        co_return read.take_error();
    }
    co_return out;
}

}  // namespace wavegate::store::etcd
