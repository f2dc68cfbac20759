#include "operator/access/gated_writes.hpp"

#include "tests/support/permits.hpp"
#include "tests/support/simulation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::access {
namespace {

class CountingVault final : public Vault {
  public:
    explicit CountingVault(int& writes) : writes_(writes) {}
    Task<std::optional<VaultEntry>> read(std::string /*path*/) override {
        co_return std::optional<VaultEntry>();
    }
    Task<Receipt> apply(Permit /*permit*/) override {
        ++writes_;
        co_return Receipt();
    }

  private:
    int& writes_;
};

class CountingStacks final : public Stacks {
  public:
    explicit CountingStacks(int& writes) : writes_(writes) {}
    Task<std::vector<StackView>> list() override { co_return std::vector<StackView>(); }
    Task<SwarmView> swarm() override { co_return SwarmView(); }
    Task<StackView> stack(int /*id*/) override { co_return StackView(); }
    Task<std::string> file(int /*id*/) override { co_return std::string(); }
    Task<Receipt> apply(Permit /*permit*/) override {
        ++writes_;
        co_return Receipt();
    }

  private:
    int& writes_;
};

SecretValue text(std::string value) {
    return make_secret(std::move(value));
}

class GatedWrites : public ::testing::Test {
  protected:
    GatedWrites() {
        settings::AccessRules rules;
        rules.clients = settings::parse_clients("mux@stack:mux-stack|path:mux/oidc").value();
        gate_.emplace(std::move(rules));
        vault_.emplace(std::make_unique<CountingVault>(writes_), *gate_);
        stacks_.emplace(std::make_unique<CountingStacks>(writes_), *gate_);
    }

    Result<Receipt> keep(const std::string& client, const std::string& path) {
        SecretEdit body;
        body.path = path;
        body.data["OIDC_CLIENT_ID"] = text(client);
        body.data["OIDC_CLIENT_SECRET"] = text("s3cret");
        Edit edit;
        edit.body = std::move(body);
        return write(*vault_, std::move(edit), {});
    }
    Result<Receipt> wire(StackPurpose purpose, const std::string& client, std::string stack) {
        StackEdit body;
        body.purpose = purpose;
        body.stack = std::move(stack);
        body.env = {{"OIDC_CLIENT_SECRET", text("s3cret")}};
        Live live;
        live.stack.emplace();
        live.stack->env = {{"OIDC_CLIENT_ID", text(client)}};
        Edit edit;
        edit.body = std::move(body);
        return write(*stacks_, std::move(edit), std::move(live));
    }

    int writes_ = 0;

  private:
    template <class Port>
    Result<Receipt> write(Port& port, Edit edit, Live live) {
        auto permit = wavegate::testing::permit(std::move(edit), std::move(live));
        return sim_.run(port.apply(std::move(permit)));
    }

    wavegate::testing::Simulation sim_;
    std::optional<Gate> gate_;
    std::optional<GatedVault> vault_;
    std::optional<GatedStacks> stacks_;
};

TEST_F(GatedWrites, KeepAClientsSecretWhereItIsNamedAlone) {
    EXPECT_TRUE(keep("mux", "mux/oidc"));
    EXPECT_EQ(writes_, 1);
    EXPECT_EQ(keep("mux", "evil/oidc").error().kind(), ErrorKind::Denied);
    EXPECT_EQ(keep("grafana", "mux/oidc").error().kind(), ErrorKind::Denied);
    EXPECT_EQ(writes_, 1);
}

TEST_F(GatedWrites, PutAClientsSecretIntoTheStacksThatAreNamedAlone) {
    EXPECT_TRUE(wire(StackPurpose::Wiring, "mux", "mux-stack"));
    EXPECT_EQ(writes_, 1);
    EXPECT_EQ(wire(StackPurpose::Wiring, "mux", "evil").error().kind(), ErrorKind::Denied);
    EXPECT_EQ(wire(StackPurpose::EnvSync, "mux", "evil").error().kind(), ErrorKind::Denied);
    EXPECT_EQ(wire(StackPurpose::Wiring, "grafana", "mux-stack").error().kind(), ErrorKind::Denied);
    EXPECT_EQ(writes_, 1);
}

TEST_F(GatedWrites, PutBackWhatStoodThere) {
    EXPECT_TRUE(wire(StackPurpose::Unwiring, "grafana", "mux-stack"));
    EXPECT_TRUE(wire(StackPurpose::WayBack, "grafana", "mux-stack"));
    EXPECT_EQ(writes_, 2);
}

}  // namespace
}  // namespace wavegate::access
