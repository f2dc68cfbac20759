#include "tests/real/fleet/whole_fleet.hpp"
#include "tests/real/support/prometheus_server.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <utility>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

class Scraping : public WholeFleet {};

TEST_F(Scraping, GoesOnWithoutATokenWhereServicesDemandOne) {
    ScrapeJob job;
    job.name = "mcp-fleet";
    for (const auto& name : first_services()) {
        const auto address = fmt::format("127.0.0.1:{}", site().service(name).port);
        job.targets.push_back({address, {{"service", name}}});
    }
    PrometheusSetup setup;
    setup.jobs.push_back(std::move(job));
    const auto prometheus = PrometheusServer::start(setup);
    if (!prometheus) {
        GTEST_SKIP() << "skipped: monitoring not installable here";
    }
    const auto all = static_cast<double>(first_services().size());
    EXPECT_TRUE(prometheus->wait_for("sum(up{job=\"mcp-fleet\"})", all, 30s))
        << boost::json::serialize(prometheus->targets());
}

}  // namespace
}  // namespace wavegate::testing
