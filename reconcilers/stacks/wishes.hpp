#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/observed.hpp"
#include "reconcilers/stacks/lever.hpp"

#include <map>
#include <string>

namespace wavegate::stacks {

/// By variable of the service.
using Wishes = std::map<std::string, Lever::Wish>;

/// This block, whole: what stands in `now` beside it is to go.
Wishes wishes_for(const AuthBlock& block, const AuthBlock& now);

/// The env that a service's document declares, over what its env files hold.
Wishes env_wishes(const ServiceSpec& service, const Observed& observed);

}  // namespace wavegate::stacks
