// The rules of Grafana's dashboard-linter (practice.md), which needs a newer Go than Debian's. That
// each expression parses is promtool's to say: tests/real/monitoring.
#include "operator/render/dashboards.hpp"

#include "operator/render/mark.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>

namespace wavegate::render {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

MonitoringSpec spec() {
    MonitoringSpec out;
    out.prometheus_datasource = "prom";
    out.loki_datasource = "logs";
    return out;
}

std::string text(const json::value& object, const char* key) {
    const auto* value = object.as_object().if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

class Dashboards : public ::testing::TestWithParam<std::size_t> {
  protected:
    Dashboards() : made_(dashboards(spec()).at(GetParam())), board_(json::parse(made_.text)) {}

    [[nodiscard]] const json::array& panels() const { return board_.at("panels").as_array(); }
    [[nodiscard]] std::map<std::string, json::object> variables() const {
        std::map<std::string, json::object> out;
        for (const auto& one : board_.at("templating").at("list").as_array()) {
            out.emplace(text(one, "name"), one.as_object());
        }
        return out;
    }
    /// Calls with each query and its panel.
    template <class See>
    void each_query(See see) const {
        for (const auto& panel : panels()) {
            for (const auto& target : panel.at("targets").as_array()) {
                see(panel, target);
            }
        }
    }

    Dashboard made_;
    json::value board_;
};

TEST_P(Dashboards, CanNotBeEditedAndAreMarked) {
    EXPECT_TRUE(is_untouched(made_.text));
    EXPECT_EQ(board_.at("editable"), false);
    EXPECT_TRUE(board_.at("id").is_null());
    EXPECT_FALSE(board_.as_object().contains("__inputs"));
    EXPECT_THAT(text(board_, "title"), Not(IsEmpty()));
}

TEST_P(Dashboards, TakeDataSourceJobAndInstanceAsVariables) {
    const auto all = variables();
    ASSERT_TRUE(all.contains("datasource"));
    EXPECT_EQ(text(all.at("datasource"), "type"), "datasource");
    EXPECT_EQ(text(all.at("datasource"), "query"), "prometheus");
    EXPECT_EQ(all.at("datasource").at("current").at("value"), "prom");
    for (const std::string name : {"job", "instance"}) {
        ASSERT_TRUE(all.contains(name)) << name;
        const auto& one = all.at(name);
        EXPECT_EQ(text(one, "type"), "query");
        EXPECT_EQ(one.at("datasource").at("uid"), "${datasource}");
        EXPECT_EQ(one.at("multi"), true);
        EXPECT_EQ(text(one, "allValue"), ".+");
        EXPECT_TRUE(std::regex_match(
            text(one, "query"), std::regex("label_values\\([a-z_]+(\\{.*\\})?, " + name + "\\)")));
    }
}

TEST_P(Dashboards, LookVariablesUpWhenTheTimeIsChanged) {
    for (const auto& [name, one] : variables()) {
        if (text(one, "type") == "query") {
            EXPECT_EQ(one.at("refresh"), 2) << name;
        }
    }
}

TEST_P(Dashboards, HavePanelsThatSayWhatTheyShow) {
    std::set<std::int64_t> ids;
    for (const auto& panel : panels()) {
        const auto title = text(panel, "title");
        EXPECT_THAT(title, Not(IsEmpty()));
        EXPECT_THAT(text(panel, "description"), Not(IsEmpty())) << title;
        EXPECT_THAT(text(panel.at("fieldConfig").at("defaults"), "unit"), Not(IsEmpty())) << title;
        EXPECT_FALSE(panel.at("targets").as_array().empty()) << title;
        EXPECT_TRUE(ids.insert(panel.at("id").as_int64()).second) << title;
        const bool logs = text(panel, "type") == "logs";
        EXPECT_EQ(
            text(panel.at("datasource"), "uid"), logs ? "${loki_datasource}" : "${datasource}")
            << title;
    }
}

TEST_P(Dashboards, HavePanelsThatLieBesideEachOther) {
    std::set<std::pair<std::int64_t, std::int64_t>> taken;
    for (const auto& panel : panels()) {
        const auto& place = panel.at("gridPos");
        const auto x = place.at("x").as_int64();
        const auto w = place.at("w").as_int64();
        const auto y = place.at("y").as_int64();
        EXPECT_LE(x + w, 24);
        for (auto column = x; column < x + w; ++column) {
            for (auto row = y; row < y + place.at("h").as_int64(); ++row) {
                EXPECT_TRUE(taken.insert({column, row}).second) << text(panel, "title");
            }
        }
    }
}

TEST_P(Dashboards, CallTheQueriesOfAPanelByDifferentNames) {
    for (const auto& panel : panels()) {
        std::set<std::string> names;
        for (const auto& target : panel.at("targets").as_array()) {
            EXPECT_TRUE(names.insert(text(target, "refId")).second) << text(panel, "title");
        }
    }
}

TEST_P(Dashboards, LookAtRatesOverTheIntervalOfTheScrapes) {
    const std::regex window(R"(\[([^\]]*)\])");
    each_query([&](const json::value& panel, const json::value& target) {
        const auto expr = text(target, "expr");
        for (std::sregex_iterator at(expr.begin(), expr.end(), window), end; at != end; ++at) {
            EXPECT_EQ((*at)[1], "$__rate_interval") << text(panel, "title");
        }
    });
}

TEST_P(Dashboards, NeverShowACounterAsItIs) {
    const std::regex counter(R"(([a-z_]+\()?\b[a-z_]+_total\b)");
    each_query([&](const json::value& panel, const json::value& target) {
        const auto expr = text(target, "expr");
        for (std::sregex_iterator at(expr.begin(), expr.end(), counter), end; at != end; ++at) {
            const auto call = (*at)[1].str();
            EXPECT_TRUE(call == "rate(" || call == "increase(" || call == "irate(")
                << text(panel, "title") << ": " << expr;
        }
    });
}

TEST_P(Dashboards, HaveNoPlaceholderLeft) {
    EXPECT_THAT(made_.text, Not(HasSubstr("$M")));
}

INSTANTIATE_TEST_SUITE_P(All, Dashboards, ::testing::Range(std::size_t{0}, std::size_t{5}));

TEST(DashboardFiles, KeepTheNamesThatOthersLinkTo) {
    std::map<std::string, std::string> uids;
    for (const auto& one : dashboards(spec())) {
        uids.emplace(one.file, text(json::parse(one.text), "uid"));
    }
    EXPECT_THAT(
        uids,
        UnorderedElementsAre(
            std::pair("mcp-fleet-overview.json", "agentos-mcp-fleet"),
            std::pair("mcp-per-service.json", "agentos-mcp-service"),
            std::pair("host-infra.json", "agentos-host-infra"),
            std::pair("container-resources.json", "agentos-container-resources"),
            std::pair("wavegate.json", "wavegate")));
}

}  // namespace
}  // namespace wavegate::render
