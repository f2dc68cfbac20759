// Invariants 8, 9 and 10: whose things are written, how often, and by whom.
#include "operator/sandbox/target.hpp"
#include "tests/sim/oracle.hpp"
#include "tests/sim/oracle_facts.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace wavegate::testing {

using facts::kMultiplexer;

namespace {

/// The fleet's own client, by its mark: one of the same id that bears none is somebody's.
bool is_ours(const sandbox::KeycloakClient& client) {
    return client.client_id() == kMultiplexer &&
           client.attribute("wavegate.owner").value_or("") == "sandbox";
}

/// The id in "PUT …/api/stacks/{id}…"; 0 for anything else.
int stack_written(const HttpRequest& request) {
    const auto target = sandbox::parse_target(request.url);
    const auto& parts = target.segments;
    const bool stack =
        request.method == "PUT" && parts.size() >= 3 && parts[0] == "api" && parts[1] == "stacks";
    return stack ? std::atoi(parts[2].c_str()) : 0;
}

/// A file without the lines that the operator owns.
std::string without_owned(
    const std::string& file,
    const sandbox::AuthKeys& keys,
    const std::set<std::string>& declared) {
    std::istringstream in(file);
    std::string kept;
    for (std::string line; std::getline(in, line);) {
        const auto start = line.find_first_not_of(" -\"'");
        const auto name = start == std::string::npos ? std::string() : line.substr(start);
        const auto key = name.substr(0, name.find_first_of(":=\"' "));
        if (!facts::is_owned(key, keys) && !declared.contains(key)) {
            kept += line + "\n";
        }
    }
    return kept;
}

bool ours_by_name(const std::string& policy) {
    return policy.starts_with("wavegate-");
}

std::string event_tag(const sandbox::GrafanaAnnotation& annotation) {
    const auto tag =
        std::find_if(annotation.tags.begin(), annotation.tags.end(), [](const std::string& each) {
            return each.starts_with("wavegate-event:");
        });
    return tag == annotation.tags.end() ? std::string() : *tag;
}

bool is_ours(const sandbox::GrafanaAnnotation& annotation) {
    const auto& tags = annotation.tags;
    return std::find(tags.begin(), tags.end(), "wavegate") != tags.end();
}

}  // namespace

/// Who may write: the lock's holder; while it is not there, who had it last.
void Oracle::look_at_lock() {
    for (const auto& [name, config] : world_.portainer.swarm().configs()) {
        if (name.starts_with("wavegate-") && name.ends_with("-lock")) {
            may_write_ = facts::value_of(config.labels, "holder");
        }
    }
}

void Oracle::sent(int incarnation, const HttpRequest& request) {
    hear("a URL", request.url);
    ++under_way_;
    ++requests_;
    const bool writes = facts::is_write(request);
    look_at_lock();
    const auto writer = "run-" + std::to_string(incarnation);
    if (writes && may_write_ && *may_write_ != writer) {
        violation(10, writer + " writes, and the lock names " + *may_write_);
    }
    if (writes) {
        if (request.url.find("grafana") != std::string::npos) {
            hear("an annotation", request.body);
        }
    }
    const auto now = clock_.now().mono;
    for (const auto& [id, record] : world_.portainer.stacks()) {
        if (id == stack_written(request)) {
            stack_sent_[record.name] = now;
            calls_[request.url] = {record.name, fingerprint(record.name), now};
        }
    }
}

void Oracle::answered(const HttpRequest& request, const HttpResponse& response) {
    const auto now = clock_.now().mono;
    if (response.status == 200 && request.url.ends_with("/certs")) {
        token_ = {token_holds(), now};
    }
    if (response.status == 200 && request.url.ends_with("/check/bulk")) {
        for (const auto& [service, seen] : seen_) {
            policy_[service] = {policy_holds(service), now};
        }
    }
    if (request.url.ends_with("/token")) {
        const auto at = response.body.find("\"access_token\":\"");
        if (at != std::string::npos) {
            const auto from = at + 16;
            const auto token = response.body.substr(from, response.body.find('"', from) - from);
            // Every token begins alike; its signature is its own.
            secrets_.add("a token's signature", token.substr(token.rfind('.') + 1));
        }
    }
    if (const auto call = calls_.extract(request.url)) {
        const bool good = response.status >= 200 && response.status < 300;
        if (good && call.mapped().before == fingerprint(call.mapped().stack)) {
            violation(9, "a write of " + call.mapped().stack + " changed nothing: done before");
        }
    }
}

