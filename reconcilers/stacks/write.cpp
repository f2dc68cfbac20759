#include "reconcilers/stacks/write.hpp"

#include "operator/formats/deployment.hpp"

#include <utility>

namespace wavegate::stacks {
namespace {

/// Names of entries that have another value than the one that stands there.
std::vector<std::string> set_anew(const StackEnv& before, const StackEnv& after) {
    std::vector<std::string> names;
    for (const auto& entry : after) {
        const auto* now = find_env(before, entry.name);
        if (now == nullptr || *now == nullptr || !(**now == *entry.value)) {
            names.push_back(entry.name);
        }
    }
    return names;
}

BranchCommit commit_of(const Edit& edit, const StackEdit& body, const GitSource& git) {
    BranchCommit commit;
    commit.url = git.url;
    commit.reference = git.reference;
    commit.path = git.config_path;
    commit.parent = body.head_before;
    commit.text = *body.file;
    commit.message = body.service + ": " + edit.why + "\n\nWavegate-Intent: " + edit.intent + "\n";
    return commit;
}

Result<Write> stack_write(const Edit& edit, const StackEdit& body, const Live& live) {
    if (!live.stack || live.stack->id == 0 || live.stack->id != body.stack_id) {
        return Error(ErrorKind::Invalid, "the stack was not read again");
    }
    const auto& stack = *live.stack;
    StackWrite write;
    write.stack_id = stack.id;
    write.stack = stack.name;
    write.env = formats::with_changes(stack.env, body.env);
    write.prune = stack.prune;
    write.sets = set_anew(stack.env, write.env);
    if (stack.git) {
        write.deploys =
            KeptGit{stack.git->reference, stack.git->authenticated, stack.git->username};
        if (body.file) {
            write.commit = commit_of(edit, body, *stack.git);
        }
        return Write(std::move(write));
    }
    if (stack.kind == StackKind::Git || (!body.file && !stack.file)) {
        return Error(ErrorKind::Invalid, "the stack was read without its file");
    }
    write.deploys = body.file ? *body.file : *stack.file;
    return Write(std::move(write));
}

}  // namespace

Result<Write> write_of(const Edit& edit, const Live& live) {
    if (const auto* stack = edit.stack()) {
        return stack_write(edit, *stack, live);
    }
    const auto* restart = edit.restart();
    if (restart == nullptr || !live.service) {
        return Error(ErrorKind::Invalid, "the service was not read again");
    }
    return Write(ServiceRestart{live.service->name, live.service->template_digest});
}

}  // namespace wavegate::stacks
