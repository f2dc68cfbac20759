#pragma once

#include "operator/model/admission.hpp"
#include "operator/model/edit.hpp"

#include <string>
#include <vector>

namespace wavegate {

/// What a change of policies gives to a principal, or takes from it, at one service.
struct RightsChange {
    bool gained = false;
    std::string principal;  ///< "*": one that no rule names
    std::string service;
    bool list = false;  ///< it sees the tools
    bool call = false;
    std::vector<std::string> tools;  ///< one of "": tools that no rule names
    bool all_tools = false;          ///< these are all that are known there
};

/// The policies once such edits are written.
std::vector<Policy> policies_after(std::vector<Policy> policies, const std::vector<Edit>& edits);

/// Who gains and who loses what. A service whose tools are not known is asked of a tool that no
/// rule names. The policy server knows no services: a rule about a tool is one for each service
/// that has a tool of that name. Pure.
std::vector<RightsChange> rights_changed(
    const DesiredState& desired,
    const Tools& tools,
    const std::vector<Policy>& before,
    const std::vector<Policy>& after);

}  // namespace wavegate
