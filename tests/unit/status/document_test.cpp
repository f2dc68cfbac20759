#include "operator/status/document.hpp"

#include "operator/status/objects.hpp"
#include "tests/support/changed_record.hpp"
#include "tests/support/sample_view.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

json::value at(const json::value& document, std::string_view pointer) {
    boost::system::error_code missing;
    const auto* found = document.find_pointer(pointer, missing);
    return found == nullptr ? json::value("(missing)") : *found;
}

json::value named(const json::value& list, std::string_view name) {
    for (const auto& one : list.as_array()) {
        if (one.as_object().at("name").as_string() == name) {
            return one;
        }
    }
    return nullptr;
}

json::value service(const status::View& view, std::string_view name) {
    return named(status::status_document(view).at("services"), name);
}

json::value condition(const json::value& service, std::string_view type) {
    for (const auto& one : service.as_object().at("conditions").as_array()) {
        if (one.as_object().at("type").as_string() == type) {
            return one;
        }
    }
    return nullptr;
}

TEST(Status, ClaimsNothingOfAServiceWhoseEnvFilesCannotBeRead) {
    auto view = sample_view();
    view.record = testing::changed(view.record, [](RolloutFields& fields) {
        for (auto& member : fields.members) {
            member.state = state::Ready();
        }
    });
    view.holds.clear();
    view.diff.obstacles = {
        {"Service/arr-mcp", "", "EnvUnreadable", "arr-mcp/.env: not there"},
        {"Service/arr-mcp", "", "Drift", "LOG_LEVEL differs"}};
    const auto arr = service(view, "arr-mcp");
    for (const auto* type : {"Ready", "Drifted"}) {
        EXPECT_EQ(at(condition(arr, type), "/status"), "Unknown") << type;
        EXPECT_EQ(at(condition(arr, type), "/reason"), "EnvUnreadable") << type;
        EXPECT_EQ(at(condition(arr, type), "/message"), "arr-mcp/.env: not there") << type;
    }
}

TEST(Status, SaysWhatOfAnEnvFileIsLeftOut) {
    auto view = sample_view();
    auto observed = std::make_shared<Observed>(*view.observed);
    ResolvedEnv env;
    env.notes = {"arr-mcp/.env: line 2: a name without a value is left out"};
    observed->env_files["arr-mcp"] = Seen(std::move(env), Time());
    view.observed = observed;
    EXPECT_EQ(
        at(condition(service(view, "arr-mcp"), "Drifted"), "/message"),
        "arr-mcp/.env: line 2: a name without a value is left out");
}

TEST(Status, HasEveryMemberOfTheContract) {
    const json::value document = status::status_document(sample_view());

    for (const std::string_view member :
         {"source", "leader", "gates", "waves", "services", "rollout", "backends"}) {
        EXPECT_TRUE(document.as_object().contains(member)) << member;
    }
    EXPECT_EQ(at(document, "/source/revision"), "4f2a9c1");
    EXPECT_EQ(at(document, "/source/ready"), true);
    EXPECT_EQ(at(document, "/leader/acts"), true);
    EXPECT_EQ(at(document, "/standing"), "Moving");
    EXPECT_EQ(at(document, "/rollout/id"), "r-17");
    EXPECT_EQ(at(document, "/backends/portainer/ok"), true);
    EXPECT_EQ(at(document, "/lookNow/answered"), 3);
}

TEST(Status, HoldsNoValueOfAnySecret) {
    for (const auto& view : {sample_view(), halted_view()}) {
        for (const auto& document :
             {status::status_document(view),
              status::plan_document(view),
              status::services_list(view),
              status::waves_list(view),
              status::rollouts_list(view),
              status::events_list(view)}) {
            EXPECT_EQ(json::serialize(document).find(kSecretMarker), std::string::npos);
        }
    }
}

TEST(Status, OfNothingAtAllIsAWholeDocument) {
    const json::value document = status::status_document(status::View());

    EXPECT_EQ(at(document, "/source/revision"), json::value(nullptr));
    EXPECT_EQ(at(document, "/rollout"), json::value(nullptr));
    EXPECT_EQ(at(document, "/services"), json::array());
    EXPECT_EQ(at(document, "/gates/token"), json::value(nullptr));
    EXPECT_EQ(condition(document, "SourceReady").at("status"), "Unknown");
}

