#pragma once

#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"
#include "operator/model/observed.hpp"
#include "operator/source/git_command.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace wavegate::source {

/// One file on one branch of a remote repository.
struct BranchFile {
    Remote remote;
    SecretValue token;
    std::string branch;       ///< empty: the remote's default one
    std::string path;         ///< relative to the repository's top
    std::string work_folder;  ///< where private copies are made; empty: the temporary files' place
    std::chrono::milliseconds deadline{30'000};  ///< of each of git's runs
    std::size_t file_limit = 1U << 20U;
};

/// One commit to be put on a branch.
struct NewCommit {
    std::string expected;  ///< the head that it goes on, and on no other
    std::string text;      ///< the file's new content
    std::string message;
    std::string author_name;
    std::string author_address;
    std::chrono::seconds date{};  ///< Unix time
};

/// The branch's head and the file in it, from a copy two commits deep. One question to the remote
/// when the head is `known`. Blocks.
Result<BranchHead> read_head(const BranchFile& place, const std::optional<BranchHead>& known);

/// Pushes one commit that changes the file alone, if the branch's head is the expected one at the
/// very moment of the push. Blocks. Errors as StackRepositories::push.
Result<void> push_commit(const BranchFile& place, const NewCommit& commit);

}  // namespace wavegate::source
