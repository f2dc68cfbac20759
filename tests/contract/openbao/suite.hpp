#pragma once

#include "operator/backends/openbao/client.hpp"
#include "reconcilers/secrets/write.hpp"
#include "tests/contract/openbao/backend.hpp"
#include "tests/support/fixed_credentials.hpp"
#include "tests/support/permits.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace wavegate::testing {

inline constexpr const char* kEntry = "fleet/mcp-multiplexer/oidc";

inline SecretEdit oidc_entry(std::uint64_t cas = 0) {
    SecretEdit edit;
    edit.path = kEntry;
    edit.owner = "homelab";
    edit.cas = cas;
    edit.mark_first = cas == 0;
    edit.data["OIDC_CLIENT_ID"] = make_secret("mcp-multiplexer");
    edit.data["OIDC_CLIENT_SECRET"] = make_secret("s3cret");
    return edit;
}

/// The client with the token that openbao.md measured as exactly enough below "fleet/", and a
/// person with the root token beside it.
class OpenBaoSuite : public ::testing::Test {
  protected:
    void SetUp() override {
        backend_ = open_openbao();
        if (!backend_) {
            GTEST_SKIP() << "skipped: openbao not installable here";
        }
        TokenWish wish;
        wish.rules = sandbox::operator_policy(backend_->mount(), "fleet");
        use(backend_->issue(wish));
        client_ = connect(backend_->mount());
    }

    std::unique_ptr<openbao::Client> connect(std::string mount) {
        OpenBaoSpec spec;
        spec.url = backend_->url();
        spec.mount = std::move(mount);
        spec.token = Reference{"file:/bao", {}};
        return std::make_unique<openbao::Client>(
            backend_->transport(), credentials_, backend_->driver().clock(), std::move(spec));
    }
    /// From now on the client sends this token.
    void use(const std::string& token) { credentials_.set("file:/bao", token); }

    Result<std::optional<VaultEntry>> read(const std::string& path = kEntry) {
        return backend_->driver().run(client_->read(path));
    }
    /// `live`: the entry as it was read again for the permit.
    Result<Receipt> apply(SecretEdit edit, std::optional<VaultEntry> live = {}) {
        Edit whole;
        whole.body = std::move(edit);
        Live reread;
        reread.vault = std::move(live);
        auto write = secrets::write_of(whole, reread);
        return backend_->driver().run(client_->apply(permit(std::move(*write))));
    }

    /// As curl would; `path` below /v1/, where KV and KV1 stand for the mounts.
    HttpResponse raw(
        const std::string& method,
        const std::string& path,
        const std::string& body = {},
        const std::string& token = {},
        const std::string& type = "application/json") {
        HttpRequest request(method, backend_->url() + "/v1/" + below(path));
        request.headers.add("X-Vault-Token", token.empty() ? backend_->root() : token);
        if (!body.empty()) {
            request.headers.add("Content-Type", type);
        }
        request.body = body;
        return backend_->driver().ask(backend_->transport(), std::move(request));
    }
    std::string below(std::string path) const {
        if (path.starts_with("KV1/")) {
            return backend_->v1_mount() + path.substr(3);
        }
        return path.starts_with("KV/") ? backend_->mount() + path.substr(2) : path;
    }
    /// The answer's `data`, null when it has none.
    boost::json::value data(const std::string& method, const std::string& path) {
        const auto body = json_of(raw(method, path));
        const auto* fields = body.if_object();
        const auto* data = fields == nullptr ? nullptr : fields->if_contains("data");
        return data == nullptr ? boost::json::value() : *data;
    }
    static boost::json::value json_of(const HttpResponse& response) {
        boost::system::error_code failed;
        auto value = boost::json::parse(response.body, failed);
        return failed ? boost::json::value() : value;
    }

    // By another's hand.
    void put(const std::string& path, const std::string& values) {
        ASSERT_EQ(raw("POST", "KV/data/" + path, R"({"data":)" + values + "}").status, 200);
    }
    void mark(const std::string& path, const std::string& custom) {
        ASSERT_EQ(
            raw("POST", "KV/metadata/" + path, R"({"custom_metadata":)" + custom + "}").status,
            204);
    }
    boost::json::value values(const std::string& path) {
        return data("GET", "KV/data/" + path).as_object().at("data");
    }
    boost::json::object metadata(const std::string& path) {
        return data("GET", "KV/metadata/" + path).as_object();
    }
    std::int64_t version(const std::string& path) {
        return metadata(path).at("current_version").as_int64();
    }

    std::unique_ptr<BaoBackend> backend_;
    FixedCredentials credentials_;
    std::unique_ptr<openbao::Client> client_;
};

}  // namespace wavegate::testing
