#include "tests/contract/portainer/swarm_backend.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

// The fleet's lock: a Docker config, of which the labels alone can change, by compare-and-set
// (locks.md).
namespace wavegate::contract {

void FleetLockContract::SetUp() {
    SwarmContract::SetUp();
    if (!backend_) {
        return;
    }
    lock_ = std::make_unique<portainer::LockClient>(
        backend_->transport(), key_, testing::portainer_spec());
    config_ = lock_name(name_);
}

void FleetLockContract::TearDown() {
    if (backend_) {
        raw("DELETE", "/endpoints/1/docker/configs/" + config_);
    }
    SwarmContract::TearDown();
}

Result<std::optional<LockConfig>> FleetLockContract::read() {
    return backend_->driver().run(lock_->read(config_));
}

LockConfig FleetLockContract::must_read() {
    auto seen = read();
    if (!seen || !*seen) {
        throw std::runtime_error("the lock can't be read");
    }
    return std::move(**seen);
}

Result<void> FleetLockContract::create(const LockConfig::Labels& labels) {
    return backend_->driver().run(lock_->create(config_, labels));
}

Result<void> FleetLockContract::update(const LockConfig& seen, const LockConfig::Labels& labels) {
    return backend_->driver().run(lock_->update(seen, labels));
}

TEST_P(FleetLockContract, IsNotThereBeforeSomebodyMakesIt) {
    const auto seen = read();

    ASSERT_TRUE(seen) << seen.error().message();
    EXPECT_FALSE(seen->has_value());
}

TEST_P(FleetLockContract, HoldsTheLabelsThatItWasMadeWith) {
    ASSERT_TRUE(create({{"holder", "run-1"}, {"term", "1"}}));

    const auto seen = must_read();
    EXPECT_EQ(seen.name, config_);
    EXPECT_EQ(seen.labels, (LockConfig::Labels{{"holder", "run-1"}, {"term", "1"}}));
    EXPECT_GT(seen.version, 0U);
}

TEST_P(FleetLockContract, IsMadeByOneOfTwo) {
    ASSERT_TRUE(create({{"holder", "run-1"}}));

    const auto second = create({{"holder", "run-2"}});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(must_read().labels.at("holder"), "run-1");
}

TEST_P(FleetLockContract, TakesNewLabelsOnTheVersionThatWasRead) {
    ASSERT_TRUE(create({{"holder", "run-1"}, {"renew", "0"}}));
    const auto seen = must_read();

    ASSERT_TRUE(update(seen, {{"holder", "run-1"}, {"renew", "1"}}));

    const auto after = must_read();
    EXPECT_EQ(after.labels, (LockConfig::Labels{{"holder", "run-1"}, {"renew", "1"}}));
    EXPECT_GT(after.version, seen.version) << "it grows, with gaps";
    EXPECT_EQ(after.id, seen.id);
    EXPECT_EQ(after.data, seen.data);
}

TEST_P(FleetLockContract, RefusesWhoWasNotFirst) {
    ASSERT_TRUE(create({{"holder", "run-1"}}));
    const auto seen = must_read();
    ASSERT_TRUE(update(seen, {{"holder", "run-2"}}));

    const auto late = update(seen, {{"holder", "run-3"}});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(late.error().effect(), Effect::None);
    EXPECT_EQ(must_read().labels.at("holder"), "run-2");
}

TEST_P(FleetLockContract, TellsThatItWasDeleted) {
    ASSERT_TRUE(create({{"holder", "run-1"}}));
    const auto seen = must_read();
    raw("DELETE", "/endpoints/1/docker/configs/" + config_);

    const auto late = update(seen, {{"holder", "run-1"}});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().kind(), ErrorKind::NotFound);
    EXPECT_FALSE(read().value().has_value());
}

TEST_P(FleetLockContract, NeverChangesItsContent) {
    ASSERT_TRUE(create({{"holder", "run-1"}}));
    auto seen = must_read();
    seen.data = "b3RoZXI=";

    const auto changed = update(seen, {{"holder", "run-1"}});
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error().kind(), ErrorKind::Invalid);
}

TEST_P(FleetLockContract, WantsAVersion) {
    ASSERT_TRUE(create({{"holder", "run-1"}}));

    const auto answer =
        raw("POST",
            "/endpoints/1/docker/configs/" + must_read().id + "/update",
            R"({"Name":")" + config_ + R"(","Labels":{},"Data":"d2F2ZWdhdGU="})");
    EXPECT_EQ(answer.status, 400);
}

}  // namespace wavegate::contract
