#include "operator/importer/survey.hpp"

#include "operator/base/text.hpp"
#include "operator/desired/registry.hpp"
#include "operator/model/auth_block.hpp"
#include "operator/model/client_rules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace wavegate::importer {
namespace {

constexpr std::string_view kMultiplexer = "mcp-multiplexer";
constexpr std::string_view kPolicyMark = "managed-by=wavegate fleet=";
constexpr std::size_t kLongestName = 63;

/// What a child or the multiplexer is known by; none of them holds a secret.
constexpr std::array<std::string_view, 6> kTold{
    "TRANSPORT",
    "PORT",
    "MCP_MULTIPLEXER_MODE",
    "MCP_CLIENT_AUTH",
    "OIDC_CLIENT_ID",
    "OIDC_AUDIENCE"};
/// Variables that no other program of a fleet has.
constexpr std::array<std::string_view, 3> kOfMultiplexers{
    "MCP_MULTIPLEXER_MODE",
    "MCP_CLIENT_AUTH",
    "MCP_CONFIG"};

bool is_multiplexer(const SwarmService& service, const std::string& compose_service) {
    const auto image = desired::image_repository(service.image);
    const auto base = image.substr(image.rfind('/') + 1);
    return compose_service == kMultiplexer || base == kMultiplexer ||
           std::any_of(kOfMultiplexers.begin(), kOfMultiplexers.end(), [&](std::string_view key) {
               return service.env.contains(std::string(key));
           });
}

bool is_child(const SwarmService& service) {
    const auto transport = told(service, "TRANSPORT");
    return !service.auth.empty() || transport == "streamable-http" || transport == "http" ||
           transport == "sse";
}

std::string text_of(const SecretValue* value) {
    return value == nullptr || *value == nullptr
               ? std::string()
               : (*value)->reveal([](std::string_view text) { return std::string(text); });
}

/// The fleet whose mark a stack bears; it is written by Wavegate alone, and no secret.
std::string owner_of(const StackView& stack) {
    return text_of(find_env(stack.env, kOwnerKey));
}

std::set<std::string> marks_in(const LiveFleet& live) {
    std::set<std::string> marks;
    for (const auto& stack : live.stacks) {
        marks.insert(owner_of(stack));
    }
    for (const auto& policy : live.policies) {
        if (policy.description.starts_with(kPolicyMark)) {
            marks.insert(policy.description.substr(kPolicyMark.size()));
        }
    }
    for (const auto& [id, client] : live.clients) {
        marks.insert(client ? mark_of(*client) : std::string());
    }
    marks.erase("");
    return marks;
}

Result<std::string> fleet_name(const LiveFleet& live) {
    const auto marks = marks_in(live);
    if (live.name.empty() && marks.size() > 1) {
        std::vector<std::string> names;
        names.reserve(marks.size());
        for (const auto& mark : marks) {
            names.push_back(one_line(mark));
        }
        return Error(
            ErrorKind::Invalid,
            fmt::format(
                "objects bear the marks of several fleets ({}): say by --fleet NAME which one is "
                "meant",
                fmt::join(names, ", ")));
    }
    auto name = !live.name.empty() ? live.name : marks.empty() ? "fleet" : *marks.begin();
    if (!is_document_name(name)) {
        return Error(ErrorKind::Invalid, "no fleet can be called " + one_line(name));
    }
    return name;
}

/// Its key in the compose file: Swarm puts the stack's name before it.
std::string compose_service_of(const SwarmService& service) {
    const auto prefix = service.stack + "_";
    return service.name.starts_with(prefix) ? service.name.substr(prefix.size()) : service.name;
}

const StackView* stack_of(const LiveFleet& live, const SwarmService& service) {
    const auto at =
        std::find_if(live.stacks.begin(), live.stacks.end(), [&](const StackView& stack) {
            return !service.stack.empty() && stack.name == service.stack;
        });
    return at == live.stacks.end() ? nullptr : &*at;
}

class Surveyor {
  public:
    Surveyor(const LiveFleet& live, std::string fleet) : live_(live) {
        found_.fleet = std::move(fleet);
    }

