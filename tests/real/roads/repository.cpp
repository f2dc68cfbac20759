#include "tests/real/roads/repository.hpp"

#include "tests/support/permits.hpp"

#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

namespace wavegate::roads {
namespace {

constexpr auto* kGitToken = "env:GIT_TOKEN";
constexpr auto* kCompose = "deploy/compose.yml";

wavegate::GitSource stack_at(const std::string& url) {
    wavegate::GitSource git;
    git.url = url;
    git.reference = "refs/heads/main";
    git.config_path = kCompose;
    return git;
}

/// A permit can't be made from nothing, which is what running a task asks of its result.
asio::awaitable<std::optional<Result<Permit>>> pushed(StackRepositories* to, Permit permit) {
    co_return co_await to->push(std::move(permit));
}

}  // namespace

Repository::Repository() {
    people_.git({"init", "-q", "--bare", "-b", "main", root() + "/fleet.git"});
    people_.git({"--git-dir", root() + "/fleet.git", "config", "http.receivepack", "true"});
    people_.files.write(kCompose, "services: {}\n");
    commit("fleet.yaml", "kind: Fleet\n");
}

std::string Repository::commit(const std::string& path, const std::string& text) {
    auto made = people_.commit(path, text);
    people_.git({"push", "-q", root() + "/fleet.git", "main"});
    return made;
}

std::string Repository::head_now() {
    return people_.git({"--git-dir", root() + "/fleet.git", "rev-parse", "main"}).substr(0, 40);
}

void Repository::set_back(const std::string& commit) {
    people_.git({"--git-dir", root() + "/fleet.git", "update-ref", "refs/heads/main", commit});
}

void Repository::hook(const std::string& name, const std::string& script) {
    const std::filesystem::path path = root() + "/fleet.git/hooks/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << "#!/bin/sh\n" << script;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

std::unique_ptr<source::GitSource> Repository::source(const Way& way) {
    source::GitSettings settings;
    settings.remote = way.remote;
    settings.remote.url += "/fleet.git";
    settings.deadline = deadline_;
    if (!way.token.empty()) {
        credentials_.set(kGitToken, way.token);
        settings.token.text = kGitToken;
    }
    return std::make_unique<source::GitSource>(std::move(settings), blocking_, credentials_);
}

Result<Revision> Repository::fetch(source::GitSource& from, std::string last) {
    return driver_->run(from.fetch(std::move(last)));
}

Result<Revision> Repository::fetch(const Way& way) {
    return fetch(*source(way), {});
}

source::StackRepositorySettings Repository::settings(const Way& way) {
    source::StackRepositorySettings settings;
    settings.spec.username = way.remote.username;
    settings.spec.author = "Wave Gate <wavegate@localhost>";
    settings.known_hosts = way.remote.ssh.known_hosts;
    settings.road = way.remote.road;
    if (!way.token.empty()) {
        credentials_.set(kGitToken, way.token);
        settings.spec.token.text = kGitToken;
    }
    if (!way.remote.ssh.key.empty()) {
        settings.spec.ssh_key.text = "file:" + way.remote.ssh.key;
        credentials_.set(settings.spec.ssh_key.text, "allowed");
    }
    return settings;
}

Result<BranchHead> Repository::head(const Way& way, const std::string& name) {
    source::GitStackRepositories repositories(
        settings(way), blocking_, credentials_, driver_->clock());
    return driver_->run(repositories.head(stack_at(way.remote.url + "/" + name)));
}

Result<void>
Repository::push(const Way& way, const std::string& expected, const std::string& text) {
    source::GitStackRepositories repositories(
        settings(way), blocking_, credentials_, driver_->clock());
    const auto stack = stack_at(way.remote.url + "/fleet.git");
    StackWrite write;
    write.commit.emplace();
    write.commit->url = stack.url;
    write.commit->reference = stack.reference;
    write.commit->path = stack.config_path;
    write.commit->parent = expected;
    write.commit->text = text;
    write.commit->message = "a-mcp: auth should be jwt\n";
    auto done = driver_->run(pushed(&repositories, testing::permit(std::move(write))));
    if (!*done) {
        return done->take_error();
    }
    return {};
}

}  // namespace wavegate::roads