TEST(Status, TellsDesiredFromLiveAuth) {
    const auto pending = service(sample_view(), "git-mcp");

    EXPECT_EQ(at(pending, "/auth/desired"), "jwt");
    EXPECT_EQ(at(pending, "/auth/live"), "none");
    EXPECT_EQ(at(service(sample_view(), "stopped-mcp"), "/auth/live"), json::value(nullptr));
}

TEST(Status, SaysWhatAServiceWaitsForSinceWhenAndWhatEndsIt) {
    const auto waiting = service(sample_view(), "git-mcp");

    EXPECT_EQ(at(waiting, "/waits/for"), "a free slot of its wave");
    EXPECT_EQ(at(waiting, "/waits/reason"), "WaitingForSlot");
    EXPECT_EQ(at(waiting, "/waits/since"), "2026-11-24T08:01:00.000Z");
    EXPECT_EQ(
        at(waiting, "/waits/endedBy"),
        "itself, when a service in flight answers through the multiplexer");
    EXPECT_EQ(at(service(sample_view(), "searxng-mcp"), "/waits"), json::value(nullptr));
}

TEST(Status, GivesTheEndOfAWaitAsACalendarTime) {
    EXPECT_EQ(at(service(sample_view(), "arr-mcp"), "/waits/until"), "2026-11-24T08:18:00.000Z");
}

TEST(Status, NamesTheCommandThatEndsAWaitForAPerson) {
    EXPECT_EQ(
        at(service(halted_view(), "arr-mcp"), "/waits/endedBy"), "wavegate rollout retry arr-mcp");
}

TEST(Status, AReadyServiceIsReadyAndNothingElse) {
    const auto ready = service(sample_view(), "searxng-mcp");

    EXPECT_EQ(condition(ready, "Ready").at("status"), "True");
    EXPECT_EQ(condition(ready, "Reconciling").at("status"), "False");
    EXPECT_EQ(condition(ready, "Stalled").at("status"), "False");
    EXPECT_EQ(condition(ready, "Drifted").at("status"), "False");
}

TEST(Status, ConditionsNameTheRevisionAndTheirLastChange) {
    const auto ready = condition(service(sample_view(), "searxng-mcp"), "Ready");

    EXPECT_EQ(ready.at("observedGeneration"), "4f2a9c1");
    EXPECT_EQ(ready.at("lastTransitionTime"), "2026-11-24T08:05:00.000Z");
}

TEST(Status, APendingServiceIsReconcilingAndDrifted) {
    const auto pending = service(sample_view(), "git-mcp");

    EXPECT_EQ(condition(pending, "Ready").at("status"), "False");
    EXPECT_EQ(condition(pending, "Reconciling").at("status"), "True");
    EXPECT_EQ(condition(pending, "Stalled").at("status"), "False");
    EXPECT_EQ(condition(pending, "Drifted").at("status"), "True");
    EXPECT_EQ(
        condition(pending, "Drifted").at("message"),
        "live and desired differ in API_KEY, AUTH_TYPE");
}

TEST(Status, ARolledBackServiceIsStalledWithItsCause) {
    const auto stalled = condition(service(halted_view(), "arr-mcp"), "Stalled");

    EXPECT_EQ(stalled.at("status"), "True");
    EXPECT_EQ(stalled.at("reason"), "GateFailed");
    EXPECT_EQ(
        stalled.at("message"), "rolled back: a garbage bearer was let in: Unauthorized: Open");
}

TEST(Status, AnAcceptedFailureIsNeitherReadyNorStalled) {
    auto view = halted_view();
    view.excepted = {"arr-mcp"};

    EXPECT_EQ(condition(service(view, "arr-mcp"), "Stalled").at("status"), "False");
    EXPECT_EQ(condition(service(view, "arr-mcp"), "Stalled").at("reason"), "Accepted");
    EXPECT_EQ(condition(service(view, "arr-mcp"), "Ready").at("status"), "False");
}

TEST(Status, AServiceThatIsNotDeployedIsShownAsThat) {
    const auto stopped = service(sample_view(), "stopped-mcp");

    EXPECT_EQ(at(stopped, "/phase"), "NotDeployed");
    EXPECT_EQ(condition(stopped, "Ready").at("reason"), "NotDeployed");
}

