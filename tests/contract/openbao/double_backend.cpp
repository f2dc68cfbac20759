#include "operator/formats/jwt.hpp"
#include "operator/sandbox/keycloak/keys.hpp"
#include "operator/sandbox/openbao/openbao.hpp"
#include "tests/contract/openbao/backend.hpp"
#include "tests/support/site_transport.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace wavegate::testing {
namespace {

class DoubleBao final : public BaoBackend {
  public:
    DoubleBao() {
        transport_.at("openbao.test:8200", site_);
        sandbox::BaoToken root;
        root.name = "root";
        root.root = true;
        site_.add_token("root", std::move(root));
    }

    Driver& driver() override { return *driver_; }
    Transport& transport() override { return transport_; }
    [[nodiscard]] std::string url() const override { return "http://openbao.test:8200"; }
    [[nodiscard]] std::string mount() const override { return "kv"; }
    [[nodiscard]] std::string v1_mount() const override { return "kv1"; }
    std::string add_namespace() override {
        auto name = "ns" + std::to_string(++issued_);
        site_.add_namespace(name);
        return name;
    }
    [[nodiscard]] std::string root() const override { return "root"; }

    std::string issue(const TokenWish& wish) override {
        sandbox::BaoToken token;
        token.name = "token-" + std::to_string(++issued_);
        token.rules = wish.rules;
        token.ttl = wish.ttl;
        token.name_space = wish.name_space;
        auto value = "s." + token.name;
        site_.add_token(value, std::move(token));
        return value;
    }
    void revoke(const std::string& token) override { site_.revoke_token(token); }
    [[nodiscard]] std::string app_role_mount() const override { return "approle"; }
    AppRolePair add_app_role(const LoginWish& wish) override {
        sandbox::BaoAppRole role;
        role.role_id = "role-" + std::to_string(++issued_);
        role.secret_id = "secret-" + std::to_string(issued_);
        role.uses = wish.uses;
        role.token = token_of(wish);
        AppRolePair pair{role.role_id, role.secret_id};
        site_.add_app_role(std::move(role));
        return pair;
    }
    [[nodiscard]] std::string jwt_mount() const override { return "jwt"; }
    void add_jwt_role(const std::string& name, const JwtBound& bound, const LoginWish& wish)
        override {
        sandbox::BaoJwtRole role;
        role.jwks = [] {
            const auto key = formats::RsaKey::from_pem(sandbox::signing_key_pem(0));
            return boost::json::serialize(
                boost::json::object{{"keys", boost::json::array{key->jwk("test")}}});
        };
        role.issuer = bound.issuer;
        role.audience = bound.audience;
        role.client = bound.client;
        role.token = token_of(wish);
        site_.add_jwt_role(name, std::move(role));
    }
    void seal() override { site_.set_state(sandbox::BaoState::Sealed); }
    void unseal() override { site_.set_state(sandbox::BaoState::Active); }

  private:
    static sandbox::BaoToken token_of(const LoginWish& wish) {
        sandbox::BaoToken token;
        token.name = "operator";
        token.rules = wish.rules;
        token.ttl = wish.ttl;
        token.max_ttl = wish.max_ttl;
        token.name_space = wish.name_space;
        return token;
    }

    std::unique_ptr<Driver> driver_ = simulated_driver();
    sandbox::OpenBao site_{driver_->clock()};
    SiteTransport transport_;
    int issued_ = 0;
};

}  // namespace

std::unique_ptr<BaoBackend> open_openbao() {
    return std::make_unique<DoubleBao>();
}

}  // namespace wavegate::testing
