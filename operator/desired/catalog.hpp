#pragma once

#include "operator/desired/kinds.hpp"
#include "operator/desired/registry.hpp"

#include <string>
#include <vector>

namespace wavegate::desired {

/// A bound value and the document it came from.
template <class Value>
struct Bound {
    const Document* document = nullptr;
    Value value;
};

/// All documents of a revision, bound; the first of each name.
struct Catalog {
    Bound<FleetDocument> fleet;  ///< document nullptr: there is none
    std::vector<Bound<ServiceDocument>> services;
    std::vector<Bound<OidcClientSpec>> clients;
    std::vector<Bound<PolicySpec>> policies;
    std::vector<Bound<MonitoringSpec>> monitorings;
    std::vector<RegistryEntry> registry;
    /// The registry was read whole: a name that it lacks is unknown.
    bool registry_known = false;
    bool incomplete = false;

    std::map<std::string, std::size_t> client_places;  ///< by name
    std::map<std::string, std::size_t> policy_places;

    [[nodiscard]] const Bound<OidcClientSpec>* client(const std::string& name) const;
    [[nodiscard]] const Bound<PolicySpec>* policy(const std::string& name) const;
    /// Its position in `policies`.
    [[nodiscard]] std::optional<std::size_t> policy_at(const std::string& name) const;
};

/// Binds all documents; reports a missing or second fleet, duplicate documents, unsupported
/// fields, and a registry that is not there.
Catalog make_catalog(Documents& documents, Report& report);

/// A service of the fleet, merged, and its document (nullptr: it has none).
struct MergedService {
    const Document* document = nullptr;
    ServiceSpec spec;
};

/// Registry entries, defaults and documents merged, by name. Reports documents of services that
/// nobody lists, and patterns that cannot be filled in.
std::vector<MergedService> merge_services(const Catalog& catalog, Report& report);

}  // namespace wavegate::desired
