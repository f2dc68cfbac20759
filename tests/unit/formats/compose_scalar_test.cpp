#include "operator/formats/compose_scalar.hpp"

#include "operator/formats/compose.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::formats {
namespace {

/// How `K: text` without quotes stands in the container's environment; "refused" where Docker
/// refuses the file.
std::string seen(const std::string& text) {
    auto compose =
        read_compose("services:\n  a:\n    image: i\n    environment:\n      K: " + text + "\n");
    if (!compose) {
        return "refused";
    }
    const auto& found = compose->services.at("a").environment.at("K");
    return found.place == EnvPlace::Bare ? "none" : found.text;
}

struct Row {
    const char* written;
    const char* runs;
};

class UnquotedScalar : public ::testing::TestWithParam<Row> {};

TEST_P(UnquotedScalar, RunsAsDockerPrintsIt) {
    EXPECT_EQ(seen(GetParam().written), GetParam().runs) << GetParam().written;
}

// What `docker stack config` of 28.2.2 printed, row by row.
INSTANTIATE_TEST_SUITE_P(
    Whole,
    UnquotedScalar,
    ::testing::Values(
        Row{"8000", "8000"},
        Row{"010", "8"},
        Row{"08", "8"},
        Row{"0777", "511"},
        Row{"0o10", "8"},
        Row{"0O7", "7"},
        Row{"0o8", "0o8"},
        Row{"0o", "0o"},
        Row{"0x1F", "31"},
        Row{"0X1f", "31"},
        Row{"0xG", "0xG"},
        Row{"0b101", "5"},
        Row{"0b2", "0b2"},
        Row{"-0x1F", "-31"},
        Row{"-010", "-8"},
        Row{"+1", "1"},
        Row{"-0", "0"},
        Row{"1_000", "1000"},
        Row{"1_", "1"},
        Row{"_1", "_1"},
        Row{"9223372036854775808", "9223372036854775808"},
        Row{"18446744073709551615", "18446744073709551615"},
        Row{"18446744073709551616", "1.8446744073709552e+19"}));

INSTANTIATE_TEST_SUITE_P(
    Broken,
    UnquotedScalar,
    ::testing::Values(
        Row{"3.10", "3.1"},
        Row{"1.0", "1"},
        Row{".5", "0.5"},
        Row{"+.5", "0.5"},
        Row{"5.", "5"},
        Row{"-0.0", "-0"},
        Row{"1e3", "1000"},
        Row{"1e-7", "1e-07"},
        Row{"0.0001", "0.0001"},
        Row{"0.00001", "1e-05"},
        Row{"100000.0", "100000"},
        Row{"1000000.0", "1e+06"},
        Row{"1234567.0", "1.234567e+06"},
        Row{"12345678.5", "1.23456785e+07"},
        Row{"1e20", "1e+20"},
        Row{"1_000.5_5", "1000.55"},
        Row{"._5", "._5"},
        Row{".e5", ".e5"},
        Row{"1e400", "1e400"},
        Row{"1e-400", "0"},
        Row{"1.2.3", "1.2.3"}));

INSTANTIATE_TEST_SUITE_P(
    Other,
    UnquotedScalar,
    ::testing::Values(
        Row{"yes", "yes"},
        Row{"off", "off"},
        Row{"y", "y"},
        Row{"tRue", "tRue"},
        Row{"true", "refused"},
        Row{"False", "refused"},
        Row{".inf", "refused"},
        Row{"-.Inf", "refused"},
        Row{".nan", "refused"},
        Row{"null", "none"},
        Row{"~", "none"},
        Row{"12:30", "12:30"},
        Row{"2024-02-01", "2024-02-01 00:00:00 +0000 UTC"},
        Row{"2024-2-1", "2024-02-01 00:00:00 +0000 UTC"},
        Row{"2024-02-30", "2024-02-30"},
        Row{"2024-13-01", "2024-13-01"},
        Row{"2024-02", "2024-02"},
        Row{"20240201", "20240201"},
        Row{"!!str 3.10", "3.10"},
        Row{"\"3.10\"", "3.10"},
        Row{"'true'", "true"}));

}  // namespace
}  // namespace wavegate::formats
