#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/evidence.hpp"
#include "operator/model/ledger.hpp"
#include "operator/model/observed.hpp"
#include "operator/model/step.hpp"
#include "operator/ports/clock.hpp"
#include "operator/ports/credentials.hpp"
#include "operator/ports/identity.hpp"
#include "operator/ports/mcp.hpp"
#include "operator/ports/policies.hpp"

#include <memory>
#include <string>

namespace wavegate::gates {

class Spent;

/// The outside, as far as checks ask it.
struct Ports {
    Clock& clock;
    Credentials& credentials;
    Identity& identity;
    Policies& policies;
    Mcp& mcp;
    Spent* spent = nullptr;  ///< null: none is remembered, and canaries of it are left out
};

/// What a check is asked about: one pass's view, kept alive while it runs.
struct Scene {
    std::shared_ptr<const DesiredState> desired;
    std::shared_ptr<const Observed> observed;
    std::shared_ptr<const Ledger> ledger;
    std::string rollout;
};

/// Performs one check. There is no error path: what could not be asked is evidence of verdict
/// Unknown, which keeps its gate shut.
asio::awaitable<Evidence> run(const Ports& ports, Scene scene, Check check);

// One check each, in a file of its own; all return evidence with verdict, class, phrase, facts.
asio::awaitable<Evidence> check_token(const Ports& ports, const Scene& scene);
asio::awaitable<Evidence> check_policy(const Ports& ports, const Scene& scene);
asio::awaitable<Evidence>
check_baseline(const Ports& ports, const Scene& scene, const ServiceSpec& service);
asio::awaitable<Evidence>
check_unauthorized(const Ports& ports, const Scene& scene, const ServiceSpec& service);
/// The bare POST alone.
asio::awaitable<Evidence>
check_bare(const Ports& ports, const Scene& scene, const ServiceSpec& service);
asio::awaitable<Evidence>
check_direct(const Ports& ports, const Scene& scene, const ServiceSpec& service);
asio::awaitable<Evidence>
check_open(const Ports& ports, const Scene& scene, const ServiceSpec& service);
asio::awaitable<Evidence>
check_through(const Ports& ports, const Scene& scene, const ServiceSpec& service);
/// Tokens that nobody signed, that have expired or whose claims were changed are refused. Unknown
/// while that would tell nothing, or harm: new keys, a service that does not answer.
asio::awaitable<Evidence>
check_canary(const Ports& ports, const Scene& scene, const ServiceSpec& service);
asio::awaitable<Evidence> check_children(const Ports& ports, const Scene& scene);

}  // namespace wavegate::gates
