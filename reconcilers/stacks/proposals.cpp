#include "reconcilers/stacks/proposals.hpp"

#include "operator/base/digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavegate::stacks {

StackEdit edit_of(
    StackPurpose purpose,
    const std::string& service,
    const std::string& compose_service,
    const Place& place,
    const AuthProfile& profile) {
    StackEdit edit;
    edit.purpose = purpose;
    edit.service = service;
    edit.stack = place.stack->name;
    edit.compose_service = compose_service;
    edit.stack_id = place.stack->id;
    edit.from = profile.mode_of(place.running->auth);
    edit.to = edit.from;
    edit.block_before = place.running->auth;
    edit.file_digest_before = sha256_hex(*place.stack->file);
    edit.file_version_before = place.stack->file_version();
    edit.image = place.running->image;
    return edit;
}

bool Proposals::plan(
    StackEdit& edit,
    const Place& place,
    const Wishes& wishes,
    const std::string& blocks) {
    return fill(edit, place.lever.plan(wishes, place.repository.commits), place, wishes, blocks);
}

bool Proposals::fill(
    StackEdit& edit,
    Lever::Plan plan,
    const Place& place,
    const Wishes& wishes,
    const std::string& blocks) {
    if (!plan.obstacle.empty()) {
        const auto& why = place.repository.no_commit;
        auto text = why.empty() || plan.obstacle != "NeedsPassThrough"
                        ? plan.message
                        : fmt::format("{}; {}", why, plan.message);
        obstacle(edit, blocks, plan.obstacle, std::move(text));
        return false;
    }
    if (!repository_allows(edit, place.repository, plan.file.has_value(), blocks) ||
        !image_stays(edit, place, blocks) || !neighbours_stay(edit, place, blocks)) {
        return false;
    }
    edit.file = std::move(plan.file);
    edit.env = std::move(plan.env);
    for (const auto& [key, wish] : wishes) {
        edit.keys.push_back(key);
    }
    if (find_env(place.stack->env, kOwnerKey) == nullptr) {
        edit.env.push_back({std::string(kOwnerKey), make_secret(std::string(fleet_.name))});
    }
    return true;
}

/// A redeploy takes whatever the branch holds by then: its head must be what runs, or ours.
bool Proposals::repository_allows(
    StackEdit& edit,
    const Repository& repository,
    bool commits,
    const std::string& blocks) {
    using State = Repository::State;
    if (repository.head != nullptr) {
        edit.head_before = repository.head->commit;
    }
    if (repository.state == State::Unasked) {
        need_head(edit.stack);
        return false;
    }
    const bool unread = repository.state == State::Unreadable && commits;
    if (repository.state == State::Ahead || unread) {
        obstacle(edit, blocks, unread ? "UneditableCompose" : "StackRepoAhead", repository.message);
        return false;
    }
    return true;
}

/// A deployment takes the whole file: another image in it, edited and never deployed, would come
/// along unseen.
bool Proposals::image_stays(const StackEdit& edit, const Place& place, const std::string& blocks) {
    const auto next = place.lever.image();
    const auto& deployed = place.running->stack_image;
    if (next.empty() || deployed.empty() || next == deployed) {
        return true;
    }
    obstacle(
        edit,
        blocks,
        "ForeignChange",
        fmt::format(
            "its stack's file asks for image {}, which is not what was deployed: deploy that "
            "change, or take it back",
            place.lever.written_image()));
    return false;
}

/// A deployment gives every service of the stack what file and Env say by now: one that runs with
/// another auth block would be flipped, or opened, along with it. A way back waits for nobody.
bool Proposals::neighbours_stay(
    const StackEdit& edit,
    const Place& place,
    const std::string& blocks) {
    if (edit.purpose == StackPurpose::WayBack) {
        return true;
    }
    const auto neighbours = place.lever.neighbours(fleet_.auth_profile);
    const auto other =
        std::find_if(neighbours.begin(), neighbours.end(), [&](const auto& neighbour) {
            const auto* running = observed_.running(edit.stack, neighbour.first);
            return running != nullptr && !same_block(running->auth, neighbour.second);
        });
    if (other == neighbours.end()) {
        return true;
    }
    obstacle(
        edit,
        blocks,
        "ForeignChange",
        fmt::format(
            "{} of the same stack runs with another auth block than its file and Env say, and "
            "would get that along: deploy the stack, or set them to what runs",
            other->first));
    return false;
}

void Proposals::push(StackEdit edit, std::string why, std::vector<FieldChange> fields) {
    Edit made;
    made.fields = std::move(fields);
    made.target = "stack/" + edit.stack;
    made.why = std::move(why);
    std::string identity =
        made.target + "\n" + edit.service + "\n" + std::to_string(static_cast<int>(edit.purpose)) +
        "\n" + canonical(edit.block_after) + edit.file_version_before + edit.head_before;
    for (const auto& [key, value] : edit.block_after) {
        const auto before = edit.block_before.find(key);
        const auto old = before == edit.block_before.end() ? "" : before->second;
        if (old != value) {
            made.fields.push_back({key, old, value});
        }
    }
    for (const auto& change : edit.env) {
        identity += change.name + "\n";
        if (!edit.block_after.contains(change.name)) {
            add_masked(made, edit, change);
        }
    }
    made.id = short_hash(identity, 16);
    made.body = std::move(edit);
    diff_.edits.push_back(std::move(made));
}

/// Values of a stack's Env are never shown; whether there is one, and another, is.
void Proposals::add_masked(Edit& made, const StackEdit& edit, const EnvChange& change) const {
    const auto* stack = observed_.stack(edit.stack);
    const auto* now = stack == nullptr ? nullptr : find_env(stack->env, change.name);
    const bool there = now != nullptr && *now != nullptr;
    if (there && change.value != nullptr && **now == *change.value) {
        return;
    }
    made.fields.push_back(
        {change.name, there ? "(secret)" : "", change.value == nullptr ? "(removed)" : "(secret)"});
}

void Proposals::hold(const std::string& service, std::string reason, std::string text) {
    diff_.obstacles.push_back({"Service/" + service, service, std::move(reason), std::move(text)});
}

void Proposals::note(const std::string& service, std::string reason, std::string text) {
    diff_.obstacles.push_back({"Service/" + service, "", std::move(reason), std::move(text)});
}

void Proposals::obstacle(
    const StackEdit& edit,
    const std::string& blocks,
    std::string reason,
    std::string text) {
    diff_.obstacles.push_back(
        {"Service/" + edit.service, blocks, std::move(reason), std::move(text)});
}

}  // namespace wavegate::stacks
