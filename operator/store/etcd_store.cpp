#include "operator/store/etcd_store.hpp"

#include "operator/base/digest.hpp"
#include "operator/store/codec.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace wavegate::store {
namespace {

/// Beside the puts of one transaction; what is left over goes with the next prune.
constexpr std::size_t kMostDeletes = 20;

/// One that is not known any more and lands all the same is taken for another's: a Conflict.
constexpr std::size_t kMostFences = 64;

Error not_expected(Effect effect = Effect::None) {
    return {ErrorKind::Conflict, "store: its version is not the expected one", effect};
}

/// What etcd said, as a store says it: nothing is known, or nothing was done.
Error unavailable(const Error& said) {
    const bool final = said.kind() == ErrorKind::Invalid || said.kind() == ErrorKind::Denied ||
                       said.kind() == ErrorKind::Cancelled;
    const auto kind = final ? said.kind() : ErrorKind::Unavailable;
    return Error(kind, "store: " + said.message(), said.effect()).with_status(said.status());
}

}  // namespace

EtcdStore::EtcdStore(EtcdClient& client, Random& random, std::string prefix, EtcdLease* lease)
    : client_(client), random_(random), keys_(std::move(prefix)), lease_(lease) {}

Result<void> EtcdStore::may_write() const {
    if (lease_ == nullptr) {
        return Error(ErrorKind::Conflict, "store: it is only looked at");
    }
    if (lease_->is_held()) {
        return {};
    }
    const auto& holder = lease_->holder();
    return Error(
        ErrorKind::Conflict,
        holder ? "store: another process holds it: " + to_text(*holder)
               : std::string("store: its lease is not held"));
}

std::string EtcdStore::new_commit() {
    return to_hex(random_.bytes(16));
}

etcd::Txn EtcdStore::under_lease() const {
    using What = etcd::Compare::What;
    etcd::Txn txn;
    txn.compare.emplace_back(keys_.lease(), What::Created, lease_->token());
    txn.compare.emplace_back(keys_.version(), What::Modified, head_.modified);
    txn.otherwise = {keys_.lease(), keys_.version()};
    return txn;
}

Task<void> EtcdStore::open() {
    if (open_) {
        co_return Result<void>();
    }
    auto head = co_await etcd::read_head(client_, keys_);
    if (!head) {
        co_return unavailable(head.error());
    }
    head_ = std::move(*head);
    known_ = etcd::Known();
    knows_evidence_ = false;
    open_ = true;
    dirty_ = true;
    co_return Result<void>();
}

Task<void> EtcdStore::make_ready() {
    if (auto may = may_write(); !may) {
        co_return may;
    }
    auto opened = co_await open();
    if (!opened) {
        co_return opened;
    }
    if (dirty_ || pending_) {
        co_return co_await fence();
    }
    co_return Result<void>();
}

/// Touches the version key, so that nothing that was sent before can land any more, and takes away
/// what a commit left that did not end.
Task<void> EtcdStore::fence() {
    constexpr int tries = 3;  // each learns what an earlier one did
    for (int i = 0; i < tries; ++i) {
        auto touched = head_.version;
        touched.commit = new_commit();
        fences_.push_back(touched.commit);
        auto txn = under_lease();
        txn.puts.emplace_back(keys_.version(), etcd::encode(touched));
        for (const auto rows : etcd::kAllRows) {
            txn.deletes.push_back(keys_.rows_after(rows, head_.version.version));
        }
        auto answer = co_await client_.commit(std::move(txn));
        if (!answer) {
            dirty_ = true;
            if (answer.error().effect() == Effect::None || fences_.size() > kMostFences) {
                fences_.pop_back();
            }
            co_return unavailable(answer.error());
        }
        if (answer->succeeded) {
            head_.modified = answer->revision;
            dirty_ = false;
            pending_.reset();
            fences_.clear();
            co_return Result<void>();
        }
        if (auto understood = understand(*answer); !understood) {
            co_return understood;
        }
    }
    co_return Error(ErrorKind::Unavailable, "store: its version key does not stay as it is");
}

