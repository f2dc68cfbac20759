#include "operator/net/curl_transport.hpp"
#include "operator/sandbox/keycloak/keys.hpp"
#include "tests/contract/openbao/backend.hpp"
#include "tests/real/openbao/running.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <stdexcept>

namespace wavegate::testing {
namespace {

namespace json = boost::json;

std::string text_of(const HttpResponse& answer, std::string_view pointer) {
    return std::string(std::string_view(body_of(answer).at_pointer(pointer).as_string()));
}

/// The public half of the sandbox's first key.
std::string public_pem() {
    const auto pem = sandbox::signing_key_pem(0);
    BIO* in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    EVP_PKEY* key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
    BIO* out = BIO_new(BIO_s_mem());
    PEM_write_bio_PUBKEY(out, key);
    char* bytes = nullptr;
    const auto size = static_cast<std::size_t>(BIO_get_mem_data(out, &bytes));
    std::string result(bytes, size);
    BIO_free(out);
    EVP_PKEY_free(key);
    BIO_free(in);
    return result;
}

/// Mounts and policies of the test's own on the one server that the program runs.
class RealBao final : public BaoBackend {
  public:
    explicit RealBao(OpenBaoServer& server) : server_(server) {
        static int count = 0;
        name_ = std::to_string(++count);
        make_mounts({});
    }
    ~RealBao() override {
        for (const auto& name : namespaces_) {
            static_cast<void>(server_.as_root("DELETE", "sys/namespaces/" + name));
        }
        for (const auto& login : {app_role_mount(), jwt_mount()}) {
            static_cast<void>(server_.as_root("DELETE", "sys/auth/" + login));
        }
        static_cast<void>(server_.as_root("DELETE", "sys/mounts/" + mount()));
        static_cast<void>(server_.as_root("DELETE", "sys/mounts/" + v1_mount()));
    }

    Driver& driver() override { return *driver_; }
    Transport& transport() override { return transport_; }
    [[nodiscard]] std::string url() const override { return server_.url(); }
    [[nodiscard]] std::string mount() const override { return "kv-" + name_; }
    [[nodiscard]] std::string v1_mount() const override { return "old-" + name_; }
    std::string add_namespace() override {
        auto name = fmt::format("ns-{}-{}", name_, namespaces_.size() + 1);
        expect(server_.as_root("POST", "sys/namespaces/" + name), 200);
        namespaces_.push_back(name);
        make_mounts(name);
        return name;
    }
    [[nodiscard]] std::string root() const override { return server_.root(); }

    [[nodiscard]] std::string app_role_mount() const override { return "approle-" + name_; }
    AppRolePair add_app_role(const LoginWish& wish) override {
        const auto in = below(wish.name_space);
        expect(
            server_.as_root("POST", in + "sys/auth/" + app_role_mount(), {{"type", "approle"}}),
            204);
        auto role = token_settings(wish);
        if (wish.uses) {
            role["secret_id_num_uses"] = *wish.uses;
        }
        const auto path = in + "auth/" + app_role_mount() + "/role/operator";
        expect(server_.as_root("POST", path, role), 204);
        const auto role_id = server_.as_root("GET", path + "/role-id");
        const auto secret_id =
            server_.as_root("POST", path + "/secret-id", json::object{{"metadata", "{}"}});
        expect(role_id, 200);
        expect(secret_id, 200);
        return {text_of(role_id, "/data/role_id"), text_of(secret_id, "/data/secret_id")};
    }
    [[nodiscard]] std::string jwt_mount() const override { return "jwt-" + name_; }
    void add_jwt_role(const std::string& name, const JwtBound& bound, const LoginWish& wish)
        override {
        const auto in = below(wish.name_space);
        expect(server_.as_root("POST", in + "sys/auth/" + jwt_mount(), {{"type", "jwt"}}), 204);
        expect(
            server_.as_root(
                "POST",
                in + "auth/" + jwt_mount() + "/config",
                json::object{
                    {"jwt_validation_pubkeys", json::array{public_pem()}},
                    {"bound_issuer", bound.issuer}}),
            204);
        auto role = token_settings(wish);
        role["role_type"] = "jwt";
        role["user_claim"] = "azp";
        role["bound_audiences"] = json::array{bound.audience};
        role["bound_claims"] = json::object{{"azp", bound.client}};
        expect(server_.as_root("POST", in + "auth/" + jwt_mount() + "/role/" + name, role), 204);
    }

