#include "operator/desired/catalog.hpp"

#include "operator/desired/unsupported.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace wavegate::desired {
namespace {

template <class Value>
void index(std::map<std::string, std::size_t>& places, const std::vector<Bound<Value>>& all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
        places.emplace(all[i].value.name, i);
    }
}

/// The documents of one kind without those whose name came before.
std::vector<const Document*>
distinct(const Documents& documents, std::string_view kind, Report& report) {
    std::vector<const Document*> out;
    std::map<std::string, const Document*> first;
    for (const auto* document : documents.of(kind)) {
        refuse_unsupported(*document, report);
        const auto [at, is_new] = first.emplace(document->name, document);
        if (is_new) {
            out.push_back(document);
        } else if (!document->name.empty()) {
            report.field(
                *document,
                "metadata.name",
                fmt::format(
                    "duplicate document, first in {}:{}; remove one",
                    at->second->file,
                    at->second->value.line));
        }
    }
    return out;
}

void bind_the_fleet(Catalog& catalog, const Documents& documents, Report& report) {
    const auto fleets = documents.of("Fleet");
    if (fleets.empty()) {
        if (!documents.incomplete) {
            report.file(".", 0, 0, "no Fleet document; exactly one is needed");
        }
        return;
    }
    const auto& first = *fleets.front();
    refuse_unsupported(first, report);
    for (std::size_t i = 1; i < fleets.size(); ++i) {
        report.field(
            *fleets[i],
            "kind",
            fmt::format(
                "a second Fleet, the first is in {}:{}; remove one", first.file, first.value.line));
    }
    catalog.fleet = {&first, bind_fleet(Reader(first), first.origin())};
}

void read_the_registry(Catalog& catalog, Documents& documents, Report& report) {
    if (documents.registry) {
        catalog.registry = read_registry(*documents.registry, documents.registry_file, report);
        catalog.registry_known = true;
        documents.registry.reset();  // the largest tree of all
    } else if (catalog.fleet.document != nullptr && !documents.incomplete) {
        report.field(
            *catalog.fleet.document,
            "spec.registry",
            fmt::format(
                "no such YAML file in this folder: {}",
                formats::in_quotes(documents.registry_file)));
    }
}

}  // namespace

const Bound<OidcClientSpec>* Catalog::client(const std::string& name) const {
    const auto at = client_places.find(name);
    return at == client_places.end() ? nullptr : &clients[at->second];
}

const Bound<PolicySpec>* Catalog::policy(const std::string& name) const {
    const auto at = policy_at(name);
    return at ? &policies[*at] : nullptr;
}

std::optional<std::size_t> Catalog::policy_at(const std::string& name) const {
    const auto at = policy_places.find(name);
    return at == policy_places.end() ? std::nullopt : std::optional(at->second);
}

Catalog make_catalog(Documents& documents, Report& report) {
    Catalog out;
    out.incomplete = documents.incomplete;
    bind_the_fleet(out, documents, report);
    read_the_registry(out, documents, report);
    for (const auto* document : distinct(documents, "McpService", report)) {
        out.services.push_back({document, bind_service(Reader(*document))});
    }
    for (const auto* document : distinct(documents, "OidcClient", report)) {
        out.clients.push_back({document, bind_client(Reader(*document), document->origin())});
    }
    for (const auto* document : distinct(documents, "EunomiaPolicy", report)) {
        out.policies.push_back({document, bind_policy(Reader(*document), document->origin())});
    }
    for (const auto* document : distinct(documents, "Monitoring", report)) {
        out.monitorings.push_back(
            {document, bind_monitoring(Reader(*document), document->origin())});
    }
    index(out.client_places, out.clients);
    index(out.policy_places, out.policies);
    return out;
}

}  // namespace wavegate::desired
