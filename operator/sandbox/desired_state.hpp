#pragma once

#include "operator/sandbox/world.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavegate::sandbox {

struct WavePlan {
    std::string name;
    int max_in_flight = 2;
    std::string soak = "6m";
    std::string deadline = "10m";
    std::string extra;  ///< more fields, as YAML flow: "onBrokenBaseline: skip"
};

/// What a sandbox's desired state says of one service.
struct Wish {
    std::string auth = "jwt";
    std::string wave;
    std::string extra;  ///< more lines of its spec, indented by two
};

struct DesiredPlan {
    std::string token_lifespan = "5m";
    bool short_soak = false;
    bool grafana = false;
    std::string principal_from = "header";  ///< or "jwt"
    std::string fleet_extra;                ///< more lines of the Fleet's spec, indented by two
    bool stack_repo = false;                ///< commits to git stacks' repositories are allowed
    std::string multiplexer_extra;          ///< more lines of its multiplexer, indented by four
    std::string freeze_until;               ///< an RFC 3339 time; empty: no freeze
    bool adopt_client = false;              ///< one that is there already and bears no mark
    std::vector<WavePlan> waves;
    std::map<std::string, Wish> services;
    /// Empty: the baseline (deny unknown, allow the multiplexer).
    std::string policies;
};

/// The files of a desired state for this world: Fleet, registry, client, policies, services.
/// References are env:SANDBOX_PORTAINER, _KEYCLOAK, _OPENBAO, _EUNOMIA, _GRAFANA, _GIT.
std::map<std::string, std::string> desired_files(const WorldPlan& world, const DesiredPlan& plan);

}  // namespace wavegate::sandbox
