// A service that lists its tools without measure: names of megabytes, pages without end, an answer
// without end. It must cost the operator little, and the other services nothing.
#include "tests/e2e/attacker.hpp"
#include "tests/e2e/fleet.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <utility>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

/// The answer to tools/list, by the id of the request.
using Listing = std::function<std::string(const std::string& id)>;

json::object message_of(const std::string& request) {
    const auto body = request.find("\r\n\r\n");
    boost::system::error_code failed;
    auto value = json::parse(body == std::string::npos ? "" : request.substr(body + 4), failed);
    return failed || !value.is_object() ? json::object() : value.get_object();
}

std::string result(const std::string& id, const std::string& what) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", id, what);
}

/// An open MCP service but for its list.
Attacker::Reply service(Listing list) {
    return [list = std::move(list)](const std::string& request) {
        const auto message = message_of(request);
        const auto id = message.contains("id") ? json::serialize(message.at("id")) : "null";
        const auto method = text_at(message, "method");
        if (method == "initialize") {
            return result(id, R"({"protocolVersion":"2025-06-18","capabilities":{}})");
        }
        return method == "tools/list" ? list(id) : std::string("{}");
    };
}

std::size_t times_listed(const Attacker& attacker) {
    const auto heard = attacker.heard();
    return static_cast<std::size_t>(std::count_if(heard.begin(), heard.end(), [](const auto& one) {
        return text_at(message_of(one), "method") == "tools/list";
    }));
}

std::size_t walks(const Attacker& attacker) {
    const auto heard = attacker.heard();
    return static_cast<std::size_t>(std::count_if(heard.begin(), heard.end(), [](const auto& one) {
        return text_at(message_of(one), "method") == "initialize";
    }));
}

/// What the store takes on the disk.
std::uintmax_t stored(const Fleet& fleet) {
    std::uintmax_t bytes = 0;
    for (const auto& file : std::filesystem::directory_iterator(fleet.folder())) {
        if (file.path().filename().string().find(".db") != std::string::npos) {
            bytes += file.file_size();
        }
    }
    return bytes;
}

/// b-mcp is the attacker's, and shall demand tokens like a-mcp, which is as it should be.
class AttackBounds : public ::testing::Test {
  protected:
    void meet(const Attacker& attacker) {
        fleet_.edit(
            "services.yaml",
            "metadata: { name: b-mcp }\nspec:\n",
            "metadata: { name: b-mcp }\nspec:\n  url: \"" + attacker.url("b-mcp") + "/mcp\"\n");
        fleet_.ask_for_jwt();
        // Whoever runs the operator lets it be probed.
        fleet_.operator_env()["WAVEGATE_PROBES"] = fleet_.url("*") + "," + attacker.url("b-mcp");
    }

    /// The operator goes on, and says as little as ever.
    void expect_all_is_well(const RunningOperator& running, const Attacker& attacker) {
        EXPECT_TRUE(running.until([&](const json::object&) { return walks(attacker) > 0; }, 30s))
            << "the attacker was asked: " << running.story();
        // Ready would wait for the attacker's turn, too: the wave soaks as a whole.
        EXPECT_TRUE(running.until(
            [](const json::object& now) {
                const auto phase = phase_of(now, "a-mcp");
                return phase == "Probed" || phase == "Ready";
            },
            60s))
            << running.story();
        EXPECT_EQ(fleet_.knock("a-mcp"), 401);
        EXPECT_LT(json::serialize(running.status()).size(), 100'000U);
        EXPECT_LT(stored(fleet_), 8U << 20U);
        EXPECT_LT(running.resident(), 128U << 20U);
    }

    Fleet fleet_{FleetPlan{{"a-mcp", "b-mcp"}, {}}};
};

TEST_F(AttackBounds, ANameOfMegabytesIsKeptNowhere) {
    const Attacker attacker(service([](const std::string& id) {
        const std::string name(7U << 20U, 'n');
        return result(id, R"({"tools":[{"name":")" + name + R"("},{"name":"b_search"}]})");
    }));
    meet(attacker);
    const RunningOperator running(fleet_);
    expect_all_is_well(running, attacker);
    const auto status = json::serialize(running.status());
    EXPECT_EQ(status.find(std::string(300, 'n')), std::string::npos);
}

TEST_F(AttackBounds, ACursorThatRepeatsIsFollowedOnce) {
    const Attacker attacker(service([](const std::string& id) {
        return result(id, R"({"tools":[{"name":"b_search"}],"nextCursor":"again"})");
    }));
    meet(attacker);
    const RunningOperator running(fleet_);
    expect_all_is_well(running, attacker);
    EXPECT_LE(times_listed(attacker), 2 * walks(attacker));
}

TEST_F(AttackBounds, NewNamesOnPagesWithoutEndAreLeftAtTheLimit) {
    const Attacker attacker(service([](const std::string& id) {
        std::string tools = R"({"name":"b_search"})";
        for (int i = 0; i < 1'000; ++i) {
            tools += fmt::format(R"(,{{"name":"tool-{}-{}"}})", id, i);
        }
        return result(id, fmt::format(R"({{"tools":[{}],"nextCursor":"c{}"}})", tools, id));
    }));
    meet(attacker);
    const RunningOperator running(fleet_);
    expect_all_is_well(running, attacker);
    EXPECT_LE(times_listed(attacker), 2 * walks(attacker)) << "two thousand names are enough";
}

TEST_F(AttackBounds, AnAnswerWithoutEndIsCutOff) {
    const Attacker attacker(service([](const std::string& id) {
        return result(id, R"({"tools":[{"name":"b_search","description":")") +
               std::string(48U << 20U, 'x');
    }));
    meet(attacker);
    const RunningOperator running(fleet_);
    expect_all_is_well(running, attacker);
}

}  // namespace
}  // namespace wavegate::testing
