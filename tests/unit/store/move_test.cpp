#include "operator/store/codec.hpp"
#include "operator/store/sqlite_store.hpp"
#include "tests/support/changed_record.hpp"
#include "tests/support/inline_blocking.hpp"
#include "tests/unit/store/etcd_site.hpp"
#include "tests/unit/store/folder.hpp"
#include "tests/unit/store/sample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

// Everything from one engine to the other.
namespace wavegate::store {
namespace {

using What = testing::Mishaps::What;

/// All of it as one text.
std::string text_of(const Contents& contents) {
    std::string text = std::to_string(contents.version) + " " + contents.rollout;
    for (const auto& record : contents.records) {
        text += "\n" + record.kind + "/" + record.id + " " + record.body;
    }
    for (const auto* rows :
         {&contents.evidence,
          &contents.intents,
          &contents.words,
          &contents.events,
          &contents.audit}) {
        text += "\n--";
        for (const auto& row : *rows) {
            text += "\n" + row;
        }
    }
    return text + "\n" + (contents.last_good ? encode(*contents.last_good) : "none");
}

class StoreMove : public ::testing::Test {
  protected:
    void SetUp() override {
        if (server_ == nullptr) {
            GTEST_SKIP() << "etcd is not installed here";
        }
        etcd_ = std::make_unique<testing::EtcdProcess>(
            *driver_, server_->url(), testing::fresh_prefix(), 1);
        ASSERT_TRUE(*run(etcd_->lease.try_once()));
        for (std::uint64_t version = 0; version < 4; ++version) {
            ASSERT_TRUE(run(file_.commit(batch(version), version)));
        }
    }
    template <class T>
    T run(asio::awaitable<T> task) {
        return driver_->run(std::move(task));
    }
    static Batch batch(std::uint64_t version) {
        Batch batch;
        const auto name = std::to_string(version);
        batch.record = testing::changed(testing::sample_record(), [&](RolloutFields& fields) {
            fields.id = "rollout-" + std::to_string(version / 2);
            fields.members.assign(100, testing::sample_member());
        });
        batch.evidence.assign(30, testing::sample_evidence());
        batch.intents = {testing::sample_intent(), testing::sample_intent()};
        batch.intents[1].id = "intent-of-" + name;
        batch.words = {testing::sample_word()};
        batch.events.assign(400, testing::sample_event(name));
        batch.audit = {testing::sample_audit()};
        batch.last_good.emplace();
        batch.last_good->id = "revision-" + name;
        batch.last_good->files = {
            {"fleet.yaml", std::string(700'000, 'x')}, {"odd", std::string("\0\xff\n", 3)}};
        return batch;
    }
    Contents contents_of_file() {
        auto contents = run(file_.contents());
        EXPECT_TRUE(contents);
        return std::move(*contents);
    }

    testing::EtcdServer* server_ = testing::shared_etcd();
    std::unique_ptr<testing::Driver> driver_ = testing::live_driver();
    testing::Folder folder_;
    testing::InlineBlocking blocking_;
    SqliteStore file_{folder_.file("from.db"), blocking_};
    std::unique_ptr<testing::EtcdProcess> etcd_;
};

TEST_F(StoreMove, CarriesEverythingToEtcdAndBack) {
    const auto before = contents_of_file();
    ASSERT_EQ(before.version, 4U);
    ASSERT_EQ(before.records.size(), 2U);
    ASSERT_EQ(before.events.size(), 1600U) << "those that nobody loads, too";
    ASSERT_TRUE(run(etcd_->store.fill(before)));
    const auto there = run(etcd_->store.contents());
    ASSERT_TRUE(there);
    EXPECT_EQ(text_of(*there), text_of(before));
    SqliteStore back(folder_.file("back.db"), blocking_);
    ASSERT_TRUE(run(back.fill(*there)));
    EXPECT_EQ(text_of(*run(back.contents())), text_of(before));
}

TEST_F(StoreMove, LetsTheOtherEngineGoOn) {
    ASSERT_TRUE(run(etcd_->store.fill(contents_of_file())));
    const auto loaded = run(etcd_->load(driver_->clock().now()));
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->version, 4U);
    EXPECT_EQ(loaded->record.id(), "rollout-1");
    EXPECT_EQ(loaded->ledger.intents.size(), 5U);
    EXPECT_TRUE(run(etcd_->commit(batch(4), 4)));
    const auto contents = run(etcd_->store.contents());
    ASSERT_TRUE(contents);
    SqliteStore back(folder_.file("back.db"), blocking_);
    ASSERT_TRUE(run(back.fill(*contents)));
    const auto again = run(back.load(driver_->clock().now()));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->version, 5U);
    EXPECT_EQ(again->ledger.intents.size(), 6U) << "each once, however often it was told of";
    EXPECT_TRUE(run(back.commit(batch(5), 5)));
}

TEST_F(StoreMove, RefusesATargetThatHoldsSomething) {
    const auto contents = contents_of_file();
    SqliteStore other(folder_.file("other.db"), blocking_);
    ASSERT_TRUE(run(other.commit(Batch(), 0)));
    const auto file = run(other.fill(contents));
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(run(other.contents())->version, 1U);
    ASSERT_TRUE(run(etcd_->commit(Batch(), 0)));
    const auto there = run(etcd_->store.fill(contents));
    ASSERT_FALSE(there);
    EXPECT_EQ(there.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(run(etcd_->store.contents())->version, 1U);
}

TEST_F(StoreMove, IsEmptyUntilTheLastOfItIsThere) {
    const auto contents = contents_of_file();
    int ended = 0;
    for (int whole = 0;; ++whole) {
        SCOPED_TRACE(whole);
        for (int i = 0; i < whole; ++i) {
            etcd_->mishaps.next(What::Nothing);
        }
        etcd_->mishaps.next(What::Refused);
        if (run(etcd_->store.fill(contents))) {
            break;
        }
        ++ended;
        const auto loaded = run(etcd_->load(driver_->clock().now()));
        ASSERT_TRUE(loaded);
        EXPECT_EQ(loaded->version, 0U);
        EXPECT_TRUE(loaded->ledger.words.empty());
        EXPECT_FALSE(loaded->last_good);
    }
    EXPECT_GT(ended, 6);
    etcd_->mishaps.no_more();
    const auto there = run(etcd_->store.contents());
    ASSERT_TRUE(there);
    EXPECT_EQ(text_of(*there), text_of(contents)) << "whatever was left by those before";
}

}  // namespace
}  // namespace wavegate::store
