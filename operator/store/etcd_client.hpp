#pragma once

#include "operator/model/desired.hpp"
#include "operator/ports/credentials.hpp"
#include "operator/ports/transport.hpp"
#include "operator/store/etcd_wire.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace wavegate::store {

/// Which etcd, and who asks it.
struct EtcdAccess {
    std::vector<std::string> urls;  ///< of members of one cluster, in the order of preference
    std::string username;           ///< empty: it asks for none
    Reference password;
};

/// An etcd cluster through its JSON gateway (etcd.md). A member that nobody answers at gives way to
/// the next one; so does, for what only reads, one that fails. A token that lapsed is replaced by a
/// new login, once a request. All references outlive the client; the transport has a deadline.
/// Errors: as the transport says, and as `etcd::refusal` does.
class EtcdClient {
  public:
    EtcdClient(Transport& transport, Credentials& credentials, EtcdAccess access);

    Task<etcd::Pairs> range(etcd::Range range);
    /// Effect Maybe: nobody knows whether it was done.
    Task<etcd::TxnAnswer> commit(etcd::Txn txn);
    Task<etcd::Grant> grant(std::int64_t seconds);
    Task<etcd::Grant> keep_alive(std::int64_t lease);
    Task<void> revoke(std::int64_t lease);
    /// Forgets what was before that revision. NotFound: that is forgotten already.
    Task<void> compact(std::int64_t revision);

    /// Begins with the member at which another client of the same cluster was answered last.
    void begin_where(const EtcdClient& other) { at_ = other.at_; }

    /// Where it is, for people.
    [[nodiscard]] const std::string& address() const { return access_.urls.front(); }

  private:
    enum class Kind { Reads, Writes };
    Task<std::string> call(std::string path, std::string body, Kind kind);
    Task<HttpResponse> ask_one(std::string path, std::string body);
    Task<HttpResponse> post(std::string path, std::string body, SecretValue token);
    Task<void> log_in();
    void try_next() { at_ = (at_ + 1) % access_.urls.size(); }

    Transport& transport_;
    Credentials& credentials_;
    EtcdAccess access_;
    std::size_t at_ = 0;  ///< of the urls
    SecretValue token_;
};

}  // namespace wavegate::store
