#include "reconcilers/fleet/systems.hpp"

#include "reconcilers/annotations/system/system.hpp"
#include "reconcilers/clients/system/system.hpp"
#include "reconcilers/policies/system/system.hpp"
#include "reconcilers/secrets/system/system.hpp"
#include "reconcilers/stacks/system/env_files.hpp"

#include <array>
#include <iterator>
#include <utility>

namespace wavegate::fleet {
namespace {

template <class Item>
void append(std::vector<Item>& all, std::vector<Item>& part) {
    std::move(part.begin(), part.end(), std::back_inserter(all));
}

}  // namespace

Systems::Systems(
    Clock& clock,
    EnvFiles& env_files,
    std::shared_ptr<Backends> backends,
    std::shared_ptr<stacks::StackMemory> memory)
    : backends_(std::move(backends)),
      clients_(clients::make_system(clock, *backends_->identity)),
      secrets_(secrets::make_system(clock, *backends_->vault)),
      policies_(policies::make_system(clock, *backends_->policies)),
      stacks_(std::make_unique<stacks::StacksSystem>(
          clock,
          *backends_->stacks,
          backends_->repositories.get(),
          std::move(memory))),
      annotations_(
          backends_->annotations == nullptr
              ? nullptr
              : annotations::make_system(clock, *backends_->annotations)),
      env_files_(stacks::make_env_files(clock, env_files)),
      beside_{clients_.get(), secrets_.get(), policies_.get(), env_files_.get()} {
    if (annotations_ != nullptr) {
        beside_.push_back(annotations_.get());
    }
}

System* Systems::of(Room room) {
    switch (room) {
        case Room::Stacks:
            return stacks_.get();
        case Room::Clients:
            return clients_.get();
        case Room::Secrets:
            return secrets_.get();
        case Room::Policies:
            return policies_.get();
        case Room::Annotations:
            return annotations_.get();
    }
    return nullptr;
}

Diff Systems::diff(const Pass& pass) {
    constexpr std::array rooms{
        Room::Clients, Room::Secrets, Room::Policies, Room::Stacks, Room::Annotations};
    Diff all;
    for (const auto room : rooms) {
        auto* system = of(room);
        if (system == nullptr) {
            continue;
        }
        auto part = system->diff(pass);
        append(all.edits, part.edits);
        append(all.obstacles, part.obstacles);
        append(all.ways_back, part.ways_back);
        append(all.unread, part.unread);
    }
    return all;
}

}  // namespace wavegate::fleet
