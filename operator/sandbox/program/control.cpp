#include "operator/sandbox/program/control.hpp"

#include "operator/base/text.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace wavegate::sandbox {
namespace {

using Words = std::vector<std::string>;
/// Answers with an HTTP status.
using Verb = std::function<int(World&, const Words&)>;

constexpr int kDone = 204;
constexpr int kNoSuchThing = 404;
constexpr int kRefused = 409;

Words words_of(std::string_view path) {
    Words words;
    while (!path.empty()) {
        const auto end = std::min(path.find('/'), path.size());
        std::string word;
        if (end > 0 && percent_decode(path.substr(0, end), word)) {
            words.push_back(std::move(word));
        }
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return words;
}

Behaviour* behaviour_of(World& world, const std::string& name) {
    const auto& services = world.plan().services;
    const bool known =
        std::any_of(services.begin(), services.end(), [&](const ServicePlan& service) {
            return service.name == name;
        });
    return known ? &world.behaviour(name) : nullptr;
}

template <class Change>
int change(World& world, const Words& words, Change apply) {
    auto* behaviour = behaviour_of(world, words.at(1));
    if (behaviour == nullptr) {
        return kNoSuchThing;
    }
    apply(*behaviour);
    return kDone;
}

int break_service(World& world, const Words& words) {
    return change(world, words, [](Behaviour& it) { it.jwks_down = true; });
}

int crash_service(World& world, const Words& words) {
    return change(world, words, [](Behaviour& it) { it.crash = 1; });
}

int mend_service(World& world, const Words& words) {
    return change(world, words, [](Behaviour& it) {
        it.jwks_down = false;
        it.crash.reset();
    });
}

int edit_stack(World& world, const Words& words) {
    const auto* stack = words.size() == 4 ? world.portainer.stack(words[1]) : nullptr;
    if (stack == nullptr) {
        return kNoSuchThing;
    }
    auto env = stack->env.value_or(EnvList());
    const auto found = std::find_if(
        env.begin(), env.end(), [&](const auto& entry) { return entry.first == words[2]; });
    if (found == env.end()) {
        env.emplace_back(words[2], words[3]);
    } else {
        found->second = words[3];
    }
    const auto edited = world.portainer.edit_by_hand(words[1], std::nullopt, std::move(env));
    return edited ? kDone : kRefused;
}

int rewrite_stack(World& world, const Words& words) {
    const auto* stack = words.size() == 4 ? world.portainer.stack(words[1]) : nullptr;
    if (stack == nullptr || !stack->disk.contains(stack->entry_point)) {
        return kNoSuchThing;
    }
    auto file = stack->disk.at(stack->entry_point);
    auto at = file.find(words[2]);
    if (at == std::string::npos) {
        return kRefused;
    }
    for (; at != std::string::npos; at = file.find(words[2], at + words[3].size())) {
        file.replace(at, words[2].size(), words[3]);
    }
    const auto edited = world.portainer.edit_by_hand(words[1], std::move(file), std::nullopt);
    return edited ? kDone : kRefused;
}

int set_down(World& world, const Words& words) {
    world.network.set_down(words.at(1) + "." + world.plan().domain, words[0] == "down");
    return kDone;
}

int change_policies(World& world, const Words& words) {
    if (words.at(1) == "allow-all") {
        world.eunomia.add_allow_all();
        return kDone;
    }
    if (words[1] == "wipe") {
        world.eunomia.wipe();
        return kDone;
    }
    const bool removed =
        words.size() == 3 && words[1] == "delete" && world.eunomia.remove(words[2]);
    return removed ? kDone : kNoSuchThing;
}

int park_child(World& world, const Words& words) {
    return world.park(words.at(1)) ? kDone : kNoSuchThing;
}

int drop_header(World& world, const Words& /*words*/) {
    for (auto& child : world.multiplexer().children) {
        child.agent_id.clear();
    }
    return kDone;
}

int lose_children(World& world, const Words& /*words*/) {
    world.multiplexer().loads_no_child = true;
    return kDone;
}

/// How many words it takes at least, itself included, and what it does.
const std::map<std::string, std::pair<std::size_t, Verb>>& verbs() {
    static const std::map<std::string, std::pair<std::size_t, Verb>> all{
        {"break", {2, break_service}},
        {"crash", {2, crash_service}},
        {"mend", {2, mend_service}},
        {"edit", {4, edit_stack}},
        {"rewrite", {4, rewrite_stack}},
        {"down", {2, set_down}},
        {"up", {2, set_down}},
        {"policy", {2, change_policies}},
        {"park", {2, park_child}},
        {"drop-header", {1, drop_header}},
        {"restart-fails", {1, lose_children}}};
    return all;
}

}  // namespace

std::vector<std::string> control_verbs() {
    std::vector<std::string> names;
    for (const auto& [name, verb] : verbs()) {
        names.push_back(name);
    }
    return names;
}

HttpResponse control_sandbox(World& world, const HttpRequest& request) {
    constexpr std::string_view prefix = "/__sandbox/";
    const auto path = url_target(request.url);
    if (request.method != "POST" || !path.starts_with(prefix)) {
        return HttpResponse(kNoSuchThing);
    }
    const auto words = words_of(path.substr(prefix.size()));
    const auto verb = words.empty() ? verbs().end() : verbs().find(words.front());
    if (verb == verbs().end() || words.size() < verb->second.first) {
        return HttpResponse(kNoSuchThing);
    }
    return HttpResponse(verb->second.second(world, words));
}

}  // namespace wavegate::sandbox