    Survey look() && {
        for (const auto& service : live_.swarm.services) {
            add(service);
        }
        for (const auto& stack : live_.stacks) {
            if (stack.status == StackStatus::Inactive) {
                leave("stack " + stack.name, "is inactive: nothing of it runs");
            }
        }
        choose_multiplexer();
        name_children();
        return std::move(found_);
    }

  private:
    void leave(const std::string& object, const std::string& why) {
        found_.others.push_back({one_line(object), why});
    }

    void add(const SwarmService& service) {
        const auto compose_service = compose_service_of(service);
        const bool multiplexer = is_multiplexer(service, compose_service);
        if (!multiplexer && !is_child(service)) {
            leave(
                "service " + service.name,
                "is no MCP child: its environment names no TRANSPORT over HTTP and no key of the "
                "auth block");
            return;
        }
        const auto* stack = stack_of(live_, service);
        if (stack == nullptr) {
            leave(
                "service " + service.name,
                "is deployed from no stack of this Portainer environment, so there is nothing to "
                "edit");
            return;
        }
        if (const auto owner = owner_of(*stack); !owner.empty() && owner != found_.fleet) {
            leave("service " + service.name, "its stack bears the mark of another fleet");
            return;
        }
        Member member{"", compose_service, &service, stack};
        (multiplexer ? multiplexers_ : found_.children).push_back(std::move(member));
    }

    /// The one of the usual name, else the first by name.
    void choose_multiplexer() {
        std::sort(multiplexers_.begin(), multiplexers_.end(), [](const auto& a, const auto& b) {
            const bool usual = a.compose_service == kMultiplexer;
            return usual != (b.compose_service == kMultiplexer) ? usual
                                                                : a.service->name < b.service->name;
        });
        for (std::size_t i = 0; i < multiplexers_.size(); ++i) {
            if (i == 0) {
                found_.multiplexer = multiplexers_[i];
                found_.multiplexer->name = multiplexers_[i].stack->name;
            } else {
                leave(
                    "service " + multiplexers_[i].service->name,
                    "is a multiplexer beside " + multiplexers_.front().service->name +
                        ", and a fleet has one");
            }
        }
    }

    /// As in its file; where two are called so there, with the stack's name before it.
    void name_children() {
        std::map<std::string, int> count;
        for (const auto& child : found_.children) {
            ++count[to_lower(child.compose_service)];
        }
        std::set<std::string> taken;
        std::vector<Member> named;
        for (auto& child : found_.children) {
            child.name = count[to_lower(child.compose_service)] > 1
                             ? child.stack->name + "-" + child.compose_service
                             : child.compose_service;
            if (!is_document_name(child.name)) {
                leave(
                    "service " + child.service->name,
                    "no document can be called so: at most 63 letters, digits, '.', '_' and '-'");
            } else if (!taken.insert(to_lower(child.name)).second) {
                leave("service " + child.service->name, "another one has its name already");
            } else {
                named.push_back(std::move(child));
            }
        }
        std::sort(named.begin(), named.end(), [](const Member& a, const Member& b) {
            return a.name < b.name;
        });
        found_.children = std::move(named);
    }

    const LiveFleet& live_;
    Survey found_;
    std::vector<Member> multiplexers_;
};

}  // namespace

std::string told(const SwarmService& service, std::string_view key) {
    const auto at = service.env.find(std::string(key));
    return at == service.env.end() || std::find(kTold.begin(), kTold.end(), key) == kTold.end()
               ? std::string()
               : text_of(&at->second);
}

bool is_document_name(std::string_view name) {
    constexpr std::string_view inner = "._-";
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !name.empty() && name.size() <= kLongestName && is_plain(name.front()) &&
           is_plain(name.back()) && std::all_of(name.begin(), name.end(), [&](char c) {
               return is_plain(c) || inner.find(c) != std::string_view::npos;
           });
}

Result<Survey> survey(const LiveFleet& live) {
    auto name = fleet_name(live);
    if (!name) {
        return name.take_error();
    }
    return Surveyor(live, std::move(*name)).look();
}

std::string client_of(const Survey& survey) {
    if (!survey.multiplexer) {
        return std::string(kMultiplexer);
    }
    auto id = told(*survey.multiplexer->service, "OIDC_CLIENT_ID");
    return id.empty() ? survey.multiplexer->name : id;
}

}  // namespace wavegate::importer
