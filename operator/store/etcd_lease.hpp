#pragma once

#include "operator/base/task.hpp"
#include "operator/base/time.hpp"
#include "operator/ports/clock.hpp"
#include "operator/ports/random.hpp"
#include "operator/store/etcd_client.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace wavegate::store {

/// How a lease is kept. `margin` is what the end of our own time stands before the server's: what
/// was begun by then has ended when another may begin.
struct LeaseTerms {
    Duration length{10'000};
    Duration renewal{3'000};
    Duration margin{2'000};
    Duration look{500};  ///< how often one that waits for it looks
};

/// Who acts for a store. The token grows with each taker, and fences what it writes.
struct LeaseHolder {
    std::string name;
    std::string host;
    Wall since{};  ///< by the holder's own clock: for people
    std::int64_t token = 0;
    bool own = false;  ///< it is this very process, whose time may be over all the same
};

/// The election of who acts for a store in etcd (etcd.md, "Election and fencing"): a key that lives
/// as long as its holder's lease. It is ours until the send time of the last good renewal, plus its
/// length, minus the margin; whoever writes under it compares the key's creation with the token, so
/// that what lands late is refused. One executor; all references outlive it.
class EtcdLease {
  public:
    /// `name`, `host`: who holds it, for people.
    EtcdLease(
        EtcdClient& client,
        Clock& clock,
        Random& random,
        std::string key,
        std::string name,
        LeaseTerms terms = LeaseTerms(),
        std::string host = {});

    /// Takes it if nobody holds it. False: `holder` says who does.
    Task<bool> try_once();
    /// Waits until it is ours; a cluster that nobody answers at is waited for too. Errors: Denied
    /// and Invalid, which waiting does not mend; Cancelled.
    Task<void> campaign();
    /// Renews it until it is lost, and says why: Conflict, another may hold it; Cancelled. Ours no
    /// more when it ends, but for Cancelled.
    Task<void> keep();
    /// Gives it up at once: the next one need not wait for its end.
    Task<void> resign();
    /// The server refused our token: it is ours no more, whatever a renewal would say.
    void lose();

    /// Until when we may act; nothing: it is not ours. Past that time others may.
    [[nodiscard]] std::optional<Mono> held_until() const;
    [[nodiscard]] bool is_held() const { return held_until().has_value(); }
    /// Zero: not ours.
    [[nodiscard]] std::int64_t token() const { return held_ ? held_->token : 0; }
    /// Who held it when it was last looked at; nothing: nobody.
    [[nodiscard]] const std::optional<LeaseHolder>& holder() const { return holder_; }
    [[nodiscard]] const std::string& key() const { return key_; }

  private:
    struct Held {
        std::int64_t lease = 0;
        std::int64_t token = 0;
        Mono until{};
    };

    Task<bool> take();
    Task<std::int64_t> put_key(std::int64_t lease);
    Task<std::int64_t> look_for(std::int64_t lease, const std::string& value);
    Task<void> renew();
    void note(const std::optional<etcd::Pair>& found);
    [[nodiscard]] std::string value_of(std::int64_t lease) const;
    [[nodiscard]] Mono end_of(Mono sent, std::int64_t seconds) const;

    EtcdClient& client_;
    Clock& clock_;
    std::string key_;
    std::string name_;
    std::string host_;
    std::string incarnation_;  ///< no other process, and no other object, has the same
    LeaseTerms terms_;
    std::optional<Held> held_;
    std::optional<LeaseHolder> holder_;
};

/// "run-1 on nas since 2026-11-24T08:00:00.000Z"
std::string to_text(const LeaseHolder& holder);
/// Of an error of etcd: is it the same however long one waits?
bool waiting_is_in_vain(const Error& error);

}  // namespace wavegate::store
