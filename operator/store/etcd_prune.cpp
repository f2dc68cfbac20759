// What EtcdStore forgets. Nothing of it is a commit: the version stays as it is, and so does what
// everybody expects.
#include "operator/base/log.hpp"
#include "operator/base/text.hpp"
#include "operator/store/codec.hpp"
#include "operator/store/etcd_store.hpp"
#include "operator/store/retention.hpp"

#include <algorithm>
#include <utility>

namespace wavegate::store {
namespace {

using etcd::Pair;
using etcd::Put;
using etcd::Range;
using etcd::Rows;

constexpr std::int64_t kRowsAtOnce = 400;
constexpr std::size_t kMostOperations = 100;

/// Rows as they are to be.
struct Changes {
    std::vector<Put> puts;
    std::vector<Range> deletes;

    void row(const std::string& key, const std::vector<std::string>& left) {
        if (left.empty()) {
            deletes.emplace_back(key);
            return;
        }
        for (auto& packed : pack(left, std::string::npos)) {
            puts.emplace_back(key, std::move(packed.text));
        }
    }
};

/// Of intents, each as often as it was told of: one, in the place of the first and as the last.
class Intents {
  public:
    Result<void> take(const std::string& row, std::string_view text) {
        auto intent = decode_intent(text);
        if (!intent) {
            return intent.take_error();
        }
        const auto [known, first] = places_.emplace(intent->id, rows_.size());
        if (first) {
            rows_.push_back(row);
        } else {
            superseded_.insert(rows_[known->second]);
        }
        ++told_[row];
        merged.put<ById>(std::move(*intent));
        return {};
    }

    [[nodiscard]] Changes without(const std::vector<bool>& go) const {
        std::map<std::string, std::vector<std::string>> left;
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            if (!go[i]) {
                left[rows_[i]].push_back(encode(merged[i]));
            }
        }
        Changes changes;
        for (const auto& [row, told] : told_) {
            const auto stays = left.find(row);
            const auto texts = stays == left.end() ? std::vector<std::string>() : stays->second;
            if (texts.size() != told || superseded_.contains(row)) {
                changes.row(row, texts);
            }
        }
        return changes;
    }

    IntentLog merged;

  private:
    std::map<std::string, std::size_t> places_;  ///< in `merged`, by id
    std::vector<std::string> rows_;              ///< of each of `merged`, its first one
    std::set<std::string> superseded_;           ///< rows that hold what was told again since
    std::map<std::string, std::size_t> told_;    ///< how many items stand in a row
};

/// The items of a row of evidence that stay, and whether others go.
struct Sifted {
    std::vector<std::string> left;
    bool some_go = false;
};

Result<Sifted> sift(const Pair& row, const etcd::Known& known, Wall before) {
    auto texts = unpack(row.value);
    if (!texts) {
        return texts.take_error();
    }
    Sifted sifted;
    std::set<etcd::EvidenceName> later;  // in the same row
    std::reverse(texts->begin(), texts->end());
    for (auto& text : *texts) {
        const auto evidence = decode_evidence(text);
        if (!evidence) {
            return evidence.error();
        }
        const etcd::EvidenceName name(evidence->kind, evidence->subject);
        const auto newest = known.newest.find(name);
        const bool in_this = newest != known.newest.end() && newest->second == row.key;
        if (evidence->taken.wall >= before || (in_this && !later.contains(name))) {
            sifted.left.push_back(std::move(text));
        } else {
            sifted.some_go = true;
        }
        later.insert(name);
    }
    std::reverse(sifted.left.begin(), sifted.left.end());
    return sifted;
}

}  // namespace

