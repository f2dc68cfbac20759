#include "operator/base/text.hpp"
#include "operator/desired/catalog.hpp"
#include "operator/desired/placeholders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace wavegate::desired {
namespace {

using formats::in_quotes;

constexpr std::ptrdiff_t kMostPlaceholders = 4;
constexpr std::array<std::string_view, 3> kPlaceholders{"name", "host_port", "container_port"};

void replace(std::string& text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos;
         at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
}

/// Empty when the pattern needs a port that the registry does not give.
std::string filled(std::string pattern, const RegistryEntry& entry) {
    const std::array<std::pair<std::string_view, int>, 2> ports{
        {{"{host_port}", entry.host_port}, {"{container_port}", entry.container_port}}};
    for (const auto& [placeholder, port] : ports) {
        if (port == 0 && pattern.find(placeholder) != std::string::npos) {
            return {};
        }
        replace(pattern, placeholder, std::to_string(port));
    }
    replace(pattern, "{name}", entry.name);
    return pattern;
}

/// /health on the host of an MCP endpoint (fleet.md §3).
std::string health_beside(const std::string& url) {
    return url.empty() ? url : url.substr(0, url.size() - url_target(url).size()) + "/health";
}

class Merge {
  public:
    Merge(const Catalog& catalog, Report& report)
        : catalog_(catalog),
          fleet_(catalog.fleet.value),
          report_(report),
          url_pattern_(checked(fleet_.url_pattern, "spec.service.url")),
          health_pattern_(checked(fleet_.health_pattern, "spec.service.health")) {}

    std::vector<MergedService> members() && {
        std::map<std::string, const Bound<ServiceDocument>*> documents;
        for (const auto& service : catalog_.services) {
            documents.emplace(service.value.name, &service);
        }
        for (const auto& entry : catalog_.registry) {
            if (report_.full()) {
                break;
            }
            const auto at = documents.find(entry.name);
            add(entry, at == documents.end() ? nullptr : at->second);
            names_.push_back(entry.name);
            listed_.insert(entry.name);
        }
        for (const auto& service : catalog_.services) {
            add_unlisted(service);
        }
        std::sort(
            members_.begin(), members_.end(), [](const MergedService& a, const MergedService& b) {
                return a.spec.name < b.spec.name;
            });
        return std::move(members_);
    }

  private:
    /// The pattern, or nothing where it is not to be filled in.
    std::string checked(const std::string& pattern, const std::string& field) {
        // Each service has its own copy, with its name in it.
        if (std::count(pattern.begin(), pattern.end(), '{') > kMostPlaceholders) {
            report_.field(
                *catalog_.fleet.document,
                field,
                fmt::format("has more than {} placeholders", kMostPlaceholders));
            return {};
        }
        if (const auto unknown = unknown_placeholder(pattern, kPlaceholders); !unknown.empty()) {
            report_.field(
                *catalog_.fleet.document,
                field,
                fmt::format(
                    "unknown placeholder {}; known are {{name}}, {{host_port}} and "
                    "{{container_port}}",
                    in_quotes(unknown)));
        }
        return pattern;
    }

    void add_unlisted(const Bound<ServiceDocument>& service) {
        if (service.value.name.empty() || !catalog_.registry_known ||
            listed_.contains(service.value.name)) {
            return;
        }
        // The multiplexer is in no registry; the rule about it says more than "unknown".
        const auto& multiplexer = fleet_.spec.multiplexer.stack;
        if (!service.value.image && service.value.name != multiplexer &&
            service.value.name != "mcp-multiplexer") {
            report_.field(
                *service.document,
                "metadata.name",
                fmt::format(
                    "the registry lists no such service, and the document gives no spec.image{}",
                    report_.suggestion(service.value.name, names_)));
            return;
        }
        RegistryEntry entry;
        entry.name = service.value.name;
        entry.image = image_repository(service.value.image.value_or(""));
        add(entry, &service);
    }

    void add(const RegistryEntry& entry, const Bound<ServiceDocument>* document) {
        MergedService member;
        auto& spec = member.spec;
        spec.name = entry.name;
        spec.stack = spec.compose_service = spec.child = entry.name;
        spec.image = entry.image;
        spec.container_port = entry.container_port;
        spec.url = filled(url_pattern_, entry);
        spec.auth = fleet_.default_auth;
        spec.wave = fleet_.default_wave;
        spec.policies = fleet_.default_policies;
        spec.origin = entry.origin;
        if (document != nullptr) {
            member.document = document->document;
            overlay(spec, document->value);
            spec.origin = document->document->origin();
        }
        set_health(spec, entry, document);
        check_url(member);
        members_.push_back(std::move(member));
    }

    static void overlay(ServiceSpec& spec, const ServiceDocument& document) {
        spec.declared = true;
        spec.auth = document.auth;
        spec.modes = document.modes;
        spec.wave = document.wave.value_or(spec.wave);
        spec.policies = document.policies.value_or(spec.policies);
        spec.probe = document.probe;
        spec.env = document.env;
        spec.env_from = document.env_from;
        spec.stack = document.stack.value_or(spec.stack);
        spec.compose_service = document.service.value_or(spec.compose_service);
        spec.child = document.child.value_or(spec.child);
        spec.url = document.url.value_or(spec.url);
        spec.soak = document.soak;
        spec.deadline = document.deadline;
    }

    void set_health(
        ServiceSpec& spec,
        const RegistryEntry& entry,
        const Bound<ServiceDocument>* document) const {
        const bool own_url = document != nullptr && document->value.url.has_value();
        if (document != nullptr && document->value.health) {
            spec.health = *document->value.health;
        } else if (health_pattern_.empty() || own_url) {
            // A service with its own url does not live where the fleet's pattern points.
            spec.health = health_beside(spec.url);
        } else {
            spec.health = filled(health_pattern_, entry);
        }
    }

    void check_url(const MergedService& member) {
        if (!member.spec.url.empty() || url_pattern_.empty()) {
            return;
        }
        const std::string message =
            "the fleet's pattern needs a port that the registry does not give; set spec.url";
        if (member.document != nullptr) {
            report_.field(*member.document, "spec.url", message);
        } else {
            report_.add(
                {Severity::Error,
                 member.spec.origin,
                 "registry/" + member.spec.name,
                 "host_port",
                 "the fleet's pattern needs a port that is not here; add it or change the "
                 "pattern"});
        }
    }

    const Catalog& catalog_;
    const FleetDocument& fleet_;
    Report& report_;
    std::string url_pattern_;
    std::string health_pattern_;
    std::vector<std::string> names_;
    std::set<std::string> listed_;
    std::vector<MergedService> members_;
};

}  // namespace

std::vector<MergedService> merge_services(const Catalog& catalog, Report& report) {
    if (catalog.fleet.document == nullptr) {
        return {};
    }
    return Merge(catalog, report).members();
}

}  // namespace wavegate::desired