TEST(Status, NothingIsSaidOfServicesThatCannotBeObserved) {
    auto view = sample_view();
    view.record =
        testing::changed(view.record, [](RolloutFields& fields) { fields.members.clear(); });
    auto blind = std::make_shared<Observed>(*view.observed);
    blind->swarm = Seen<SwarmView>(Error(ErrorKind::Unavailable, "refused"), view.now);
    view.observed = blind;

    const auto unseen = service(view, "arr-mcp");
    EXPECT_EQ(at(unseen, "/phase"), "Unknown");
    EXPECT_EQ(condition(unseen, "Ready").at("status"), "Unknown");
    EXPECT_EQ(condition(unseen, "Drifted").at("status"), "Unknown");
}

TEST(Status, ShowsTheNewestEvidenceOfEachKind) {
    const auto evidence = service(sample_view(), "arr-mcp").at("evidence");

    ASSERT_EQ(evidence.as_array().size(), 2U);
    EXPECT_EQ(at(evidence, "/0/kind"), "Unauthorized");
    EXPECT_EQ(at(evidence, "/0/taken"), "2026-11-24T08:09:00.000Z");
    EXPECT_EQ(at(evidence, "/0/age"), "1m");
    EXPECT_EQ(at(evidence, "/1/kind"), "Direct");
}