Task<void> EtcdStore::change(std::vector<Put> puts, std::vector<Range> deletes) {
    std::size_t put = 0;
    std::size_t gone = 0;
    while (put < puts.size() || gone < deletes.size()) {
        auto txn = under_lease();
        std::size_t bytes = 0;
        constexpr std::size_t most = std::size_t{1} << 20U;
        while (put < puts.size() && txn.puts.size() < kMostOperations &&
               (txn.puts.empty() || bytes + puts[put].value.size() < most)) {
            bytes += puts[put].value.size();
            txn.puts.push_back(std::move(puts[put++]));
        }
        // After all puts: what was told in two rows is in one of them at any time.
        while (put == puts.size() && gone < deletes.size() && txn.operations() < kMostOperations) {
            txn.deletes.push_back(std::move(deletes[gone++]));
        }
        auto answer = co_await client_.commit(std::move(txn));
        if (!answer) {
            co_return answer.take_error().in("store");
        }
        if (!answer->succeeded) {
            auto understood = understand(*answer);
            co_return understood ? Error(ErrorKind::Unavailable, "store: try again")
                                 : understood.take_error();
        }
    }
    co_return Result<void>();
}

Task<void> EtcdStore::drop(std::vector<Range> deletes) {
    return change({}, std::move(deletes));
}

Task<void> EtcdStore::prune(Wall before) {
    auto ready = co_await make_ready();
    if (!ready) {
        co_return ready;
    }
    auto head = co_await etcd::read_head(client_, keys_);
    if (!head) {
        co_return head.take_error().in("store");
    }
    const auto revision = head->revision;
    etcd::Reader reader(client_, keys_, std::move(*head));
    auto done = co_await prune_ledger(reader, before);
    if (done) {
        done = co_await prune_events();
    }
    if (done) {
        done = co_await prune_parts(keys_.record(kRollout, head_.version.rollout));
    }
    if (done) {
        done = co_await prune_parts(keys_.last_good());
    }
    if (done) {
        done = co_await forget_history(revision);
    }
    co_return done;
}

Task<void> EtcdStore::prune_ledger(etcd::Reader& reader, Wall before) {
    etcd::Known unused;
    RolloutRecord record;
    auto text = co_await reader.document(keys_.record(kRollout, head_.version.rollout), unused);
    if (!text) {
        co_return text.take_error();
    }
    if (*text) {
        auto decoded = decode_record(**text);
        if (!decoded) {
            co_return decoded.take_error();
        }
        record = *decoded;
    }
    Intents intents;
    etcd::Reader::TakeItem take = [&](const std::string& row, const std::string& item) {
        return intents.take(row, item);
    };
    auto done = co_await reader.items(Rows::Intents, std::move(take));
    if (done) {
        auto changes = intents.without(prunable(intents.merged, record, before));
        done = co_await change(std::move(changes.puts), std::move(changes.deletes));
    }
    if (done) {
        done = co_await prune_records(intents.merged);
    }
    if (done) {
        done = co_await learn_evidence(reader);
    }
    if (done) {
        done = co_await prune_evidence(before);
    }
    co_return done;
}

Task<void> EtcdStore::learn_evidence(etcd::Reader& reader) {
    if (knows_evidence_) {
        co_return Result<void>();
    }
    etcd::Reader::TakeItem take = [&](const std::string& row,
                                      const std::string& text) -> Result<void> {
        auto evidence = decode_evidence(text);
        if (!evidence) {
            return evidence.take_error();
        }
        known_.newest[etcd::EvidenceName(evidence->kind, evidence->subject)] = row;
        return {};
    };
    auto read = co_await reader.items(Rows::Evidence, std::move(take));
    knows_evidence_ = read.has_value();
    co_return read;
}

/// Rows stand in the order of their time: the walk ends where none is old any more, so that it
/// costs what there is to forget, and not what there is.
Task<void> EtcdStore::prune_evidence(Wall before) {
    Changes changes;
    std::int64_t young = 0;
    etcd::Take take = [&](const Pair& pair) -> Result<bool> {
        auto sifted = sift(pair, known_, before);
        if (!sifted) {
            return sifted.take_error();
        }
        young = sifted->some_go ? 0 : young + 1;
        if (sifted->some_go) {
            changes.row(pair.key, sifted->left);
        }
        return young < kRowsAtOnce + static_cast<std::int64_t>(known_.newest.size());
    };
    auto range = keys_.rows_up_to(Rows::Evidence, head_.version.version);
    range.limit = kRowsAtOnce;
    auto read = co_await etcd::each_pair(client_, std::move(range), std::move(take));
    if (!read) {
        co_return read.take_error();
    }
    co_return co_await change(std::move(changes.puts), std::move(changes.deletes));
}

