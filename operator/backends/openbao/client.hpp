#pragma once

#include "operator/backends/openbao/session.hpp"
#include "operator/backends/openbao/wire.hpp"
#include "operator/model/desired.hpp"
#include "operator/ports/clock.hpp"
#include "operator/ports/credentials.hpp"
#include "operator/ports/transport.hpp"
#include "operator/ports/vault.hpp"

#include <map>
#include <optional>
#include <string>

namespace wavegate::openbao {

/// One KV v2 mount of OpenBao 2 over HTTP (openbao.md). The token is a Session's; one of a login
/// that is refused is replaced by a new login, once a request. Before its first use the mount is
/// asked whether it is KV v2: on a v1 mount the same calls would succeed and store keys named
/// "data/…". All references outlive the client.
/// Errors: as the transport says; Unavailable (sealed, standby without leader, 5xx), Denied
/// (token, policy), Conflict (check-and-set), Throttled, Invalid (not KV v2, bad request),
/// NotFound, Protocol; the HTTP status in Error::status().
class Client final : public Vault {
  public:
    /// `jwt` is asked where the spec logs in by JWT.
    Client(
        Transport& transport,
        Credentials& credentials,
        const Clock& clock,
        OpenBaoSpec spec,
        JwtSource jwt = nullptr);

    /// Two requests; one when there is no data, or when the version that the metadata name was read
    /// before: its data never change.
    Task<std::optional<VaultEntry>> read(std::string path) override;

    /// Performs a VaultWrite: the marks, if there are any, under metadata_cas before the data, so
    /// that no data is ever there without its mark. Effect Maybe once a write was sent and not
    /// refused. The receipt's digest is the version written.
    Task<Receipt> apply(Permit permit) override;

  private:
    Task<HttpResponse> call(HttpRequest request);
    Task<HttpResponse> get(std::string target);
    Task<void> require_kv2();
    Task<std::optional<Metadata>> metadata(std::string path);
    /// Of an entry that has marks.
    Task<void> mark(const VaultWrite& entry, std::optional<Mono> until);
    Task<std::uint64_t> write(const VaultWrite& entry, std::optional<Mono> until);
    [[nodiscard]] std::string target(std::string_view kind, std::string_view path) const;

    Transport& transport_;
    const Clock& clock_;
    OpenBaoSpec spec_;
    Session session_;
    std::string base_;  ///< the URL without a slash at its end
    bool is_kv2_ = false;
    /// A version's values, by path.
    struct Known {
        std::uint64_t version = 0;
        std::string created;
        std::map<std::string, SecretValue> data;
        std::map<std::string, SecretValue> json;
    };
    std::map<std::string, Known> known_;
};

}  // namespace wavegate::openbao
