#pragma once

#include <string>
#include <string_view>

namespace wavegate::store {

/// A record in the first shape that was kept, each member one flat object for all phases, in
/// today's shape: one state with what it needs. Today's own text comes back as it is, and so does
/// what is no record at all.
std::string carried_over(std::string_view record);

}  // namespace wavegate::store
