// Reads a running fleet, once, through the clients that a run uses.
#include "operator/backends/portainer/api.hpp"
#include "operator/base/text.hpp"
#include "operator/formats/json_fields.hpp"
#include "operator/importer/auth.hpp"
#include "operator/importer/client.hpp"
#include "operator/importer/survey.hpp"
#include "operator/model/client_rules.hpp"
#include "operator/program/import_systems.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

namespace wavegate::program {
namespace {

namespace json = boost::json;
using Kind = Place::Kind;

/// The domain that the fleet's hosts share, from a pattern that operator.yaml may probe, else from
/// where Portainer is; empty: none can be told.
std::string pattern_of(const settings::AccessRules& rules, const std::string& portainer) {
    for (const auto& probe : rules.probes) {
        if (probe.any_label && !probe.origin.host.empty()) {
            auto origin = probe.origin;
            origin.host = "{name}." + origin.host;
            return settings::to_text(origin) + "/mcp";
        }
    }
    auto origin = settings::origin_of(portainer);
    const auto dot = origin ? origin->host.find('.') : std::string::npos;
    const bool name = dot != std::string::npos &&
                      origin->host.find_first_not_of("0123456789.[]:") != std::string::npos;
    if (!name) {
        return {};
    }
    origin->host = "{name}" + origin->host.substr(dot);
    return settings::to_text(*origin) + "/mcp";
}

bool is_vault_path(const std::string& path) {
    return !path.empty() && path.front() != '/' && path.back() != '/' &&
           path.find("//") == std::string::npos &&
           path.find_first_not_of(
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/") ==
               std::string::npos;
}

std::vector<std::string> vault_paths(
    const settings::AccessRules& rules,
    const std::string& client_id) {
    std::vector<std::string> paths;
    const auto add = [&](const std::string& path) {
        if (is_vault_path(path) && std::find(paths.begin(), paths.end(), path) == paths.end()) {
            paths.push_back(path);
        }
    };
    if (const auto rule = rules.clients.find(client_id); rule != rules.clients.end()) {
        std::for_each(rule->second.paths.begin(), rule->second.paths.end(), add);
    }
    const auto usual = importer::usual_vault_paths(client_id);
    std::for_each(usual.begin(), usual.end(), add);
    return paths;
}

/// Where most services ask for decisions; for a policy server that takes no key.
std::string most_asked(const SwarmView& swarm) {
    std::map<std::string, int> counts;
    for (const auto& service : swarm.services) {
        const auto at = service.auth.find("EUNOMIA_REMOTE_URL");
        if (at != service.auth.end() && settings::origin_of(at->second)) {
            ++counts[at->second];
        }
    }
    const auto most =
        std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
            return a.second < b.second;
        });
    return most == counts.end() ? std::string() : most->first;
}

/// Nobody answered: what is true of one stack would be true of all.
bool is_away(const Error& error) {
    return error.status() == 0 &&
           (error.kind() == ErrorKind::Unavailable || error.kind() == ErrorKind::Timeout ||
            error.kind() == ErrorKind::Cancelled);
}

class FleetReader {
  public:
    FleetReader(Operator& running, ImportOptions options)
        : running_(running), options_(std::move(options)) {}

    Task<importer::LiveFleet> read() {
        places_ = co_await find_places(running_, first_realm());
        auto portainer = co_await read_portainer();
        if (!portainer) {
            co_return portainer.take_error();
        }
        auto policies = co_await read_policies();
        if (!policies) {
            co_return policies.take_error();
        }
        live_.name = options_.fleet;
        const auto found = importer::survey(live_);
        if (!found) {
            co_return found.error();
        }
        if (options_.realm.empty()) {
            options_.realm = importer::realm_of(*found);
        }
        const auto id = importer::client_of(*found);
        auto client = co_await read_client(id);
        if (!client) {
            co_return client.take_error();
        }
        auto vault = co_await read_vault(id);
        if (!vault) {
            co_return vault.take_error();
        }
        for (const auto& one : places_) {
            if (one.kind == Kind::Unknown) {
                live_.addresses.push_back({"address " + one.url, one.answer});
            }
        }
        if (const auto* grafana = place(Kind::Grafana)) {
            live_.systems.grafana =
                GrafanaSpec{grafana->url, Reference{grafana->references.front(), {}}};
        }
        co_return std::move(live_);
    }