/// Why a transaction was refused. Good: by what this store itself wrote, which is known now.
Result<void> EtcdStore::understand(const etcd::TxnAnswer& answer) {
    const auto& lease = answer.found[0];
    const auto& found = answer.found[1];
    const bool ours = lease && lease->created == lease_->token();
    etcd::Version version;
    if (found) {
        auto decoded = etcd::decode_version(found->value);
        if (!decoded) {
            return decoded.take_error();
        }
        version = std::move(*decoded);
    }
    const auto modified = found ? found->modified : 0;
    const bool touched = std::find(fences_.begin(), fences_.end(), version.commit) != fences_.end();
    if (pending_ && version.commit == pending_->next.commit) {
        adopt(std::move(*pending_), modified);
    } else if (touched) {
        head_.modified = modified;
    } else if (modified != head_.modified) {
        const bool past = pending_ && version.version >= pending_->next.version;
        open_ = false;
        return not_expected(past ? Effect::Maybe : Effect::None);
    }
    if (!ours) {
        lease_->lose();
        return Error(ErrorKind::Conflict, "store: its lease was lost");
    }
    return {};
}

void EtcdStore::adopt(etcd::Plan plan, std::int64_t modified) {
    head_.version = std::move(plan.next);
    head_.modified = modified;
    const auto record = keys_.record(kRollout, head_.version.rollout);
    std::erase_if(known_.parts, [&](const auto& each) {
        return each.first != record && each.first != keys_.last_good();
    });
    for (auto& [owner, names] : plan.parts) {
        known_.parts[owner] = std::move(names);
    }
    for (auto& [name, row] : plan.newest) {
        known_.newest[std::move(name)] = std::move(row);
    }
    pending_.reset();
}

/// What a commit puts before its version: read by nobody until then.
Task<void> EtcdStore::stage(std::vector<etcd::Put> puts) {
    auto txn = under_lease();
    txn.puts = std::move(puts);
    dirty_ = true;
    auto answer = co_await client_.commit(std::move(txn));
    if (!answer) {
        co_return unavailable(answer.error()).with_effect(Effect::None);
    }
    if (answer->succeeded) {
        co_return Result<void>();
    }
    auto understood = understand(*answer);
    co_return understood ? Result<void>(not_expected()) : std::move(understood);
}

Task<std::uint64_t> EtcdStore::commit(Batch batch, std::uint64_t expected) {
    auto ready = co_await make_ready();
    if (!ready) {
        co_return ready.take_error().with_effect(Effect::None);
    }
    if (head_.version.version != expected) {
        co_return not_expected();
    }
    auto plan = etcd::plan_of(keys_, batch, head_.version, known_.parts, new_commit());
    if (etcd::is_one_group(plan)) {
        plan.last.insert(
            plan.last.begin(),
            std::make_move_iterator(plan.early.begin()),
            std::make_move_iterator(plan.early.end()));
        co_return co_await conclude(std::move(plan));
    }
    auto groups = etcd::in_groups(std::move(plan.early));
    for (auto& group : groups) {
        auto staged = co_await stage(std::move(group));
        if (!staged) {
            co_return staged.take_error();
        }
    }
    co_return co_await conclude(std::move(plan));
}

/// The one transaction that makes a commit count.
Task<std::uint64_t> EtcdStore::conclude(etcd::Plan plan) {
    auto txn = under_lease();
    txn.puts = std::move(plan.last);
    plan.deletes.resize(std::min(plan.deletes.size(), kMostDeletes));
    txn.deletes = std::move(plan.deletes);
    const auto version = plan.next.version;
    pending_ = std::move(plan);
    auto answer = co_await client_.commit(std::move(txn));
    if (answer && answer->succeeded) {
        adopt(std::move(*pending_), answer->revision);
        dirty_ = false;
        co_return version;
    }
    if (!answer && answer.error().effect() == Effect::Maybe) {
        co_return co_await find_out(unavailable(answer.error()));
    }
    if (!answer) {
        pending_.reset();
        co_return unavailable(answer.error());
    }
    auto understood = understand(*answer);
    if (!pending_) {
        co_return version;  // the same request was sent twice, and the first had landed
    }
    pending_.reset();
    co_return understood ? not_expected() : understood.take_error().with_effect(Effect::None);
}

/// The answer was lost: did the commit land? If not, it never will when this has ended well.
Task<std::uint64_t> EtcdStore::find_out(Error said) {
    const auto version = pending_->next.version;
    auto fenced = co_await fence();
    if (head_.version.version == version && open_) {
        co_return version;
    }
    if (fenced) {
        co_return std::move(said).with_effect(Effect::None);
    }
    if (fenced.error().kind() != ErrorKind::Conflict) {
        co_return said;  // still pending
    }
    pending_.reset();
    if (fenced.error().effect() == Effect::Maybe) {
        // Another took over since, and builds on it or not: only loading tells.
        co_return said;
    }
    co_return fenced.take_error();
}

