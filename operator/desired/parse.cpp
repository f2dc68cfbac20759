#include "operator/desired/parse.hpp"

#include "operator/desired/catalog.hpp"
#include "operator/desired/digest.hpp"
#include "operator/desired/semantics.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace wavegate::desired {
namespace {

void check_semantics(
    const Catalog& catalog,
    const std::vector<MergedService>& members,
    Report& report) {
    constexpr std::array rules{
        &Semantics::fleet,
        &Semantics::auth_block,
        &Semantics::services,
        &Semantics::clients,
        &Semantics::policies,
        &Semantics::monitoring,
        &Semantics::names,
        &Semantics::secrets};
    const Semantics semantics{catalog, members, report};
    for (const auto rule : rules) {
        if (catalog.fleet.document != nullptr && !report.full()) {
            (semantics.*rule)();
        }
    }
}

template <class Value>
std::vector<Value> values_by_name(const std::vector<Bound<Value>>& bound) {
    std::vector<Value> out;
    out.reserve(bound.size());
    for (const auto& item : bound) {
        out.push_back(item.value);
    }
    std::sort(
        out.begin(), out.end(), [](const Value& a, const Value& b) { return a.name < b.name; });
    return out;
}

DesiredState
state_of(const Revision& revision, const Catalog& catalog, std::vector<MergedService> members) {
    DesiredState state;
    state.revision = revision.id;
    state.fleet = catalog.fleet.value.spec;
    state.services.reserve(members.size());
    for (auto& member : members) {
        state.services.push_back(std::move(member.spec));
    }
    state.clients = values_by_name(catalog.clients);
    state.policies = values_by_name(catalog.policies);
    if (!catalog.monitorings.empty()) {
        state.monitoring = catalog.monitorings.front().value;
    }
    state.digest = meaning_digest(state);
    return state;
}

}  // namespace

Parsed parse(const Revision& revision, const Schemas& schemas) {
    Report report;
    auto documents = read_documents(revision, schemas, report);
    Catalog catalog;
    std::vector<MergedService> members;
    if (!report.full()) {
        catalog = make_catalog(documents, report);
        members = merge_services(catalog, report);
        check_semantics(catalog, members, report);
    }
    Parsed out;
    out.found = std::move(report).take();
    const bool good = std::none_of(out.found.begin(), out.found.end(), [](const Diagnostic& found) {
        return found.severity == Severity::Error;
    });
    if (good) {
        out.state = state_of(revision, catalog, std::move(members));
    }
    return out;
}

}  // namespace wavegate::desired
