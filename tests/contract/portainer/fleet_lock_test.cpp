// What the suite of locks can't ask of a real engine.
#include "operator/backends/portainer/fleet_lock.hpp"

#include "tests/contract/portainer/rig.hpp"

#include <gtest/gtest.h>

namespace wavegate::testing {
namespace {

struct LockRig : Rig {
    portainer::LockClient lock{tap, credentials, portainer_spec()};
    Result<void> create() { return sim.run(lock.create("wavegate-demo-lock", {{"term", "1"}})); }
    Result<std::optional<LockConfig>> read() { return sim.run(lock.read("wavegate-demo-lock")); }
};

TEST(FleetLockClient, TellsAPlainUsersKeyFromALockThatIsNotThere) {
    LockRig rig;
    rig.portainer.plain_user(true);

    const auto seen = rig.read();
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().kind(), ErrorKind::Denied);
    const auto made = rig.create();
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind(), ErrorKind::Denied);
}

TEST(FleetLockClient, TakesAnEnvironmentThatIsNotThereForNoAnswer) {
    Rig rig;
    auto spec = portainer_spec();
    spec.environment = "elsewhere";
    portainer::LockClient lock(rig.tap, rig.credentials, spec);

    const auto seen = rig.sim.run(lock.read("wavegate-demo-lock"));
    ASSERT_FALSE(seen) << "an absent lock would be taken";
    EXPECT_EQ(seen.error().kind(), ErrorKind::Unavailable);
}

TEST(FleetLockClient, TakesAnEngineThatIsDownForNoAnswer) {
    LockRig rig;
    ASSERT_TRUE(rig.create());
    rig.portainer.engine_down(true);

    const auto seen = rig.read();
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().kind(), ErrorKind::Unavailable);
}

TEST(FleetLockClient, SaysThatALostAnswerMayHaveBeenDone) {
    LockRig rig;
    ASSERT_TRUE(rig.create());
    const auto seen = rig.read().value().value();
    rig.tap.lose_next_answer = true;

    const auto lost = rig.sim.run(rig.lock.update(seen, {{"term", "2"}}));
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().effect(), Effect::Maybe);
    EXPECT_EQ(rig.read().value().value().labels.at("term"), "2");
}

TEST(FleetLockClient, SendsEachRequestOnce) {
    LockRig rig;
    ASSERT_TRUE(rig.create());
    rig.tap.seen.clear();

    ASSERT_TRUE(rig.read());
    ASSERT_EQ(rig.tap.seen.size(), 1U);
    EXPECT_EQ(rig.tap.seen[0].first, "GET /api/endpoints/1/docker/configs/wavegate-demo-lock");
}

}  // namespace
}  // namespace wavegate::testing
