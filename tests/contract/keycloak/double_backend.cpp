#include "operator/sandbox/keycloak/keycloak.hpp"
#include "tests/contract/keycloak/backend.hpp"
#include "tests/support/site_transport.hpp"

#include <boost/json/object.hpp>

namespace wavegate::testing {
namespace {

class DoubleKeycloak final : public KeycloakBackend {
  public:
    DoubleKeycloak() {
        transport_.at("keycloak.test:8080", site_);
        transport_.at("keycloak.alias:8080", site_);
    }

    Driver& driver() override { return *driver_; }
    Transport& transport() override { return transport_; }
    [[nodiscard]] std::string url() const override { return "http://keycloak.test:8080"; }
    [[nodiscard]] std::string other_url() const override { return "http://keycloak.alias:8080"; }
    [[nodiscard]] std::string realm() const override { return "fleet"; }

    void add_operator(
        const std::string& client_id,
        const std::string& secret,
        std::set<sandbox::AdminRole> roles) override {
        site_.add_client(
            {{"clientId", client_id},
             {"publicClient", false},
             {"serviceAccountsEnabled", true},
             {"secret", secret}});
        for (const auto role : roles) {
            site_.grant(client_id, role);
        }
    }
    void grant(const std::string& client_id, sandbox::AdminRole role) override {
        site_.grant(client_id, role);
    }
    void revoke(const std::string& client_id, sandbox::AdminRole role) override {
        site_.revoke(client_id, role);
    }
    void set_token_lifespan(std::chrono::seconds lifespan) override {
        site_.set_token_lifespan(lifespan);
    }
    void set_rotation_policy(sandbox::RotationPolicy policy) override {
        site_.set_rotation_policy(policy);
    }
    void replace_keys() override { site_.rotate_keys(false); }

  private:
    std::unique_ptr<Driver> driver_ = simulated_driver();
    sandbox::Keycloak site_{driver_->clock(), {"fleet", "", std::chrono::seconds(300)}};
    SiteTransport transport_;
};

}  // namespace

std::unique_ptr<KeycloakBackend> open_keycloak() {
    return std::make_unique<DoubleKeycloak>();
}

}  // namespace wavegate::testing
