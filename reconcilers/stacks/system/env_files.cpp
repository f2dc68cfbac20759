#include "reconcilers/stacks/system/env_files.hpp"

#include <map>
#include <utility>

namespace wavegate::stacks {
namespace {

using SeenEnv = Seen<ResolvedEnv>;

/// These belong to `auth` and to the multiplexer, whatever a file says.
void leave_out_reserved(const AuthProfile& profile, std::map<std::string, SecretValue>& values) {
    std::erase_if(values, [&](const auto& each) { return is_reserved_env(profile, each.first); });
}

class EnvFilesLookout final : public Lookout {
  public:
    EnvFilesLookout(Clock& clock, EnvFiles& files) : clock_(clock), files_(files) {}

    [[nodiscard]] std::string_view name() const override { return "env files"; }
    [[nodiscard]] Duration trusted() const override { return Duration(0); }

    asio::awaitable<Sighting> look(std::shared_ptr<const DesiredState> desired) override {
        std::map<std::string, SeenEnv> seen;
        for (const auto& service : desired->services) {
            if (service.env_from.empty()) {
                continue;
            }
            const auto at = clock_.now();
            auto files = service.env_from;
            auto values = co_await files_.read(service.name, std::move(files));
            if (values) {
                leave_out_reserved(desired->fleet.auth_profile, values->values);
            }
            seen[service.name] = SeenEnv(std::move(values), at);
        }
        Sighting sighting = [seen = std::move(seen)](Observed& to) { to.env_files = seen; };
        co_return sighting;
    }

    [[nodiscard]] Sighting unseen(const DesiredState& desired, const Error& error, Time at)
        const override {
        std::map<std::string, SeenEnv> none;
        for (const auto& service : desired.services) {
            if (!service.env_from.empty()) {
                none[service.name] = SeenEnv(error, at);
            }
        }
        return [none = std::move(none)](Observed& to) { to.env_files = none; };
    }

  private:
    Clock& clock_;
    EnvFiles& files_;
};

}  // namespace

std::unique_ptr<Lookout> make_env_files(Clock& clock, EnvFiles& files) {
    return std::make_unique<EnvFilesLookout>(clock, files);
}

}  // namespace wavegate::stacks
