#include "operator/access/missing.hpp"

#include "operator/access/credentials.hpp"

#include <string>
#include <utility>

namespace wavegate::access {
namespace {

using Named = std::pair<std::string, Reference>;  ///< the field that names it

std::vector<Named> named_by(const settings::Config& config) {
    std::vector<Named> named{
        {"source.git.tokenRef", config.git.token},
        {"source.git.webhookSecretRef", config.git.webhook_secret},
        {"proxy.passwordRef", config.proxy.password},
        {"store.etcd.passwordRef", config.etcd.password}};
    for (const auto& bearer : settings::bearers_of(config)) {
        named.emplace_back(bearer.field, bearer.token);
    }
    for (std::size_t i = 0; i < config.access.references.size(); ++i) {
        named.emplace_back(
            settings::reference_field(i), Reference{config.access.references[i].pattern, {}});
    }
    return named;
}

bool can_be_read(const Reference& reference) {
    return !reference.empty() && !reference.text.starts_with("openbao:") &&
           reference.text.find('*') == std::string::npos;
}

}  // namespace

std::vector<Diagnostic> missing_references(
    const settings::Config& config,
    const settings::Environment& environment) {
    std::vector<Diagnostic> missing;
    for (const auto& [field, reference] : named_by(config)) {
        if (!can_be_read(reference)) {
            continue;
        }
        if (auto read = read_own(reference, environment); !read) {
            missing.push_back(settings::diagnostic_for(config, field, read.error().message()));
        }
    }
    return missing;
}

}  // namespace wavegate::access
