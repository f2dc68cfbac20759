#include "operator/access/gated_writes.hpp"

#include "operator/formats/last_good.hpp"
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
    Task<SwarmView> around(std::string /*stack*/, std::string /*service*/) override {
        co_return SwarmView();
    }
    Task<void> watch(std::function<void(Hint)> /*tell*/) override { co_return Result<void>(); }
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
        VaultWrite write;
        write.path = path;
        write.data["OIDC_CLIENT_ID"] = text("\"" + client + "\"");
        write.data["OIDC_CLIENT_SECRET"] = text("\"s3cret\"");
        return send(*vault_, std::move(write));
    }
    /// A stack whose Env has the secret, set anew unless said otherwise.
    static StackWrite wiring(const std::string& client, std::string stack, bool anew = true) {
        StackWrite write;
        write.stack = std::move(stack);
        write.env = {{"OIDC_CLIENT_ID", text(client)}, {"OIDC_CLIENT_SECRET", text("s3cret")}};
        if (anew) {
            write.sets = {"OIDC_CLIENT_SECRET"};
        }
        return write;
    }
    Result<Receipt> wire(StackWrite write) { return send(*stacks_, std::move(write)); }

    int writes_ = 0;

  private:
    template <class Port>
    Result<Receipt> send(Port& port, Write write) {
        return sim_.run(port.apply(wavegate::testing::permit(std::move(write))));
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
    EXPECT_TRUE(wire(wiring("mux", "mux-stack")));
    EXPECT_EQ(writes_, 1);
    EXPECT_EQ(wire(wiring("mux", "evil")).error().kind(), ErrorKind::Denied);
    EXPECT_EQ(wire(wiring("grafana", "mux-stack")).error().kind(), ErrorKind::Denied);
    EXPECT_EQ(writes_, 1);
}

TEST_F(GatedWrites, LeaveWhatStandsThereAndPutBackWhatAWiringMet) {
    EXPECT_TRUE(wire(wiring("grafana", "mux-stack", false))) << "it is not written anew";
    auto back = wiring("grafana", "mux-stack");
    back.env.push_back(
        {std::string(formats::kLastOutboundKey),
         formats::write_last_outbound({{"OIDC_CLIENT_SECRET", text("s3cret")}})});
    EXPECT_TRUE(wire(back)) << "it is the one that stood there";
    EXPECT_EQ(writes_, 2);
    back.env.back().value = formats::write_last_outbound({{"OIDC_CLIENT_SECRET", text("another")}});
    EXPECT_EQ(wire(back).error().kind(), ErrorKind::Denied);
}

}  // namespace
}  // namespace wavegate::access
