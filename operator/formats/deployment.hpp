#pragma once

#include "operator/formats/compose_effect.hpp"
#include "operator/model/edit.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace wavegate::formats {

/// Env as a write sends it: entries are set where they stand, or behind the others, and removed
/// where the change has no value. Names that stand there twice are one afterwards.
StackEnv with_changes(StackEnv env, const std::vector<EnvChange>& changes);

/// The texts of Env, as Docker puts them in; of duplicates the last one.
std::map<std::string, std::string> texts_of(const StackEnv& env);

/// A stack's file and what Docker runs of it.
struct Deployed {
    std::shared_ptr<const Compose> file;
    StackEffect effect;
};
/// Invalid: not a compose file that can be read safely, or one that Docker refuses.
Result<Deployed> deployed_of(const std::string& file, const StackEnv& env);

}  // namespace wavegate::formats