  private:
    /// One that is there, to know a Keycloak by.
    [[nodiscard]] std::string first_realm() const {
        return options_.realm.empty() ? "master" : options_.realm;
    }

    [[nodiscard]] const Place* place(Kind kind) const {
        const auto at = std::find_if(
            places_.begin(), places_.end(), [&](const Place& one) { return one.kind == kind; });
        return at == places_.end() ? nullptr : &*at;
    }

    [[nodiscard]] Error missing(const char* system) const {
        std::vector<std::string> asked;
        for (const auto& one : places_) {
            if (one.kind == Kind::Unknown) {
                asked.push_back(one.url + ": " + one.answer);
            }
        }
        const auto others = asked.empty() ? "" : fmt::format(" ({})", fmt::join(asked, "; "));
        return {
            ErrorKind::NotFound,
            fmt::format(
                "no {} was found: `references` of operator.yaml must give its token's reference "
                "and its address, and it must answer there{}",
                system,
                others)};
    }

    Task<void> read_portainer() {
        const auto* found = place(Kind::Portainer);
        if (found == nullptr) {
            co_return missing("Portainer");
        }
        live_.systems.portainer.url = found->url;
        live_.service_url = options_.service_url.empty()
                                ? pattern_of(running_.config().access, found->url)
                                : options_.service_url;
        if (live_.service_url.empty()) {
            co_return Error(
                ErrorKind::Invalid,
                "how services are reached can't be told from operator.yaml: say it by "
                "--service-url 'http://{name}.example/mcp'");
        }
        Result<void> let_in = missing("Portainer");
        for (const auto& reference : found->references) {
            live_.systems.portainer.token = Reference{reference, {}};
            let_in = co_await choose_environment();
            if (let_in || let_in.error().kind() != ErrorKind::Denied) {
                break;
            }
        }
        if (!let_in) {
            co_return let_in;
        }
        backends_ = running_.connect(live_.systems);
        auto stacks = co_await backends_->stacks->list();
        if (!stacks) {
            co_return stacks.take_error();
        }
        live_.stacks = std::move(*stacks);
        auto swarm = co_await backends_->stacks->swarm();
        if (!swarm) {
            co_return swarm.take_error();
        }
        live_.swarm = std::move(*swarm);
        live_.swarm.sort();
        co_return co_await read_files();
    }

    /// Names of Portainer's environments, of which one is asked for or is the only Swarm.
    Task<void> choose_environment() {
        const auto way = running_.transport(patience());
        portainer::Api api(*way, running_.credentials(), live_.systems.portainer);
        const auto list = co_await api.read("/endpoints?excludeSnapshots=true");
        if (!list) {
            co_return list.error();
        }
        std::vector<std::string> names;
        if (const auto* items = list->if_array()) {
            for (const auto& item : *items) {
                names.push_back(
                    item.is_object() ? formats::text_at(item.get_object(), {"Name"}) : "");
            }
        }
        std::vector<std::string> swarms;
        for (const auto& name : names) {
            if (options_.environment.empty() || name == options_.environment) {
                auto spec = live_.systems.portainer;
                spec.environment = name;
                portainer::Api one(*way, running_.credentials(), std::move(spec));
                const auto environment = co_await one.environment();
                if (environment) {
                    swarms.push_back(name);
                }
            }
        }
        if (swarms.size() != 1) {
            co_return Error(
                ErrorKind::Invalid,
                fmt::format(
                    "portainer: of its environments ({}) {} a Swarm that this token may read; name "
                    "one by --environment",
                    fmt::join(names, ", "),
                    swarms.empty() ? "none is" : "several are"));
        }
        live_.systems.portainer.environment = swarms.front();
        co_return Result<void>();
    }

