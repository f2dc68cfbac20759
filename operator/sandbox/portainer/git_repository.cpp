#include "operator/sandbox/portainer/git_repository.hpp"

#include "operator/base/digest.hpp"

#include <fmt/format.h>

namespace wavegate::sandbox {

GitRepository::GitRepository() = default;
GitRepository::~GitRepository() = default;
GitRepository::GitRepository(GitRepository&&) noexcept = default;
GitRepository& GitRepository::operator=(GitRepository&&) noexcept = default;

void GitRepository::keep_on(std::unique_ptr<GitDisk> disk) {
    disk_ = std::move(disk);
}

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
    next.hash = disk_ ? disk_->commit(branch, changes) : sha256_hex(identity).substr(0, 40);
    line.push_back(next);
    return next.hash;
}

std::string GitRepository::branch_of(const std::string& reference) const {
    constexpr std::string_view heads = "refs/heads/";
    auto branch = reference.starts_with(heads) ? reference.substr(heads.size()) : reference;
    return branch.empty() ? default_branch_ : branch;
}

const std::vector<GitRepository::Commit>* GitRepository::line(const std::string& reference) const {
    const auto found = branches_.find(branch_of(reference));
    if (found == branches_.end() || found->second.empty()) {
        return nullptr;
    }
    if (disk_) {
        if (auto newer = disk_->newer(found->first, found->second.back().hash)) {
            found->second.push_back(std::move(*newer));
        }
    }
    return &found->second;
}

const GitRepository::Commit* GitRepository::at(const std::string& reference) const {
    const auto* commits = line(reference);
    return commits == nullptr ? nullptr : &commits->back();
}

const GitRepository::Commit* GitRepository::before(const std::string& reference) const {
    const auto* commits = line(reference);
    return commits == nullptr || commits->size() < 2 ? nullptr : &commits->at(commits->size() - 2);
}

}  // namespace wavegate::sandbox
