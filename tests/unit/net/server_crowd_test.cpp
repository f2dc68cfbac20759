#include "operator/net/server_crowd.hpp"

#include <gmock/gmock.h>

#include <deque>
#include <vector>

namespace wavegate::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CrowdTest : public ::testing::Test {
  protected:
    using Guest = net::Crowd::Guest;

    /// One that has just come, named by its number.
    Guest& enter(const std::string& network = "10.0.0.1", bool known = false, bool served = false) {
        auto& guest = guests_.emplace_back();
        guest.network = network;
        guest.known = known;
        guest.served = served;
        guest.leave = [this, number = guests_.size()] { left.push_back(number); };
        crowd.enter(guest);
        return guest;
    }
    bool make_room(int times = 1) {
        bool made = true;
        for (int i = 0; i < times; ++i) {
            made = crowd.make_room();
        }
        return made;
    }

    net::Crowd crowd{4};
    std::vector<std::size_t> left;

  private:
    std::deque<Guest> guests_;
};

TEST_F(CrowdTest, IsFullWhenAllSeatsAreTaken) {
    enter();
    enter();
    enter();
    EXPECT_FALSE(crowd.full());
    enter();
    EXPECT_TRUE(crowd.full());
    EXPECT_TRUE(make_room());
    EXPECT_FALSE(crowd.full()) << "who was told to leave takes no seat";
}

TEST_F(CrowdTest, TheEldestWhoWaitsGivesWay) {
    auto& first = enter();
    enter();
    enter();
    crowd.waits(first);  // it has just been answered
    make_room(3);
    EXPECT_THAT(left, ElementsAre(2, 3, 1));
    EXPECT_FALSE(make_room());
}

TEST_F(CrowdTest, TheManyOfOneNetworkGoBeforeTheFewOfAnother) {
    enter("10.0.0.1");
    enter("10.0.0.2");
    enter("10.0.0.2");
    enter("10.0.0.2");
    make_room(2);
    EXPECT_THAT(left, ElementsAre(2, 3));
}

TEST_F(CrowdTest, WhoIsServedGoesAfterThoseWhoWait) {
    enter("10.0.0.1", false, true);
    enter("10.0.0.1");
    make_room(2);
    EXPECT_THAT(left, ElementsAre(2, 1));
}

TEST_F(CrowdTest, StrangersWhoAreServedNeverTakeAllSeats) {
    for (int i = 0; i < 3; ++i) {
        enter("10.0.0.1", false, true);
    }
    enter("10.0.0.2");
    make_room();
    EXPECT_THAT(left, ElementsAre(1)) << "the newcomer's request may be on its way";
}

TEST_F(CrowdTest, WhoIsKnownGoesLastAndNeverWhileServed) {
    enter("10.0.0.1", true);
    enter("10.0.0.1", true, true);
    enter("10.0.0.1");
    EXPECT_TRUE(make_room(2));
    EXPECT_THAT(left, ElementsAre(3, 1));
    EXPECT_FALSE(make_room());
    EXPECT_EQ(crowd.known_served(), 1U);
}

TEST_F(CrowdTest, StrangersMayLeaveOnlySoMuchUnread) {
    auto& one = enter("10.0.0.1", false, true);
    auto& two = enter("10.0.0.1", false, true);
    auto& known = enter("10.0.0.1", true, true);
    known.holds = 1'000;
    one.holds = 60;
    crowd.bound_holdings(100, one);
    two.holds = 40;
    crowd.bound_holdings(100, two);
    EXPECT_THAT(left, IsEmpty());
    two.holds = 41;
    crowd.bound_holdings(100, two);
    EXPECT_THAT(left, ElementsAre(1));
    two.holds = 1'000;
    crowd.bound_holdings(100, two);
    EXPECT_THAT(left, ElementsAre(1)) << "a large answer is sent all the same, alone";
}

}  // namespace
}  // namespace wavegate::testing