    Task<void> read_files() {
        for (auto& stack : live_.stacks) {
            if (stack.status == StackStatus::Inactive) {
                continue;
            }
            auto file = co_await backends_->stacks->file(stack.id);
            if (file) {
                stack.file = std::make_shared<const std::string>(std::move(*file));
            } else if (is_away(file.error())) {
                co_return file.take_error();
            } else {
                live_.unread[stack.name] = file.error().message();
            }
        }
        co_return Result<void>();
    }

    Task<void> read_policies() {
        std::vector<std::string> references;
        if (const auto* found = place(Kind::Eunomia)) {
            live_.systems.eunomia.url = found->url;
            references = found->references;
        } else {
            live_.systems.eunomia.url = most_asked(live_.swarm);
            references.emplace_back();  // its administration may be open
        }
        Result<void> read = missing("Eunomia");
        if (live_.systems.eunomia.url.empty()) {
            co_return read;
        }
        for (const auto& reference : references) {
            live_.systems.eunomia.api_key = Reference{reference, {}};
            backends_ = running_.connect(live_.systems);
            auto policies = co_await backends_->policies->list();
            if (policies) {
                live_.policies = std::move(*policies);
                co_return Result<void>();
            }
            read = policies.take_error();
            if (read.error().kind() != ErrorKind::Denied) {
                break;
            }
        }
        co_return read;
    }

    Task<void> read_client(const std::string& id) {
        const auto* found = place(Kind::Keycloak);
        Result<void> read = missing("Keycloak");
        if (found == nullptr) {
            co_return read;
        }
        auto& spec = live_.systems.keycloak;
        spec.url = found->url;
        spec.realm = first_realm();
        spec.client_id = options_.client_id;
        for (const auto& reference : found->references) {
            spec.client_secret = Reference{reference, {}};
            backends_ = running_.connect(live_.systems);
            auto client = co_await backends_->identity->client(id);
            if (client) {
                live_.clients[id] = std::move(*client);
                co_return Result<void>();
            }
            read = client.take_error();
            if (read.error().kind() != ErrorKind::Denied) {
                break;
            }
        }
        co_return read;
    }

    Task<void> read_vault(const std::string& client_id) {
        const auto* found = place(Kind::OpenBao);
        Result<void> read = missing("OpenBao");
        if (found == nullptr) {
            co_return read;
        }
        live_.vault_paths = vault_paths(running_.config().access, client_id);
        live_.systems.openbao.url = found->url;
        live_.systems.openbao.mount = options_.mount;
        for (const auto& reference : found->references) {
            live_.systems.openbao.token = Reference{reference, {}};
            backends_ = running_.connect(live_.systems);
            read = co_await read_entries();
            if (read || read.error().kind() != ErrorKind::Denied) {
                break;
            }
        }
        co_return read;
    }

    /// A token that may read one of the places is enough: it need not see the others.
    Task<void> read_entries() {
        Result<void> read;
        bool any = live_.vault_paths.empty();
        for (const auto& path : live_.vault_paths) {
            auto entry = co_await backends_->vault->read(path);
            if (!entry && entry.error().kind() != ErrorKind::Denied) {
                co_return entry.take_error();
            }
            if (!entry) {
                read = entry.take_error();
                continue;
            }
            any = true;
            if (*entry && !(*entry)->deleted) {
                const auto& marks = (*entry)->custom_metadata;
                const auto mark = marks.find(kOwnerMetadata);
                live_.vault[path] = mark == marks.end() ? std::string() : mark->second;
            }
        }
        if (any) {
            co_return Result<void>();
        }
        co_return read;
    }

    static net::Patience patience() {
        net::Patience how;
        how.backend = "portainer";
        how.deadline = std::chrono::seconds(30);
        return how;
    }

    Operator& running_;
    ImportOptions options_;
    std::vector<Place> places_;
    std::shared_ptr<fleet::Backends> backends_;
    importer::LiveFleet live_;
};

}  // namespace

Task<importer::LiveFleet> read_fleet(Operator& running, ImportOptions options) {
    FleetReader reader(running, std::move(options));
    co_return co_await reader.read();
}

}  // namespace wavegate::program
