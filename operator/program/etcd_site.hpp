#pragma once

#include "operator/base/result.hpp"
#include "operator/net/curl_transport.hpp"
#include "operator/net/patient_transport.hpp"
#include "operator/net/traffic.hpp"
#include "operator/ports/clock.hpp"
#include "operator/ports/credentials.hpp"
#include "operator/ports/random.hpp"
#include "operator/ports/road.hpp"
#include "operator/settings/config.hpp"
#include "operator/store/etcd_lease.hpp"
#include "operator/store/etcd_store.hpp"

#include <memory>

namespace wavegate::program {

/// The etcd that the configuration names: the ways to it, and the lease under which its store is
/// written to. All references outlive it.
class EtcdSite {
  public:
    /// `road`: as open_etcd_road gives it. `credentials`: the operator's own. `name`, `host`: what
    /// the lease calls its holder.
    EtcdSite(
        const settings::Config& config,
        const Road& road,
        const asio::any_io_executor& executor,
        Clock& clock,
        Random& random,
        net::Traffic& traffic,
        Credentials& credentials,
        std::string name,
        std::string host);

    /// The store, for who takes the lease first.
    std::unique_ptr<store::EtcdStore> store();
    /// The same to be looked at, whoever holds it.
    std::unique_ptr<store::EtcdStore> look();

    /// Takes the lease if nobody has it, and says who has. Errors: those of EtcdLease::campaign,
    /// which waiting does not mend; what it mends is logged.
    Task<void> try_once();
    /// Waits until the lease is ours. Errors as EtcdLease::campaign.
    Task<void> campaign();
    store::EtcdLease& lease() { return lease_; }

  private:
    Random& random_;
    std::string prefix_;
    net::CurlTransport wire_;
    net::PatientTransport quick_;  ///< of the lease: nobody's pace is in its way
    net::PatientTransport slow_;
    store::EtcdClient renewals_;
    store::EtcdClient client_;
    store::EtcdLease lease_;
};

}  // namespace wavegate::program
