#pragma once

#include "operator/formats/deployment.hpp"
#include "operator/model/edit.hpp"
#include "reconcilers/stacks/lever.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace wavegate::stacks {

/// What a deployment is made of.
struct Outcome {
    std::shared_ptr<const formats::Compose> file;
    const StackEnv& env;
};

bool equal(const SecretValue& a, const SecretValue& b);
/// An empty variable is as good as none.
bool fulfils(const SecretValue& value, const SecretValue& wished);

/// Would `then` give the service all that is wished, and change nothing else of the whole stack?
/// Conflict: it would change something else, which is named. Invalid: a wish would not come true,
/// or nothing can be deployed.
Result<void> check_outcome(
    const Outcome& now,
    const Outcome& then,
    const std::string& service,
    const std::map<std::string, Lever::Wish>& wishes);

}  // namespace wavegate::stacks
