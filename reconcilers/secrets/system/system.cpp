#include "reconcilers/secrets/system/system.hpp"

#include "reconcilers/secrets/diff.hpp"
#include "reconcilers/secrets/write.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace wavegate::secrets {
namespace {

using SeenEntry = Seen<std::optional<VaultEntry>>;

class Secrets final : public System {
  public:
    Secrets(Clock& clock, Vault& vault) : clock_(clock), vault_(vault) {}

    [[nodiscard]] std::string_view name() const override { return "secret"; }

    asio::awaitable<Sighting> look(std::shared_ptr<const DesiredState> desired) override {
        std::map<std::string, SeenEntry> seen;
        for (const auto& spec : desired->clients) {
            const auto at = clock_.now();
            auto entry = co_await vault_.read(spec.secret_path);
            seen[spec.secret_path] = SeenEntry(std::move(entry), at);
        }
        Sighting sighting = [seen = std::move(seen)](Observed& to) { to.vault = seen; };
        co_return sighting;
    }

    [[nodiscard]] Sighting unseen(const DesiredState& desired, const Error& error, Time at)
        const override {
        std::map<std::string, SeenEntry> none;
        for (const auto& spec : desired.clients) {
            none[spec.secret_path] = SeenEntry(error, at);
        }
        return [none = std::move(none)](Observed& to) { to.vault = none; };
    }

    [[nodiscard]] Diff diff(const Pass& pass) override {
        return secrets::diff(pass.desired, pass.observed);
    }

    Task<Live> reread(const Edit& edit) override {
        const auto& secret = std::get<SecretEdit>(edit.body);
        Live live;
        live.at = clock_.now();
        auto fresh = co_await vault_.read(secret.path);
        if (!fresh) {
            co_return fresh.take_error();
        }
        live.vault = std::move(*fresh);
        co_return live;
    }

    [[nodiscard]] Result<Write> write_of(const Edit& edit, const Live& live) const override {
        return secrets::write_of(edit, live);
    }

    Task<Receipt> apply(Permit permit) override { return vault_.apply(std::move(permit)); }

    /// The client's whose entry it is.
    [[nodiscard]] std::string object_of(const Edit& edit, const DesiredState& desired)
        const override {
        const auto& path = std::get<SecretEdit>(edit.body).path;
        const auto& all = desired.clients;
        const auto at = std::find_if(all.begin(), all.end(), [&](const OidcClientSpec& spec) {
            return spec.secret_path == path;
        });
        return "OidcClient/" + (at == all.end() ? path : at->name);
    }

  private:
    Clock& clock_;
    Vault& vault_;
};

}  // namespace

std::unique_ptr<System> make_system(Clock& clock, Vault& vault) {
    return std::make_unique<Secrets>(clock, vault);
}

}  // namespace wavegate::secrets
