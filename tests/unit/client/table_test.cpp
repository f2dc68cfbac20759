#include "operator/client/table.hpp"

#include <gtest/gtest.h>

namespace wavegate::client {
namespace {

TEST(Table, MakesEachColumnAsWideAsItsWidestCell) {
    Table table({"Name", "Phase"});
    table.add({{"a-mcp"}, {"Ready"}});
    table.add({{"searxng-mcp"}, {"RollingBack"}});

    EXPECT_EQ(
        table.text(false),
        "NAME          PHASE\n"
        "a-mcp         Ready\n"
        "searxng-mcp   RollingBack\n");
}

TEST(Table, LeavesNoBlanksAtLineEnds) {
    Table table({"Name", "Waits", "Stack"});
    table.add({{"a"}, {""}, {""}});
    table.add({{"b"}, {"WaitingForSlot  "}, {}});
    table.add({{"c"}});

    EXPECT_EQ(
        table.text(false),
        "NAME   WAITS            STACK\n"
        "a\n"
        "b      WaitingForSlot\n"
        "c\n");
}

TEST(Table, KeepsTheColumnOfACellAfterEmptyOnes) {
    Table table({"A", "B", "C"});
    table.add({{"1"}, {""}, {"3"}});

    EXPECT_EQ(table.text(false), "A   B   C\n1       3\n");
}

TEST(Table, WithoutRowsIsItsTitles) {
    const Table table({"Name", "Auth"});
    EXPECT_TRUE(table.empty());
    EXPECT_EQ(table.text(false), "NAME   AUTH\n");
}

TEST(Table, CountsColumnsNotBytes) {
    EXPECT_EQ(display_width("größe"), 5U);
    EXPECT_EQ(display_width("e\u0301"), 1U) << "a combining accent takes no column";
    EXPECT_EQ(display_width("\u6ce2"), 2U) << "a CJK sign takes two";
    EXPECT_EQ(display_width("\U0001F30A"), 2U);

    Table table({"N", "P"});
    table.add({{"größe"}, {"x"}});
    table.add({{"abcde"}, {"y"}});
    EXPECT_EQ(table.text(false), "N       P\ngröße   x\nabcde   y\n");
}

TEST(Table, ColoursDoNotShiftColumns) {
    Table table({"Ready", "Wave"});
    table.add({{"True", Tint::Good}, {"data"}});

    EXPECT_EQ(table.text(true), "READY   WAVE\n\x1b[32mTrue\x1b[0m    data\n");
    EXPECT_EQ(table.text(false), "READY   WAVE\nTrue    data\n");
}

TEST(Table, LetsNoForeignTextSteerTheTerminal) {
    EXPECT_EQ(printable("a\nb\tc"), "a b c");
    EXPECT_EQ(printable("\x1b[2Jgone"), "\\x1b[2Jgone");
    EXPECT_EQ(printable("x\u009b2Jy\x7f"), "x\\x9b2Jy\\x7f");
    EXPECT_EQ(printable("größe"), "größe");
    EXPECT_EQ(printable("   "), "");
}

TEST(Table, DropsSurplusCells) {
    Table table({"Name"});
    table.add({{"a"}, {"b"}});
    EXPECT_EQ(table.text(false), "NAME\na\n");
}

}  // namespace
}  // namespace wavegate::client
