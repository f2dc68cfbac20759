#include "reconcilers/policies/system/system.hpp"

#include "reconcilers/policies/diff.hpp"
#include "reconcilers/policies/write.hpp"

#include <utility>

namespace wavegate::policies {
namespace {

using SeenPolicies = Seen<std::vector<Policy>>;

class PolicyServer final : public System {
  public:
    PolicyServer(Clock& clock, Policies& server) : clock_(clock), server_(server) {}

    [[nodiscard]] std::string_view name() const override { return "policy"; }

    asio::awaitable<Sighting> look(std::shared_ptr<const DesiredState> /*desired*/) override {
        const auto at = clock_.now();
        auto policies = co_await server_.list();
        SeenPolicies seen(std::move(policies), at);
        Sighting sighting = [seen = std::move(seen)](Observed& to) { to.policies = seen; };
        co_return sighting;
    }

    [[nodiscard]] Sighting unseen(const DesiredState& /*desired*/, const Error& error, Time at)
        const override {
        return [none = SeenPolicies(error, at)](Observed& to) { to.policies = none; };
    }

    [[nodiscard]] Diff diff(const Pass& pass) override {
        return policies::diff(pass.desired, pass.observed, pass.record.seen_tools());
    }

    /// All of them: whether a name is free, and who else is let in, one policy does not tell.
    Task<Live> reread(const Edit& /*edit*/) override {
        Live live;
        live.at = clock_.now();
        auto fresh = co_await server_.list();
        if (!fresh) {
            co_return fresh.take_error();
        }
        live.policies = std::move(*fresh);
        co_return live;
    }

    [[nodiscard]] Result<Write> write_of(const Edit& edit, const Live& live) const override {
        return policies::write_of(edit, live);
    }

    Task<Receipt> apply(Permit permit) override { return server_.apply(std::move(permit)); }

    [[nodiscard]] std::string object_of(const Edit& edit, const DesiredState& /*desired*/)
        const override {
        const auto& policy = std::get<PolicyEdit>(edit.body);
        return "EunomiaPolicy/" + (policy.document.empty() ? policy.policy.name : policy.document);
    }

  private:
    Clock& clock_;
    Policies& server_;
};

}  // namespace

std::unique_ptr<System> make_system(Clock& clock, Policies& server) {
    return std::make_unique<PolicyServer>(clock, server);
}

}  // namespace wavegate::policies