void Oracle::hear(const std::string& channel, std::string_view bytes) {
    secrets_.hear(channel, bytes);
}

std::string Oracle::fingerprint(const std::string& stack) const {
    const auto* record = world_.portainer.stack(stack);
    const auto running = world_.portainer.swarm().find(sandbox::swarm_name(stack));
    std::string text = record == nullptr ? std::string() : record->disk.at(record->entry_point);
    if (record != nullptr) {
        for (const auto& [name, value] : record->env.value_or(sandbox::EnvList())) {
            text += name + "=" + value + "\n";
        }
    }
    return text + (running ? boost::json::serialize(*running->task_spec) : std::string());
}

Oracle::Stack Oracle::stack_of(const sandbox::StackRecord& record) {
    Stack stack;
    stack.env = record.env.value_or(sandbox::EnvList());
    const auto file = record.disk.find(record.entry_point);
    stack.file = file == record.disk.end() ? std::string() : file->second;
    if (record.git) {
        stack.repository = record.git->url + " " + record.git->reference + " " + record.git->path +
                           (record.auto_update ? " polled" : "");
    }
    return stack;
}

void Oracle::judge_stacks() {
    const auto& writes = world_.portainer.writes();
    for (; stack_writes_ < writes.size(); ++stack_writes_) {
        const auto& write = writes[stack_writes_];
        const bool drastic =
            write.what == "delete" || write.what == "stop" || write.what == "create";
        if (!write.by_hand && drastic) {
            violation(8, fmt::format("{} of the stack {}", write.what, write.stack));
        }
        if (!write.by_hand && write.stack == kMultiplexer) {
            judge_multiplexer_write(write);
        }
        if (!write.by_hand && write.overlapped) {
            violation(10, "two writes of the stack " + write.stack + " at once");
        }
    }
    for (const auto& [id, record] : world_.portainer.stacks()) {
        auto& before = stacks_[record.name];
        const auto file = record.disk.find(record.entry_point);
        const bool same = file != record.disk.end() && file->second == before.file &&
                          (record.env ? *record.env == before.env : before.env.empty()) &&
                          record.git.has_value() == !before.repository.empty();
        if (same) {
            continue;
        }
        auto now = stack_of(record);
        if (ours(record.name)) {
            judge_stack(record.name, before, now);
        }
        before = std::move(now);
    }
}

void Oracle::judge_stack(const std::string& name, const Stack& before, const Stack& now) {
    const auto& keys = facts::keys_of(world_, name);
    for (const auto& [key, value] : before.env) {
        const auto* kept = sandbox::env_value(now.env, key);
        const bool owned = facts::is_owned(key, keys) || expected_.declared_env.contains(key);
        if (!owned && (kept == nullptr || *kept != value)) {
            violation(8, fmt::format("{} in the Env of {} was changed", key, name));
        }
    }
    std::map<std::string, std::string> written;
    for (const auto& [key, value] : now.env) {
        const auto* former = sandbox::env_value(before.env, key);
        if (former == nullptr || *former != value) {
            written[key] = value;
        }
    }
    judge_copies("the Env of " + name, written);
    const auto& declared = expected_.declared_env;
    if (before.file != now.file &&
        without_owned(before.file, keys, declared) != without_owned(now.file, keys, declared)) {
        violation(8, "lines of the file of " + name + " were changed that are nobody's to change");
    }
    if (before.repository != now.repository) {
        violation(8, name + " does not follow its repository as before");
    }
}

std::size_t Oracle::count_writes() const {
    return world_.keycloak.writes().size() + world_.openbao.writes().size() +
           world_.eunomia.writes().size() + world_.grafana.writes().size();
}

void Oracle::judge_writes() {
    if (count_writes() == writes_) {
        return;
    }
    judge_foreign_objects();
    judge_repeats();
    judge_admissions();
    judge_needs();
    judge_consumers(true);
    take_stock();
}

