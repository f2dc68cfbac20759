#include "tests/support/while_unmended.hpp"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <iostream>

namespace wavegate::testing {
namespace {

/// Runs it, and keeps its failures (in this thread) from the test's result. What it throws goes on.
void run(const std::function<void()>& assertions, ::testing::TestPartResultArray& failures) {
    using Reporter = ::testing::ScopedFakeTestPartResultReporter;
    const Reporter taken(Reporter::INTERCEPT_ONLY_CURRENT_THREAD, &failures);
    assertions();
}

std::string first_failure(const ::testing::TestPartResultArray& results) {
    for (int i = 0; i < results.size(); ++i) {
        if (results.GetTestPartResult(i).failed()) {
            return results.GetTestPartResult(i).message();
        }
    }
    return "";
}

}  // namespace

void while_unmended(const std::string& name, const std::function<void()>& should_hold) {
    ::testing::TestPartResultArray results;
    run(should_hold, results);
    const auto failure = first_failure(results);
    if (failure.empty()) {
        ADD_FAILURE() << '"' << name << "\" is mended: remove while_unmended";
    } else if (!GTEST_FLAG_GET(brief)) {
        std::cout << "unmended: " << name << "\n" << failure << "\n";
    }
}

}  // namespace wavegate::testing