    std::string issue(const TokenWish& wish) override {
        const auto policy = add_policy(wish.name_space, wish.rules);
        json::object wanted{{"policies", {policy}}};
        if (wish.ttl) {
            wanted["ttl"] = fmt::format("{}s", wish.ttl->count() / 1000);
        }
        const auto made =
            server_.as_root("POST", below(wish.name_space) + "auth/token/create", wanted);
        expect(made, 200);
        return text_of(made, "/auth/client_token");
    }
    void revoke(const std::string& token) override {
        expect(server_.as_root("POST", "auth/token/revoke", {{"token", token}}), 204);
    }
    void seal() override { server_.seal(); }
    void unseal() override {
        if (!server_.unseal()) {
            throw std::runtime_error("openbao stays sealed");
        }
    }

  private:
    static void expect(const HttpResponse& answer, int status) {
        if (answer.status != status) {
            throw std::runtime_error(
                fmt::format("openbao answered {} where {} was due", answer.status, status));
        }
    }
    /// What a path begins with there.
    static std::string below(const std::string& name_space) {
        return name_space.empty() ? std::string() : name_space + "/";
    }
    std::string add_policy(
        const std::string& name_space,
        const std::vector<sandbox::BaoRule>& rules) {
        const auto policy = fmt::format("test-{}-{}", name_, ++policies_);
        json::object paths;
        for (const auto& rule : rules) {
            json::array capabilities;
            for (const auto& capability : rule.capabilities) {
                capabilities.emplace_back(capability);
            }
            paths[rule.path] = json::object{{"capabilities", std::move(capabilities)}};
        }
        const auto text = json::serialize(json::object{{"path", std::move(paths)}});
        const auto path = below(name_space) + "sys/policies/acl/" + policy;
        expect(server_.as_root("PUT", path, {{"policy", text}}), 204);
        return policy;
    }
    json::object token_settings(const LoginWish& wish) {
        json::object role{
            {"token_policies", json::array{add_policy(wish.name_space, wish.rules)}},
            {"token_ttl", fmt::format("{}s", wish.ttl.count() / 1000)}};
        if (wish.max_ttl) {
            role["token_max_ttl"] = fmt::format("{}s", wish.max_ttl->count() / 1000);
        }
        return role;
    }
    void make_mounts(const std::string& name_space) {
        make_mount(below(name_space), mount(), "2");
        make_mount(below(name_space), v1_mount(), "1");
    }
    void make_mount(const std::string& below, const std::string& name, const std::string& version) {
        expect(
            server_.as_root(
                "POST",
                below + "sys/mounts/" + name,
                {{"type", "kv"}, {"options", {{"version", version}}}}),
            204);
        // A fresh v2 mount answers 400 "Upgrading…" for some milliseconds.
        const std::string list = below + name + (version == "2" ? "/metadata/" : "/");
        for (int tries = 0; tries < 200 && server_.as_root("LIST", list).status == 400; ++tries) {
        }
    }

    OpenBaoServer& server_;
    std::string name_;
    std::unique_ptr<Driver> driver_ = live_driver();
    net::CurlTransport transport_{driver_->executor()};
    int policies_ = 0;
    std::vector<std::string> namespaces_;
};

}  // namespace

std::unique_ptr<BaoBackend> open_openbao() {
    auto* server = running_openbao();
    return server == nullptr ? nullptr : std::make_unique<RealBao>(*server);
}

}  // namespace wavegate::testing
