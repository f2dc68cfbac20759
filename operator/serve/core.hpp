#pragma once

#include "operator/base/secret.hpp"
#include "operator/base/task.hpp"
#include "operator/model/person.hpp"
#include "operator/model/step.hpp"
#include "operator/status/metrics.hpp"
#include "operator/status/view.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace wavegate::serve {

/// What the API sees of the operator that it serves. All must be set.
struct Core {
    /// The newest pass's truth; never null.
    std::function<std::shared_ptr<const status::View>()> view;
    /// "Look again now": the number that View::answered reaches once a pass followed.
    std::function<std::uint64_t()> look_now;
    /// A person's command. Invalid: it makes no sense now; NotFound: no such rollout or member.
    std::function<Task<void>(Command)> command;
    /// Asks a service now. NotFound: no such service; Unavailable: nothing was observed yet.
    std::function<Task<std::vector<Evidence>>(std::string service)> probe;
    /// Takes the revision of this id, which is held back. Invalid: none is; Conflict: another is.
    std::function<Task<void>(std::string revision, std::string who, std::string why)>
        take_held_revision;
    /// Requests sent to backends so far, by backend and code.
    std::function<std::map<std::pair<std::string, std::string>, std::uint64_t>()> requests;
    /// Passes so far: how many failed, how long they took.
    std::function<status::Passes()> passes;
};

/// Somebody, by the token that they show.
struct Bearer {
    Person person;
    SecretValue token;
};

struct Settings {
    std::vector<Bearer> bearers;  ///< without one nobody may write
    bool reads_need_token = false;
    /// Names in the public DNS that open reads may be asked by.
    std::vector<std::string> hosts;
    SecretValue webhook_secret;       ///< null: hooks are refused
    double requests_per_second = 50;  ///< of strangers; those who show the token have as many again
    double burst = 100;
    std::size_t streams = 32;                ///< open at once, with the token and without, each
    std::size_t command_limit = 16U << 10U;  ///< bytes of a request's body; more: 413
    std::uint64_t hook_limit = 25U
                               << 20U;  ///< bytes of a hook's body, as the git hosts send at most
    Duration hook_pace{1'000};          ///< between two looks that hooks ask for, at least
    Duration heartbeat{15'000};         ///< of a stream in which nothing happens
    Duration pace{500};                 ///< between two events of one stream, at least
};

}  // namespace wavegate::serve
