#include "operator/status/metrics.hpp"

#include "tests/support/sample_view.hpp"

#include <gmock/gmock.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Metrics, HaveTheNamesOfTheContract) {
    status::Counters counters;
    counters.requests = {{{"portainer", "200"}, 7}};
    counters.gate_results = {{{CheckKind::Direct, Verdict::Fail}, 2}};
    const auto text = status::metrics_text(sample_view(), counters);

    EXPECT_THAT(text, HasSubstr("\nwavegate_reconcile_total{result=\"success\"} 42\n"));
    EXPECT_THAT(text, HasSubstr("\nwavegate_reconcile_time_seconds_count 0\n"));
    EXPECT_THAT(
        text, HasSubstr("\nwavegate_http_requests_total{backend=\"portainer\",code=\"200\"} 7\n"));
    EXPECT_THAT(
        text,
        HasSubstr("\nwavegate_service_ready{service=\"searxng-mcp\",wave=\"read-only\"} 1\n"));
    EXPECT_THAT(
        text, HasSubstr("\nwavegate_service_ready{service=\"arr-mcp\",wave=\"read-only\"} 0\n"));
    EXPECT_THAT(
        text, HasSubstr("\nwavegate_gate_result_total{gate=\"Direct\",verdict=\"Fail\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("\nwavegate_guard_refusals_total{invariant=\"4\"} 2\n"));
    EXPECT_THAT(
        text, HasSubstr("\nwavegate_wave_phase{wave=\"read-only\",phase=\"Progressing\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("\nwavegate_wave_phase{wave=\"read-only\",phase=\"Halted\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("\nwavegate_build_info{version="));
}

TEST(Metrics, TellWhichServicesDiffer) {
    auto view = sample_view();
    const auto& differing = view.desired->services.front().name;
    const auto line = [](const std::string& service, int drifted) {
        return "\nwavegate_service_drifted{service=\"" + service + "\",wave=\"read-only\"} " +
               std::to_string(drifted) + "\n";
    };
    view.diff = {};
    EXPECT_THAT(status::metrics_text(view, status::Counters()), HasSubstr(line(differing, 0)));
    view.diff.obstacles.push_back(
        {"Service/" + differing, "", "NeedsPassThrough", "write the lines"});
    EXPECT_THAT(status::metrics_text(view, status::Counters()), HasSubstr(line(differing, 1)));
}

TEST(Metrics, EveryFamilyIsDeclaredOnce) {
    const auto text = status::metrics_text(sample_view(), status::Counters());
    std::set<std::string> seen;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("# TYPE ")) {
            EXPECT_TRUE(seen.insert(line).second) << line;
        }
    }

    EXPECT_GE(seen.size(), 10U);
}

TEST(Metrics, EscapeWhatALabelMayNotHold) {
    status::Counters counters;
    counters.requests = {{{"a\"b\\c\nd", "200"}, 1}};
    const auto text = status::metrics_text(status::View(), counters);

    EXPECT_THAT(text, HasSubstr("{backend=\"a\\\"b\\\\c\\nd\",code=\"200\"} 1\n"));
}

TEST(Metrics, HistogramBucketsAreCumulative) {
    status::Counters counters;
    counters.passes.times.observe(40ms);
    counters.passes.times.observe(100ms);
    counters.passes.times.observe(1min);
    const auto text = status::metrics_text(status::View(), counters);

    EXPECT_THAT(text, HasSubstr("_bucket{le=\"0.05\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("_bucket{le=\"0.1\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("_bucket{le=\"30\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("_bucket{le=\"+Inf\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("_sum 60.14\n"));
}

TEST(Metrics, CountEvidenceOnce) {
    const auto view = sample_view();
    status::Counters counters;
    const auto first = counters.count_evidence(*view.ledger, sample_time(3min).wall);
    counters.count_evidence(*view.ledger, first);

    EXPECT_EQ(counters.gate_results.at({CheckKind::Unauthorized, Verdict::Pass}), 1U);
    EXPECT_EQ(first, sample_time(9min).wall);
}

TEST(Metrics, HoldNoValueOfAnySecret) {
    EXPECT_THAT(
        status::metrics_text(halted_view(), status::Counters()),
        Not(HasSubstr(std::string(kSecretMarker))));
}

}  // namespace
}  // namespace wavegate::testing
