#pragma once

#include "tests/real/fleet/calls.hpp"
#include "tests/real/fleet/controller.hpp"
#include "tests/real/fleet/site.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace wavegate::testing {

/// Services that the first rollout turns to jwt.
std::vector<std::string> first_services();

/// A case on the one site, with the one operator running. What it asks, it asks the systems and
/// services, never the operator. Cases need no order, but each has services of its own to move.
class WholeFleet : public ::testing::Test {
  protected:
    /// The fleet as the first rollout leaves it: who comes first waits for that.
    void SetUp() override;

    [[nodiscard]] static Site& site() { return Site::the(); }
    [[nodiscard]] static Controller& controller();
    /// One commit that sets these to "jwt" or "none".
    static void ask_for(const std::string& auth, const std::vector<std::string>& services);
    [[nodiscard]] static int knock(const std::string& service) {
        return testing::knock(site().url(service));
    }
    /// Do all demand a token within this time, and does the multiplexer get through to each then?
    [[nodiscard]] static ::testing::AssertionResult come_to_enforce(
        const std::vector<std::string>& services,
        std::chrono::seconds limit);
    /// A token of the multiplexer's client, minted now.
    [[nodiscard]] static std::string mint();
    /// For a failing case's message.
    [[nodiscard]] static std::string story();

  private:
    static bool turn_to_jwt();
    [[nodiscard]] static bool all_enforce(const std::vector<std::string>& services);
};

}  // namespace wavegate::testing
