#pragma once

#include <functional>
#include <string>

namespace wavegate::testing {

/// A fault that is known and not mended yet, shown by what should hold. Passes only as long as an
/// assertion in `should_hold` fails; once all hold, the test fails until these lines go and the
/// assertions alone stay.
///
///     ASSERT_TRUE(rig.until_standing("Halted"));          // setup: strict, as anywhere
///     while_unmended("accept does not end a rollout", [&] {
///         EXPECT_TRUE(rig.until_standing("Converged"));
///     });
///
/// `name` is a literal that no other fault bears (tests/lint counts them). What is asserted outside
/// counts as ever; an exception out of `should_hold` is no proof and fails the test.
void while_unmended(const std::string& name, const std::function<void()>& should_hold);

}  // namespace wavegate::testing