Task<Snapshot> EtcdStore::snapshot() {
    constexpr int tries = 3;  // compacted while it was read
    Error last;
    for (int i = 0; i < tries; ++i) {
        open_ = false;
        auto opened = co_await open();
        if (!opened) {
            co_return opened.take_error();
        }
        etcd::Reader reader(client_, keys_, head_);
        auto read = co_await reader.snapshot(known_);
        if (read) {
            knows_evidence_ = true;
            co_return read;
        }
        last = read.take_error();
        if (!etcd::is_compacted(last)) {
            break;
        }
    }
    co_return unavailable(last);
}

Task<Snapshot> EtcdStore::load(Time now) {
    auto read = co_await snapshot();
    if (!read) {
        co_return read;
    }
    rebase(*read, now);
    co_return read;
}

std::string EtcdStore::identity() const {
    constexpr std::size_t digits = 32;
    return head_.cluster.empty()
               ? std::string()
               : sha256_hex("etcd/" + head_.cluster + "/" + keys_.lease()).substr(0, digits);
}

Mono EtcdStore::held_until() const {
    const auto held = lease_ == nullptr ? std::nullopt : lease_->held_until();
    return held.value_or(Mono::min());
}

Leadership EtcdStore::leader() const {
    Leadership leads;
    const auto holder = lease_ == nullptr ? std::nullopt : lease_->holder();
    if (!holder || holder->own) {
        leads.trouble = "the store's lease is held by nobody that is known";
        return leads;
    }
    leads.holder = holder->name;
    leads.host = holder->host;
    leads.since = holder->since;
    return leads;
}

Task<void> EtcdStore::check() {
    if (!open_ || lease_ == nullptr) {
        co_return Result<void>();
    }
    if (!lease_->is_held()) {
        co_return co_await check_as_onlooker();
    }
    auto asked = under_lease();
    asked.otherwise.clear();
    auto answer = co_await client_.commit(std::move(asked));
    if (!answer) {
        co_return unavailable(answer.error()).with_effect(Effect::None);
    }
    if (!answer->succeeded) {
        co_return Error(ErrorKind::Unavailable, "store: another process writes to it");
    }
    co_return Result<void>();
}

Task<void> EtcdStore::check_as_onlooker() {
    auto head = co_await etcd::read_head(client_, keys_);
    if (!head) {
        co_return unavailable(head.error());
    }
    if (head->modified != head_.modified) {
        co_return Error(ErrorKind::Conflict, "store: another process writes to it");
    }
    co_return Result<void>();
}

Task<Contents> EtcdStore::contents() {
    open_ = false;
    auto opened = co_await open();
    if (!opened) {
        co_return opened.take_error();
    }
    etcd::Reader reader(client_, keys_, head_);
    auto read = co_await reader.contents();
    if (!read) {
        co_return unavailable(read.error());
    }
    co_return read;
}

Task<void> EtcdStore::fill(Contents contents) {
    auto ready = co_await make_ready();
    if (!ready) {
        co_return ready;
    }
    if (head_.version.version != 0) {
        co_return Error(ErrorKind::Conflict, "store: something is kept there already");
    }
    // What a fill left that did not end.
    std::vector<etcd::Range> rest{
        keys_.records(kRollout), keys_.all_parts(), etcd::Range(keys_.last_good())};
    for (const auto rows : etcd::kAllRows) {
        rest.push_back(keys_.rows(rows));
    }
    auto cleaned = co_await drop(std::move(rest));
    if (!cleaned) {
        co_return cleaned;
    }
    auto plan = etcd::plan_of(keys_, contents, new_commit());
    auto version = std::move(plan.last.back());
    plan.last.pop_back();
    auto groups = etcd::in_groups(std::move(plan.early));
    for (auto& head : plan.last) {
        // One by one: records stand in the order of their creation.
        groups.emplace_back();
        groups.back().push_back(std::move(head));
    }
    for (auto& group : groups) {
        auto staged = co_await stage(std::move(group));
        if (!staged) {
            co_return staged;
        }
    }
    plan.last.clear();
    plan.last.push_back(std::move(version));
    auto done = co_await conclude(std::move(plan));
    if (!done) {
        co_return done.take_error();
    }
    co_return Result<void>();
}

}  // namespace wavegate::store
