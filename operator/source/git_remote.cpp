#include "operator/source/git_remote.hpp"

#include "operator/source/git_tree.hpp"

#include <sstream>
#include <string_view>
#include <utility>

namespace wavegate::source {
namespace {

/// "<id>\t<name>" and, for a symbolic name before it, "ref: refs/heads/<branch>\t<name>".
RemoteHead parse_head(const std::string& listing, const std::string& name) {
    constexpr std::string_view symbolic = "ref: refs/heads/";
    std::istringstream lines(listing);
    RemoteHead head;
    for (std::string text; std::getline(lines, text);) {
        const auto end = text.find('\t');
        if (end == std::string::npos || text.substr(end + 1) != name) {
            continue;
        }
        if (text.starts_with(symbolic)) {
            head.branch = text.substr(symbolic.size(), end - symbolic.size());
        } else {
            head.commit = text.substr(0, end);
        }
    }
    return head;
}

/// A server that answers with any page looks like a repository without branches.
Error no_such_branch(const RunGit& git, const Remote& remote) {
    const auto all = git({"ls-remote", "--", remote.url});
    if (all && all->status == 0 && all->output.empty()) {
        return {
            ErrorKind::NotFound,
            "there is no branch at all: the repository is empty, or there is no git repository "
            "at that address"};
    }
    return {ErrorKind::NotFound, "the repository has no branch of that name"};
}

}  // namespace

Result<RemoteHead> remote_head(const RunGit& git, const Remote& remote, const std::string& branch) {
    if (is_ssh(remote.url)) {
        if (auto fit = check_files(remote.ssh); !fit) {
            return fit.take_error();
        }
    }
    const auto name = branch.empty() ? std::string("HEAD") : "refs/heads/" + branch;
    auto listed = git({"ls-remote", "--symref", "--exit-code", "--", remote.url, name});
    if (!listed) {
        return listed.take_error();
    }
    if (listed->status == 2) {
        return no_such_branch(git, remote);
    }
    if (listed->status != 0) {
        return remote_error(*listed, remote);
    }
    auto head = parse_head(listed->output, name);
    if (!branch.empty()) {
        head.branch = branch;
    }
    if (!is_commit(head.commit) || !is_branch(head.branch)) {
        return unreadable_output();
    }
    return head;
}

Result<void>
fetch_branch(const RunGit& git, const Remote& remote, const std::string& branch, int depth) {
    auto fetched = git(
        {"fetch",
         "--quiet",
         "--no-tags",
         "--no-recurse-submodules",
         "--depth=" + std::to_string(depth),
         "--",
         remote.url,
         "+refs/heads/" + branch + ":" + std::string(kHead)});
    if (!fetched) {
        return fetched.take_error();
    }
    if (fetched->status != 0) {
        return remote_error(*fetched, remote);
    }
    return {};
}

}  // namespace wavegate::source
