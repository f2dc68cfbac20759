#pragma once

#include "operator/base/result.hpp"
#include "operator/source/limits.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::source {

/// Protocol: git printed something else than it promises.
Error unreadable_output();

struct Blob {
    std::string path;
    std::string object;  ///< its id
    std::size_t bytes = 0;
};

/// The desired-state files in the output of `git ls-tree -r -z --long`.
/// Others are passed over, links too. Invalid: over a limit, or a link or submodule in a desired
/// file's place.
Result<std::vector<Blob>> parse_tree(std::string_view listing, Limits limits);

/// Path → content, from the output of `git cat-file --batch` for exactly these blobs in order.
/// Protocol: the output is another one.
Result<std::map<std::string, std::string>> parse_contents(
    const std::vector<Blob>& blobs,
    std::string_view output);

}  // namespace wavegate::source
