#include "operator/sandbox/portainer/git_repository.hpp"

#include "operator/base/digest.hpp"

#include <fmt/format.h>

namespace wavegate::sandbox {

std::string GitRepository::commit(const std::string& branch, const Files& changes) {
    if (default_branch_.empty()) {
        default_branch_ = branch;
    }
    auto& line = branches_[branch];
    Commit next;
    next.files = line.empty() ? Files() : line.back().files;
    auto identity = fmt::format("{} {}", branch, ++commits_);
    for (const auto& [path, content] : changes) {
        next.files[path] = content;
        identity += path + content;
    }
    next.hash = sha256_hex(identity).substr(0, 40);
    line.push_back(next);
    return next.hash;
}

const GitRepository::Commit* GitRepository::at(const std::string& reference) const {
    constexpr std::string_view heads = "refs/heads/";
    auto branch = reference.starts_with(heads) ? reference.substr(heads.size()) : reference;
    if (branch.empty()) {
        branch = default_branch_;
    }
    const auto found = branches_.find(branch);
    return found == branches_.end() || found->second.empty() ? nullptr : &found->second.back();
}

}  // namespace wavegate::sandbox