TEST(Status, ShowsALongListByItsBeginning) {
    Evidence children;
    for (int i = 0; i < 6'000; ++i) {
        children.facts.add("up", "service-" + std::to_string(i));
    }
    const auto json = status::evidence_json(children, sample_view().now);
    const std::string up(json.at("facts").at("up").as_string());
    EXPECT_TRUE(up.starts_with("service-0,service-1,")) << up;
    EXPECT_TRUE(up.ends_with(",…"));
    EXPECT_LE(up.size(), 1'100U);
}

TEST(Status, LetsOnlyFactsOfAFixedListThrough) {
    const auto facts = service(sample_view(), "arr-mcp").at("evidence").at(1).at("facts");

    EXPECT_EQ(facts, (json::object{{"tools", "12"}}));
}

TEST(Status, AGateWhoseInputsChangedIsNotCurrent) {
    const json::value document = status::status_document(sample_view());

    EXPECT_EQ(at(document, "/gates/token/verdict"), "Pass");
    EXPECT_EQ(at(document, "/gates/token/facts/lifetime"), "300");
    EXPECT_EQ(at(document, "/gates/token/current"), false);
    EXPECT_EQ(at(document, "/gates/children/verdict"), "Pass");
}

TEST(Status, CountsAWavesMembersAndSlots) {
    const auto wave = named(status::status_document(sample_view()).at("waves"), "read-only");

    EXPECT_EQ(at(wave, "/phase"), "Progressing");
    EXPECT_EQ(at(wave, "/services"), 3);
    EXPECT_EQ(at(wave, "/members"), 3);
    EXPECT_EQ(at(wave, "/ready"), 1);
    EXPECT_EQ(at(wave, "/inFlight"), 1);
    EXPECT_EQ(at(wave, "/maxInFlight"), 1);
    EXPECT_EQ(at(wave, "/soak"), "6m");
    EXPECT_EQ(at(wave, "/waits/0/reason"), "WaitingForSlot");
}

TEST(Status, AWavesSoakIsAsFarAsItsLastMember) {
    auto view = sample_view();
    for (const auto* name : {"arr-mcp", "git-mcp"}) {
        state::Probed probed;
        probed.watched = name == std::string("arr-mcp") ? 4min : 90s;
        testing::bring(view, name, probed, view.now);
    }

    EXPECT_EQ(named(status::status_document(view).at("waves"), "read-only").at("watched"), "1m30s");
}

TEST(Status, AHaltedWaveNamesTheServiceThatHaltsIt) {
    const auto wave = named(status::status_document(halted_view()).at("waves"), "read-only");

    EXPECT_EQ(at(wave, "/phase"), "Halted");
    EXPECT_EQ(at(wave, "/message"), "arr-mcp: rolled back: a garbage bearer was let in");
}

TEST(Status, AnInvalidRevisionIsASourceThatIsNotReady) {
    auto view = sample_view();
    view.source.ready = false;
    view.source.seen = "deadbee";
    view.source.reason = "Invalid";
    view.source.message = "revision deadbee has errors";
    Diagnostic wrong;
    wrong.origin = {"fleet.yaml", 3, 7};
    wrong.object = "McpService/arr-mcp";
    wrong.field = "spec.wave";
    wrong.message = "no wave is called so";
    view.source.found = {wrong};
    const json::value document = status::status_document(view);

    EXPECT_EQ(condition(document, "SourceReady").at("status"), "False");
    EXPECT_EQ(condition(document, "SourceReady").at("reason"), "Invalid");
    EXPECT_EQ(at(document, "/source/revision"), "4f2a9c1");
    EXPECT_EQ(at(document, "/source/diagnostics/0/line"), 3);
    EXPECT_EQ(at(document, "/source/diagnostics/0/field"), "spec.wave");
}

TEST(Status, ForeignTextIsAlwaysValidUtf8) {
    auto view = halted_view();
    view.holds["Service/arr-mcp"].message = "bytes \xff\xfe";
    view.backends["portainer"].message = "\xc3";
    const auto text = json::serialize(status::status_document(view));
    boost::system::error_code broken;
    json::parse(text, broken);

    EXPECT_FALSE(broken) << broken.message();
}

TEST(Plan, ShowsWhatChangesFieldByField) {
    const json::value plan = status::plan_document(sample_view());

    EXPECT_EQ(at(plan, "/edits/0/kind"), "flip");
    EXPECT_EQ(at(plan, "/edits/0/target"), "stack/git-mcp");
    EXPECT_EQ(at(plan, "/edits/0/to"), "jwt");
    EXPECT_EQ(at(plan, "/edits/0/fields/0/field"), "AUTH_TYPE");
    EXPECT_EQ(at(plan, "/edits/0/fields/0/after"), "jwt");
    EXPECT_EQ(at(plan, "/edits/0/fields/1/before"), "(secret)");
    EXPECT_EQ(at(plan, "/edits/0/fields/1/after"), "(removed)");
}

TEST(Plan, TellsWhatIsReleasedFromWhatWaits) {
    auto view = sample_view();
    view.release = {view.diff.edits.front()};
    Check check;
    check.kind = CheckKind::Baseline;
    check.subject = "vault-mcp";
    view.ask = {check};
    const json::value plan = status::plan_document(view);

    EXPECT_EQ(at(plan, "/edits/0/released"), true);
    EXPECT_EQ(at(plan, "/edits/1/released"), false);
    EXPECT_EQ(at(plan, "/checks/0/kind"), "Baseline");
    EXPECT_EQ(at(plan, "/waits/1/reason"), "WaitingForSlot");
}

TEST(Plan, ShowsWhatStandsInTheWay) {
    auto view = sample_view();
    Obstacle obstacle;
    obstacle.object = "Service/vault-mcp";
    obstacle.reason = "NeedsPassThrough";
    obstacle.message = "add - AUTH_TYPE=${AUTH_TYPE}";
    view.diff.obstacles = {obstacle};

    EXPECT_EQ(
        at(status::plan_document(view), "/obstacles/0/message"), "add - AUTH_TYPE=${AUTH_TYPE}");
    EXPECT_EQ(condition(service(view, "vault-mcp"), "Drifted").at("reason"), "NeedsPassThrough");
}

TEST(Lists, AServiceIsShownAsKubernetesWouldShowIt) {
    const auto found = status::one_service(sample_view(), "git-mcp");
    ASSERT_TRUE(found);
    const json::value one = *found;

    EXPECT_EQ(at(one, "/metadata/name"), "git-mcp");
    EXPECT_EQ(at(one, "/spec/auth"), "jwt");
    EXPECT_EQ(at(one, "/status/auth"), "none");
    EXPECT_EQ(at(one, "/status/phase"), "Pending");
    EXPECT_EQ(at(one, "/status/waits/0/reason"), "WaitingForSlot");
    EXPECT_FALSE(status::one_service(sample_view(), "no-such-mcp"));
}

TEST(Lists, EventsAreOldestFirst) {
    const json::value events = status::events_list(sample_view());

    EXPECT_EQ(at(events, "/items/0/reason"), "RolloutStarted");
    EXPECT_EQ(at(events, "/items/2/object"), "Service/arr-mcp");
}

TEST(StatusDocument, SaysWhatAPolicyIsCalledOnThePolicyServer) {
    auto view = sample_view();
    const auto named = [&] {
        const auto document = status::status_document(view);
        return document.at("policies").as_array().at(0).as_object().at("policy");
    };
    EXPECT_TRUE(named().is_null());
    view.policies["multiplexer-baseline"] = "wavegate-homelab-multiplexer-baseline-0123456789";
    EXPECT_EQ(named(), "wavegate-homelab-multiplexer-baseline-0123456789");
}

}  // namespace
}  // namespace wavegate::testing
