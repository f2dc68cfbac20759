#pragma once

#include "tests/contract/mcp/stage.hpp"

#include <chrono>
#include <string>

namespace wavegate::contract {

/// Tokens of one issuer: good ones, and of each kind that every service must refuse.
class TokenSource {
  public:
    virtual ~TokenSource() = default;
    /// What is their `iss`.
    [[nodiscard]] virtual std::string issuer() const = 0;
    /// Of the client mcp-multiplexer for the audience agent-services, for some minutes.
    virtual std::string good() = 0;
    virtual std::string for_another_audience() = 0;
    virtual std::string expired() = 0;
    /// Signed by the same key.
    virtual std::string of_another_issuer() = 0;
    /// Signed by a foreign key, under the name of the issuer's.
    virtual std::string forged() = 0;
};

/// As good as any but for the key.
inline std::string forged_token(Clock& clock, const std::string& issuer, const std::string& kid) {
    constexpr int kForeignKey = 1;
    TestIssuer other(clock, kForeignKey);
    other.issuer = issuer;
    other.kid = kid;
    return other.token();
}

/// What a TestIssuer signs.
class TestTokens final : public TokenSource {
  public:
    TestTokens(Clock& clock, TestIssuer& issuer) : clock_(clock), issuer_(issuer) {}

    [[nodiscard]] std::string issuer() const override { return issuer_.issuer; }
    std::string good() override { return issuer_.token(); }
    std::string for_another_audience() override { return issuer_.token("another"); }
    std::string expired() override {
        return issuer_.token("agent-services", -std::chrono::seconds(2));
    }
    std::string of_another_issuer() override {
        const auto name = issuer_.issuer;
        issuer_.issuer += "/";
        auto token = issuer_.token();
        issuer_.issuer = name;
        return token;
    }
    std::string forged() override { return forged_token(clock_, issuer_.issuer, issuer_.kid); }

  private:
    Clock& clock_;
    TestIssuer& issuer_;
};

}  // namespace wavegate::contract
