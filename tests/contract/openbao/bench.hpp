#pragma once

#include "operator/backends/openbao/client.hpp"
#include "operator/sandbox/openbao/openbao.hpp"
#include "reconcilers/secrets/write.hpp"
#include "tests/support/fixed_credentials.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/permits.hpp"
#include "tests/support/simulation.hpp"
#include "tests/support/site_transport.hpp"

#include <optional>
#include <string>
#include <utility>

namespace wavegate {

inline const std::string kRecorded = testing::source_path("tests/recorded/openbao");
inline constexpr const char* kBase = "http://openbao.test:8200";
inline constexpr const char* kToken = "s.operator";
inline constexpr const char* kPath = "fleet/mcp-multiplexer/oidc";

inline OpenBaoSpec bao_spec(std::string mount = "kv") {
    OpenBaoSpec spec;
    spec.url = kBase;
    spec.mount = std::move(mount);
    spec.token = Reference{"file:/bao", {}};
    return spec;
}

/// A permit for the entry's write, as its room makes it. `live`: the entry as it was read again.
inline Permit entry_permit(SecretEdit edit, std::optional<VaultEntry> live = {}) {
    Edit whole;
    whole.body = std::move(edit);
    Live reread;
    reread.vault = std::move(live);
    return testing::permit(secrets::write_of(whole, reread).value());
}

/// The client and the double, joined within the process. The token may do what openbao.md
/// measured as exactly enough below "fleet/".
struct OpenBaoBench {
    OpenBaoBench() {
        transport.at("openbao.test:8200", site);
        credentials.set("file:/bao", kToken);
        sandbox::BaoToken token;
        token.name = "fleet";
        token.rules = sandbox::operator_policy("kv", "fleet");
        site.add_token(kToken, std::move(token));
        sandbox::BaoToken root;
        root.name = "root";
        root.root = true;
        site.add_token("root", std::move(root));
    }

    Result<std::optional<VaultEntry>> read(const std::string& path = kPath) {
        return sim.run(client.read(path));
    }
    /// `live`: the entry as it was read again for the permit.
    Result<Receipt> apply(SecretEdit edit, std::optional<VaultEntry> live = {}) {
        return sim.run(client.apply(entry_permit(std::move(edit), std::move(live))));
    }
    /// As curl would.
    HttpResponse raw(
        const std::string& method,
        const std::string& path,
        const std::string& body = {},
        const std::string& token = "root",
        const std::string& type = "application/json") {
        HttpRequest request(method, std::string(kBase) + "/v1/" + path);
        request.headers.add("X-Vault-Token", token);
        request.headers.add("Content-Type", type);
        request.body = body;
        return sim.run(site.answer(std::move(request)));
    }

    testing::Simulation sim;
    sandbox::OpenBao site{sim.clock};
    testing::SiteTransport transport;
    testing::FixedCredentials credentials;
    openbao::Client client{transport, credentials, sim.clock, bao_spec()};
};

inline SecretEdit wanted_entry(std::uint64_t cas = 0) {
    SecretEdit edit;
    edit.path = kPath;
    edit.owner = "homelab";
    edit.cas = cas;
    edit.mark_first = cas == 0;
    edit.data["OIDC_CLIENT_ID"] = make_secret("mcp-multiplexer");
    edit.data["OIDC_CLIENT_SECRET"] = make_secret("s3cret");
    return edit;
}

}  // namespace wavegate
