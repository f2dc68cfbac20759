#include "reconcilers/clients/system/system.hpp"

#include "reconcilers/clients/diff.hpp"
#include "reconcilers/clients/write.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace wavegate::clients {
namespace {

using SeenClient = Seen<std::optional<ClientView>>;

class Clients final : public System {
  public:
    Clients(Clock& clock, Identity& identity) : clock_(clock), identity_(identity) {}

    [[nodiscard]] std::string_view name() const override { return "client"; }

    asio::awaitable<Sighting> look(std::shared_ptr<const DesiredState> desired) override {
        std::map<std::string, SeenClient> seen;
        for (const auto& spec : desired->clients) {
            const auto at = clock_.now();
            auto client = co_await identity_.client(spec.client_id);
            seen[spec.client_id] = SeenClient(std::move(client), at);
        }
        Sighting sighting = [seen = std::move(seen)](Observed& to) { to.clients = seen; };
        co_return sighting;
    }

    [[nodiscard]] Sighting unseen(const DesiredState& desired, const Error& error, Time at)
        const override {
        std::map<std::string, SeenClient> none;
        for (const auto& spec : desired.clients) {
            none[spec.client_id] = SeenClient(error, at);
        }
        return [none = std::move(none)](Observed& to) { to.clients = none; };
    }

    [[nodiscard]] Diff diff(const Pass& pass) override {
        return clients::diff(pass.desired, pass.observed, pass.ledger);
    }

    Task<Live> reread(const Edit& edit) override {
        const auto& client = std::get<ClientEdit>(edit.body);
        Live live;
        live.at = clock_.now();
        auto fresh = co_await identity_.client(client.client_id);
        if (!fresh) {
            co_return fresh.take_error();
        }
        live.client = std::move(*fresh);
        co_return live;
    }

    [[nodiscard]] Result<Write> write_of(const Edit& edit, const Live& live) const override {
        return clients::write_of(edit, live);
    }

    Task<Receipt> apply(Permit permit) override { return identity_.apply(std::move(permit)); }

    [[nodiscard]] std::string object_of(const Edit& edit, const DesiredState& desired)
        const override {
        const auto& id = std::get<ClientEdit>(edit.body).client_id;
        const auto& all = desired.clients;
        const auto at = std::find_if(all.begin(), all.end(), [&](const OidcClientSpec& spec) {
            return spec.client_id == id;
        });
        return "OidcClient/" + (at == all.end() ? id : at->name);
    }

  private:
    Clock& clock_;
    Identity& identity_;
};

}  // namespace

std::unique_ptr<System> make_system(Clock& clock, Identity& identity) {
    return std::make_unique<Clients>(clock, identity);
}

}  // namespace wavegate::clients
