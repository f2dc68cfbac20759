#include "reconcilers/gates/asking.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace wavegate::gates {
namespace {

Evidence seen(const KnockAnswer& answer) {
    ServiceSpec service;
    service.url = "http://a-mcp.arpa:8000/mcp";
    auto evidence = evidence_of(classify_knock(answer));
    add_address(evidence, service, answer);
    return evidence;
}

TEST(Address, OfARedirectIsWhereItLeads) {
    KnockAnswer answer;
    answer.status = 307;
    answer.location = "http://a-mcp.arpa:8000/mcp/";
    EXPECT_EQ(
        explained(seen(answer)), "redirected to another address: http://a-mcp.arpa:8000/mcp/");
}

TEST(Address, OfARefusedHostIsWhatWasSent) {
    KnockAnswer answer;
    answer.status = 421;
    answer.host_refused = true;
    EXPECT_EQ(explained(seen(answer)), "it refuses this Host: a-mcp.arpa:8000");
}

TEST(Address, IsNotToldWhereNothingIsWrongWithIt) {
    KnockAnswer answer;
    answer.status = 401;
    answer.bearer_challenge = true;
    EXPECT_TRUE(seen(answer).facts.empty());
}

Evidence judged(const McpListing& listing) {
    Scene scene;
    scene.ledger = std::make_shared<const Ledger>();
    ServiceSpec service;
    service.probe.tool = "auto";
    return judge_listing(scene, service, listing);
}

TEST(Listing, CountsWhatWasNotKept) {
    McpListing listing;
    listing.tools.emplace_back().name = "status";
    listing.left_out = 7;
    const auto evidence = judged(listing);
    EXPECT_EQ(evidence.verdict, Verdict::Pass);
    EXPECT_EQ(*evidence.facts.find("tools"), "8");
    EXPECT_EQ(*evidence.facts.find("leftOut"), "7");
}

TEST(Listing, OfNamesOfNoUseIsNoDenial) {
    McpListing listing;
    listing.left_out = 1;
    EXPECT_EQ(judged(listing).seen, ProbeClass::NotMcp);
    listing.left_out = 0;
    EXPECT_EQ(judged(listing).seen, ProbeClass::PolicyDenied) << "denied looks like an empty list";
}

}  // namespace
}  // namespace wavegate::gates