/// Everything beside stacks that is not the fleet's, by name.
std::map<std::string, std::string> Oracle::foreign_objects() const {
    std::map<std::string, std::string> all;
    for (const auto* client : world_.keycloak.clients()) {
        if (!is_ours(*client)) {
            all["client " + client->client_id()] = boost::json::serialize(client->shown);
            continue;
        }
        for (const auto& mapper : client->mappers()) {
            const std::string name(mapper.as_object().at("name").as_string());
            if (!name.starts_with("wavegate-")) {
                all["mapper " + name] = boost::json::serialize(mapper);
            }
        }
    }
    for (const auto& policy : world_.eunomia.policies()) {
        if (!ours_by_name(policy.name)) {
            all["policy " + policy.name] = std::to_string(policy.rules.size());
        }
    }
    for (const auto& annotation : world_.grafana.annotations()) {
        if (!is_ours(annotation)) {
            all[fmt::format("annotation {}", annotation.id)] =
                fmt::format("{}-{} {}", annotation.time, annotation.time_end, annotation.text);
        }
    }
    return all;
}

void Oracle::judge_foreign_objects() {
    const auto now = foreign_objects();
    for (const auto& [name, before] : foreign_) {
        const auto at = now.find(name);
        const bool adopted = name == "client " + std::string(kMultiplexer) &&
                             expected_.adopts_client && client_accepted_;
        if (!adopted && (at == now.end() || at->second != before)) {
            violation(8, fmt::format("{} is not ours and was changed", name));
        }
    }
    const auto& clients = world_.keycloak.writes();
    for (auto i = client_writes_; i < clients.size(); ++i) {
        if (clients[i].client_id != kMultiplexer) {
            violation(8, "the client " + clients[i].client_id + " was written");
        }
    }
    const auto& entries = world_.openbao.writes();
    for (auto i = vault_writes_; i < entries.size(); ++i) {
        if (entries[i].key != facts::kVaultPath) {
            violation(8, "the entry " + entries[i].key + " was written");
        }
        judge_copies(entries[i].key, world_.openbao.values(entries[i].key));
    }
    const auto& policies = world_.eunomia.writes();
    for (auto i = policy_writes_; i < policies.size(); ++i) {
        if (!ours_by_name(policies[i].policy)) {
            violation(8, "the policy " + policies[i].policy + " was written");
        }
    }
}

/// No secret of a client that is not ours is copied anywhere.
void Oracle::judge_copies(
    const std::string& place,
    const std::map<std::string, std::string>& values) {
    for (const auto* client : world_.keycloak.clients()) {
        const bool copied = !is_ours(*client) && !client->secret().empty() &&
                            std::any_of(values.begin(), values.end(), [&](const auto& entry) {
                                return entry.second == client->secret();
                            });
        if (copied) {
            violation(8, fmt::format("{} got the secret of {}", place, client->client_id()));
        }
    }
}

/// Writes that would count twice if they were done twice.
void Oracle::judge_repeats() {
    std::map<std::string, int> events;
    for (const auto& annotation : world_.grafana.annotations()) {
        const auto tag = event_tag(annotation);
        if (is_ours(annotation) && !tag.empty() && ++events[tag] > 1) {
            violation(9, "an annotation was created twice: " + annotation.text);
        }
    }
    const auto& entries = world_.openbao.writes();
    const bool data = std::any_of(
        entries.begin() + static_cast<std::ptrdiff_t>(vault_writes_),
        entries.end(),
        [](const sandbox::BaoWrite& write) {
            return write.path.find("/data/") != std::string::npos;
        });
    if (data && !vault_before_.empty() &&
        world_.openbao.values(facts::kVaultPath) == vault_before_) {
        violation(9, "the client's entry was written again with the same values");
    }
    const auto& clients = world_.keycloak.writes();
    for (auto i = client_writes_; i < clients.size(); ++i) {
        const bool made =
            clients[i].method == "POST" && clients[i].path.ends_with("/client-secret");
        if (made) {
            violation(9, "the client's secret was made anew");
        }
    }
}

/// Takes the World as it is now for what was there before.
void Oracle::take_stock() {
    stock_at_ = clock_.now().mono;
    foreign_ = foreign_objects();
    needs_ = needs();
    vault_before_ = world_.openbao.values(facts::kVaultPath);
    writes_ = count_writes();
    client_writes_ = world_.keycloak.writes().size();
    vault_writes_ = world_.openbao.writes().size();
    policy_writes_ = world_.eunomia.writes().size();
}

}  // namespace wavegate::testing
