#include "operator/sandbox/openbao/openbao.hpp"
#include "tests/contract/openbao/backend.hpp"
#include "tests/support/site_transport.hpp"

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
    [[nodiscard]] std::string root() const override { return "root"; }

    std::string issue(const TokenWish& wish) override {
        sandbox::BaoToken token;
        token.name = "token-" + std::to_string(++issued_);
        token.rules = wish.rules;
        token.ttl = wish.ttl;
        auto value = "s." + token.name;
        site_.add_token(value, std::move(token));
        return value;
    }
    void revoke(const std::string& token) override { site_.revoke_token(token); }
    void seal() override { site_.set_state(sandbox::BaoState::Sealed); }
    void unseal() override { site_.set_state(sandbox::BaoState::Active); }

  private:
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