/// Nothing can show more than the newest.
Task<void> EtcdStore::prune_events() {
    std::size_t events = 0;
    auto range = keys_.rows(Rows::Events);
    const auto first = range.key;
    range.limit = kRowsAtOnce;
    range.newest_first = true;
    std::string oldest;
    etcd::Take take = [&](const Pair& pair) -> Result<bool> {
        auto texts = unpack(pair.value);
        if (!texts) {
            return texts.take_error();
        }
        events += texts->size();
        oldest = pair.key;
        return events < kEventsKept;
    };
    auto read = co_await etcd::each_pair(client_, std::move(range), std::move(take));
    if (!read || oldest.empty()) {
        co_return read;
    }
    std::vector<Range> deletes{Range(first, oldest)};
    co_return co_await drop(std::move(deletes));
}

Task<void> EtcdStore::prune_records(const IntentLog& intents) {
    auto range = keys_.records(kRollout);
    range.keys_only = true;
    const auto prefix = range.key.size();
    auto heads = co_await client_.range(std::move(range));
    if (!heads) {
        co_return heads.take_error();
    }
    std::sort(heads->pairs.begin(), heads->pairs.end(), [](const Pair& a, const Pair& b) {
        return a.created < b.created;
    });
    std::vector<std::string> ids;
    for (const auto& head : heads->pairs) {
        ids.emplace_back();
        percent_decode(std::string_view(head.key).substr(prefix), ids.back());
    }
    const auto go = prunable(ids, head_.version.rollout, intents);
    std::vector<Range> deletes;
    for (std::size_t i = 0; i < go.size(); ++i) {
        if (go[i]) {
            deletes.emplace_back(heads->pairs[i].key);
            deletes.push_back(keys_.parts(heads->pairs[i].key));
        }
    }
    co_return co_await drop(std::move(deletes));
}

/// Parts that a commit left which did not end, or had no room to take away.
Task<void> EtcdStore::prune_parts(std::string owner) {
    auto head = co_await client_.range(Range(owner));
    if (!head) {
        co_return head.take_error();
    }
    std::set<std::string> named;
    if (!head->pairs.empty()) {
        named = parts_of(head->pairs.front().value);
    }
    auto range = keys_.parts(owner);
    range.keys_only = true;
    const auto prefix = range.key.size();
    auto parts = co_await client_.range(std::move(range));
    if (!parts) {
        co_return parts.take_error();
    }
    std::vector<Range> deletes;
    for (const auto& part : parts->pairs) {
        if (!named.contains(part.key.substr(prefix))) {
            deletes.emplace_back(part.key);
        }
    }
    known_.parts[owner] = std::move(named);
    co_return co_await drop(std::move(deletes));
}

/// etcd keeps whatever was until it is told otherwise. The hour between two prunes is left to
/// whoever else watches the cluster.
Task<void> EtcdStore::forget_history(std::int64_t revision) {
    const auto before = std::exchange(forget_before_, revision);
    if (before == 0) {
        co_return Result<void>();
    }
    auto done = co_await client_.compact(before);
    const bool ended = done || etcd::is_compacted(done.error());
    if (!ended && done.error().kind() != ErrorKind::Denied) {
        co_return done.take_error().in("store");
    }
    if (!ended) {
        // A cluster that does it by itself, and lets nobody else.
        log::debug("store: {}", done.error().message());
    }
    co_return Result<void>();
}

}  // namespace wavegate::store
