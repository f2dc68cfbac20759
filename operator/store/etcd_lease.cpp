#include "operator/store/etcd_lease.hpp"

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "operator/formats/json_fields.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace wavegate::store {
namespace {

namespace json = boost::json;

std::optional<LeaseHolder> holder_in(
    const std::optional<etcd::Pair>& pair,
    const std::string& incarnation) {
    if (!pair) {
        return std::nullopt;
    }
    LeaseHolder holder;
    holder.token = pair->created;
    const auto parsed = formats::parse_json(pair->value);
    const auto* object = parsed ? parsed->if_object() : nullptr;
    if (object != nullptr) {
        holder.name = one_line(formats::text_at(*object, {"name"}));
        holder.host = one_line(formats::text_at(*object, {"host"}));
        holder.own = formats::text_at(*object, {"incarnation"}) == incarnation;
        holder.since = Wall(Duration(formats::number_at(*object, {"since"})));
    }
    return holder;
}

Error lost(std::string_view why) {
    return {ErrorKind::Conflict, "store: the lease was lost: " + std::string(why)};
}

}  // namespace

bool waiting_is_in_vain(const Error& error) {
    return error.kind() == ErrorKind::Denied || error.kind() == ErrorKind::Invalid ||
           error.kind() == ErrorKind::Cancelled || error.kind() == ErrorKind::Internal;
}

std::string to_text(const LeaseHolder& holder) {
    const auto where = holder.host.empty() ? std::string() : " on " + holder.host;
    return holder.name + where + " since " + to_rfc3339(holder.since);
}

EtcdLease::EtcdLease(
    EtcdClient& client,
    Clock& clock,
    Random& random,
    std::string key,
    std::string name,
    LeaseTerms terms,
    std::string host)
    : client_(client),
      clock_(clock),
      key_(std::move(key)),
      name_(std::move(name)),
      host_(std::move(host)),
      incarnation_(to_hex(random.bytes(16))),
      terms_(terms) {}

std::optional<Mono> EtcdLease::held_until() const {
    if (!held_ || clock_.now().mono >= held_->until) {
        return std::nullopt;
    }
    return held_->until;
}

std::string EtcdLease::value_of(std::int64_t lease) const {
    const auto since = clock_.now().wall.time_since_epoch().count();
    json::object value{{"name", name_}, {"host", host_}, {"since", since}};
    value["incarnation"] = incarnation_;
    value["lease"] = std::to_string(lease);
    return json::serialize(value);
}

Mono EtcdLease::end_of(Mono sent, std::int64_t seconds) const {
    const Duration length = std::chrono::seconds(seconds);
    return sent + std::min(length, terms_.length) - terms_.margin;
}

void EtcdLease::note(const std::optional<etcd::Pair>& found) {
    holder_ = holder_in(found, incarnation_);
}

Task<bool> EtcdLease::try_once() {
    auto pairs = co_await client_.range(etcd::Range(key_));
    if (!pairs) {
        co_return pairs.take_error();
    }
    if (!pairs->pairs.empty()) {
        note(pairs->pairs.front());
        co_return false;
    }
    co_return co_await take();
}

Task<bool> EtcdLease::take() {
    const auto sent = clock_.now().mono;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(terms_.length).count();
    auto grant = co_await client_.grant(seconds);
    if (!grant) {
        co_return grant.take_error();
    }
    auto token = co_await put_key(grant->lease);
    if (!token) {
        co_return token.take_error();
    }
    if (*token == 0) {
        static_cast<void>(co_await client_.revoke(grant->lease));
        co_return false;
    }
    Held held;
    held.lease = grant->lease;
    held.token = *token;
    held.until = end_of(sent, grant->seconds);
    held_ = held;
    co_return true;
}

/// The token; zero: another was first.
Task<std::int64_t> EtcdLease::put_key(std::int64_t lease) {
    const auto value = value_of(lease);
    etcd::Txn txn;
    txn.compare.emplace_back(key_, etcd::Compare::What::Created, 0);
    txn.puts.emplace_back(key_, value, lease);
    txn.otherwise.push_back(key_);
    auto answer = co_await client_.commit(std::move(txn));
    if (!answer && answer.error().effect() == Effect::None) {
        co_return answer.take_error();
    }
    if (!answer || !answer->succeeded) {
        // The answer may be lost, or be of the same request sent twice.
        co_return co_await look_for(lease, value);
    }
    etcd::Pair ours;
    ours.value = value;
    ours.created = answer->revision;
    note(ours);
    co_return answer->revision;
}

Task<std::int64_t> EtcdLease::look_for(std::int64_t lease, const std::string& value) {
    auto pairs = co_await client_.range(etcd::Range(key_));
    if (!pairs) {
        static_cast<void>(co_await client_.revoke(lease));
        co_return pairs.take_error();
    }
    if (pairs->pairs.empty()) {
        // It may land yet: without its lease it can't.
        static_cast<void>(co_await client_.revoke(lease));
        co_return Error(ErrorKind::Unavailable, "store: the lease's answer was lost");
    }
    note(pairs->pairs.front());
    const auto& found = pairs->pairs.front();
    co_return found.value == value ? found.created : 0;
}

Task<void> EtcdLease::campaign() {
    while (true) {
        auto taken = co_await try_once();
        if (taken && *taken) {
            co_return Result<void>();
        }
        if (!taken && waiting_is_in_vain(taken.error())) {
            co_return taken.take_error();
        }
        auto slept = co_await clock_.sleep_until(clock_.now().mono + terms_.look);
        if (!slept) {
            co_return slept;
        }
    }
}

Task<void> EtcdLease::renew() {
    const auto sent = clock_.now().mono;
    auto kept = co_await client_.keep_alive(held_->lease);
    if (!kept) {
        co_return kept.take_error();
    }
    if (!held_ || kept->seconds <= 0) {
        co_return lost("etcd says that it is over");
    }
    held_->until = end_of(sent, kept->seconds);
    co_return Result<void>();
}

Task<void> EtcdLease::keep() {
    auto next = clock_.now().mono + terms_.renewal;
    while (held_) {
        const auto look = clock_.now().mono + terms_.look;
        auto slept = co_await clock_.sleep_until(std::min(look, std::min(next, held_->until)));
        if (!slept) {
            co_return slept;
        }
        if (!is_held()) {
            break;
        }
        if (clock_.now().mono < next) {
            continue;
        }
        // What fails is tried again as long as there is time.
        auto renewed = co_await renew();
        if (!renewed && renewed.error().kind() == ErrorKind::Cancelled) {
            co_return renewed;
        }
        if (!renewed && renewed.error().kind() == ErrorKind::Conflict) {
            held_.reset();
            co_return renewed;
        }
        next = clock_.now().mono + (renewed ? terms_.renewal : terms_.look);
    }
    const bool told = !held_;
    held_.reset();
    co_return lost(told ? "another writes under it" : "it could not be renewed in time");
}

void EtcdLease::lose() {
    held_.reset();
}

Task<void> EtcdLease::resign() {
    if (!held_) {
        co_return Result<void>();
    }
    const auto lease = held_->lease;
    held_.reset();
    holder_.reset();
    co_return co_await client_.revoke(lease);
}

}  // namespace wavegate::store
