#include "reconcilers/stacks/diff.hpp"

#include "operator/base/digest.hpp"
#include "operator/formats/last_good.hpp"
#include "operator/model/admission.hpp"
#include "operator/model/inputs.hpp"
#include "reconcilers/stacks/lever.hpp"
#include "reconcilers/stacks/place.hpp"
#include "reconcilers/stacks/proposals.hpp"
#include "reconcilers/stacks/wiring.hpp"
#include "reconcilers/stacks/wishes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace wavegate::stacks {
namespace {

bool foreign(const StackView& stack, const std::string& fleet) {
    const auto* mark = find_env(stack.env, kOwnerKey);
    return mark != nullptr && *mark != nullptr &&
           !(*mark)->reveal([&](std::string_view owner) { return owner == fleet; });
}

void append(Diff part, Diff& all) {
    std::move(part.edits.begin(), part.edits.end(), std::back_inserter(all.edits));
    std::move(part.obstacles.begin(), part.obstacles.end(), std::back_inserter(all.obstacles));
}

class Differ {
  public:
    Differ(const DesiredState& desired, const Observed& observed, const DiffContext& context)
        : desired_(desired),
          observed_(observed),
          context_(context),
          profile_(desired.fleet.auth_profile),
          proposals_(observed, desired.fleet) {}

    Diff run() {
        if (context_.known != nullptr) {
            context_.known->begin(desired_, observed_, context_);
        }
        Diff all;
        for (const auto& service : desired_.services) {
            if (is_deployed(service, observed_)) {
                append(part_of(service), all);
            }
        }
        diff_multiplexer();
        append(proposals_.take(), all);
        return all;
    }

    /// Branches that have to be read first, as far as `run` came to need them.
    [[nodiscard]] const std::set<std::string>& needed_heads() const {
        return proposals_.needed_heads();
    }

  private:
    Diff part_of(const ServiceSpec& service) {
        const auto make = [&] {
            diff_service(service);
            return proposals_.take();
        };
        return context_.known == nullptr ? make()
                                         : context_.known->of(service, observed_, context_, make);
    }

    std::optional<Place> place_of(
        const std::string& name,
        const std::string& stack_name,
        const std::string& compose_service) {
        const auto* stack = observed_.stack(stack_name);
        const auto* running = observed_.running(stack_name, compose_service);
        if (stack == nullptr || running == nullptr) {
            return std::nullopt;
        }
        if (foreign(*stack, desired_.fleet.name)) {
            proposals_.hold(name, "ForeignChange", "the stack bears another fleet's mark");
            return std::nullopt;
        }
        if (stack->awaits_redeploy) {
            proposals_.hold(
                name,
                "StackRepoAhead",
                "git settings were saved in Portainer and not deployed: redeploy the stack");
            return std::nullopt;
        }
        if (!stack->additional_files.empty() && !context_.way_back.contains(name)) {
            proposals_.hold(
                name,
                "UneditableCompose",
                fmt::format(
                    "the stack lays {} over its file, which are not read and may undo what is "
                    "written: put all into one file",
                    fmt::join(stack->additional_files, ", ")));
            return std::nullopt;
        }
        auto repository = repository_of(*stack, desired_, observed_, context_.own_heads);
        auto base = next_deployment(*stack, repository);
        auto lever = Lever::of(*base, compose_service, context_.files);
        if (!lever) {
            proposals_.hold(name, "UneditableCompose", lever.error().message());
            return std::nullopt;
        }
        auto goods = formats::read_last_good(stack->env);
        if (!goods) {
            proposals_.hold(name, "UneditableCompose", "WAVEGATE_LAST_GOOD is not readable");
            return std::nullopt;
        }
        return Place{
            stack,
            running,
            std::move(repository),
            std::move(base),
            std::move(*lever),
            std::move(*goods)};
    }

    /// What a file brings that can't be read is not known: said, and never taken for nothing.
    void tell_unread(const ServiceSpec& service) {
        const auto at = observed_.env_files.find(service.name);
        if (!service.env_from.empty() && at != observed_.env_files.end() && !at->second.ok()) {
            proposals_.note(
                service.name,
                kEnvUnreadable,
                "what its env files bring is not known: " + at->second.error().message());
        }
    }

    void diff_service(const ServiceSpec& service) {
        tell_unread(service);
        const auto mode = wanted_mode(desired_, service, observed_);
        if (!needs_file(desired_, service, observed_, context_)) {
            return;
        }
        auto place = place_of(service.name, service.stack, service.compose_service);
        if (!place) {
            return;
        }
        if (context_.unfinished.contains(service.name) &&
            place->repository.state == Repository::State::Unasked) {
            proposals_.need_head(place->stack->name);
        }
        if (context_.way_back.contains(service.name)) {
            way_back(service, *place);
            return;
        }
        if (mode && !(is_wanted(place->running->auth, *mode) &&
                      is_wanted(place->lever.effective_block(profile_), *mode))) {
            flip(service, *mode, *place);
        }
        env_sync(service, *place);
    }

    [[nodiscard]] bool is_wanted(const AuthBlock& block, AuthMode mode) const {
        return profile_.is_wanted(block, desired_.fleet.jwt, mode);
    }

    void flip(const ServiceSpec& service, AuthMode mode, const Place& place) {
        const auto wanted = wanted_block(desired_.fleet, mode);
        auto wishes = wishes_for(wanted, {});
        auto env = env_wishes(service, observed_);
        // The way out waits for nothing: what of its env can't be set is told by its env sync.
        const auto with_env = place.lever.plan(env, place.repository.commits);
        if (mode == AuthMode::Jwt || with_env.obstacle.empty()) {
            wishes.merge(env);
        }
        auto edit =
            edit_of(StackPurpose::Flip, service.name, service.compose_service, place, profile_);
        edit.to = mode;
        edit.block_after = place.lever.effective_block(profile_);
        for (const auto& [key, value] : wanted) {
            edit.block_after[key] = value;
        }
        const auto goods = goods_with(service, place, edit.block_after);
        if (proposals_.plan(edit, place, wishes, service.name)) {
            if (!goods.empty()) {
                edit.env.push_back({std::string(kLastGoodKey), formats::write_last_good(goods)});
            }
            proposals_.push(std::move(edit), fmt::format("auth should be {}", to_string(mode)));
        }
    }

    /// Why this block is no way back of the service; empty: it is one.
    [[nodiscard]] std::string useless(const ServiceSpec& service, const AuthBlock& block) const {
        if (!service.modes.none && profile_.mode_of(block) == AuthMode::None) {
            return "is open, and by its spec.modes it refuses to start so";
        }
        const bool ours = std::all_of(block.begin(), block.end(), [&](const auto& each) {
            return profile_.owns(each.first);
        });
        return ours ? std::string() : "has other keys than the fleet's authBlock";
    }

    /// The ways back of its stack, as they are to stand there once this flip is written.
    [[nodiscard]] formats::LastGoods
    goods_with(const ServiceSpec& service, const Place& place, const AuthBlock& after) const {
        auto goods = place.goods;
        const auto& name = service.compose_service;
        const auto recorded = goods.find(name);
        const bool lacks =
            recorded == goods.end() || !useless(service, recorded->second.block).empty();
        if ((context_.verified.contains(service.name) || lacks) &&
            useless(service, place.running->auth).empty()) {
            goods[name] = {place.running->auth, place.running->image};
        }
        if (const auto good = goods.find(name); good != goods.end()) {
            good->second.flip =
                formats::FlipMark{context_.rollout, short_hash(canonical(after), 16)};
        }
        return goods;
    }

    void way_back(const ServiceSpec& service, const Place& place) {
        const auto recorded = place.goods.find(service.compose_service);
        const auto met = context_.met.find(service.name);
        // A flip that failed before it reached the service left no record, and none is needed.
        const bool untouched =
            met != context_.met.end() && met->second == canonical(place.running->auth);
        if (recorded == place.goods.end() && !untouched) {
            proposals_.hold(service.name, "NoWayBack", "no last good auth block is recorded");
            return;
        }
        const auto good = recorded == place.goods.end()
                              ? formats::LastGood{place.running->auth, place.running->image}
                              : recorded->second;
        const auto& block = good.block;
        const auto deployed = place.lever.effective_block(profile_);
        if (same_block(deployed, block) && same_block(place.running->auth, block)) {
            return;
        }
        if (const auto why = useless(service, block); !why.empty()) {
            proposals_.hold(service.name, "NoWayBack", "its last good auth block " + why);
            return;
        }
        if (good.image != place.running->image) {
            proposals_.hold(
                service.name,
                "NoWayBack",
                "it runs another image than the one its last good auth block was good for");
            return;
        }
        auto edit =
            edit_of(StackPurpose::WayBack, service.name, service.compose_service, place, profile_);
        edit.to = profile_.mode_of(block);
        edit.block_after = block;
        auto now = deployed;
        now.insert(place.running->auth.begin(), place.running->auth.end());
        if (proposals_.plan(edit, place, wishes_for(block, now), service.name)) {
            proposals_.push(std::move(edit), "back to the last good auth block");
        }
    }

    void env_sync(const ServiceSpec& service, const Place& place) {
        const auto wishes = env_wishes(service, observed_);
        if (wishes.empty() || desired_.fleet.drift == DriftPolicy::Report) {
            report_env(service, wishes, place);
            return;
        }
        if (!same_block(place.lever.effective_block(profile_), place.running->auth)) {
            // A redeploy would set another block, past all gates.
            proposals_.note(
                service.name,
                "Drift",
                "declared env waits: another auth block than the running one would be deployed");
            return;
        }
        auto edit =
            edit_of(StackPurpose::EnvSync, service.name, service.compose_service, place, profile_);
        auto plan = place.lever.plan(wishes, place.repository.commits);
        auto literal = changes_of_file(wishes, plan, place);
        const bool due = plan.file || !plan.env.empty() || !plan.obstacle.empty() ||
                         place.repository.state == Repository::State::Ours;
        // Not in the way of a flip: the auth block may have levers of its own.
        if (due && proposals_.fill(edit, std::move(plan), place, wishes, "")) {
            proposals_.push(std::move(edit), "declared env differs", std::move(literal));
        }
    }

    /// What is changed in the file itself, not in Env.
    static std::vector<FieldChange>
    changes_of_file(const Wishes& wishes, const Lever::Plan& plan, const Place& place) {
        std::vector<FieldChange> changes;
        for (const auto& [key, wish] : wishes) {
            const auto now = place.lever.effective(key);
            const bool in_env = std::any_of(
                plan.env.begin(), plan.env.end(), [&key = key](const EnvChange& change) {
                    return change.name == key;
                });
            if (!in_env && wish.value != nullptr && (now == nullptr || !(*now == *wish.value))) {
                changes.push_back({key, now == nullptr ? "" : "(secret)", "(secret)"});
            }
        }
        return changes;
    }

    void report_env(const ServiceSpec& service, const Wishes& wishes, const Place& place) {
        for (const auto& [key, wish] : wishes) {
            const auto now = place.lever.effective(key);
            if (now == nullptr || !(*now == *wish.value)) {
                proposals_.note(
                    service.name,
                    "Drift",
                    fmt::format("{} differs and drift is only reported", key));
            }
        }
    }

    void diff_multiplexer() {
        const auto& spec = desired_.fleet.multiplexer;
        const auto* running = observed_.running(spec.stack, spec.service);
        const auto wanted = outbound_env(desired_, observed_);
        const bool idle = wanted.empty() || !any_jwt() || stays_wired(wanted);
        if (running == nullptr || (idle && !context_.unwire)) {
            return;
        }
        auto place = place_of(spec.stack, spec.stack, spec.service);
        if (!place) {
            return;
        }
        if (context_.unwire && any_enforcing(desired_, observed_) &&
            secret_was_replaced(*place, wanted)) {
            proposals_.hold(
                spec.stack,
                "SecretReplaced",
                "its env before holds another secret than the one in force, which every "
                "enforcing service needs: it stays as it is");
            return;
        }
        const auto purpose = context_.unwire ? StackPurpose::Unwiring : StackPurpose::Wiring;
        auto edit = edit_of(purpose, spec.stack, spec.service, *place, profile_);
        const auto wishes =
            context_.unwire ? unwiring_wishes(*place, wanted) : wiring_wishes(wanted);
        const bool pushed = place->repository.state == Repository::State::Ours;
        if (!proposals_.plan(edit, *place, wishes, spec.stack) ||
            (!edit.file && edit.env.empty() && !pushed)) {
            return;
        }
        if (!context_.unwire) {
            edit.env.push_back({std::string(formats::kLastOutboundKey), outbound_before(*place)});
        }
        proposals_.push(std::move(edit), "the multiplexer's outbound auth differs");
    }

    /// It runs so, and nothing else would come of its stack's next redeploy: another hand may have
    /// changed its Env, and Swarm alone took that back.
    [[nodiscard]] bool stays_wired(const std::map<std::string, SecretValue>& wanted) const {
        const auto* stack = observed_.stack(desired_.fleet.multiplexer.stack);
        if (!is_wired(desired_, observed_) || stack == nullptr) {
            return false;
        }
        const bool is_stored = std::all_of(wanted.begin(), wanted.end(), [&](const auto& entry) {
            const auto* stored = find_env(stack->env, entry.first);
            return stored != nullptr && *stored != nullptr && **stored == *entry.second;
        });
        // What can't be edited now is no news while it runs as it should.
        return is_stored || stack->awaits_redeploy || !stack->additional_files.empty();
    }

    /// Would going back give the multiplexer a secret that mints nothing?
    static bool secret_was_replaced(
        const Place& place,
        const std::map<std::string, SecretValue>& wanted) {
        const auto before = formats::read_last_outbound(place.stack->env);
        const auto now = wanted.find("OIDC_CLIENT_SECRET");
        if (!before || now == wanted.end()) {
            return true;
        }
        const auto old = before->find("OIDC_CLIENT_SECRET");
        return old == before->end() || !(*old->second == *now->second);
    }

    /// Without a service that demands tokens the multiplexer needs none.
    [[nodiscard]] bool any_jwt() const {
        return std::any_of(
            desired_.services.begin(), desired_.services.end(), [&](const ServiceSpec& service) {
                return wanted_mode(desired_, service, observed_) == AuthMode::Jwt;
            });
    }

    const DesiredState& desired_;
    const Observed& observed_;
    const DiffContext& context_;
    const AuthProfile& profile_;
    Proposals proposals_;
};

}  // namespace

Diff diff(const DesiredState& desired, const Observed& observed, const DiffContext& context) {
    if (!observed.stacks.ok() || !observed.swarm.ok()) {
        return {};
    }
    Differ differ(desired, observed, context);
    auto found = differ.run();
    const auto& heads = differ.needed_heads();
    found.unread.assign(heads.begin(), heads.end());
    found.ways_back.assign(context.way_back.begin(), context.way_back.end());
    return found;
}

std::set<std::string>
needed_heads(const DesiredState& desired, const Observed& observed, const DiffContext& context) {
    if (!desired.fleet.stack_repo || !observed.stacks.ok() || !observed.swarm.ok()) {
        return {};
    }
    Differ differ(desired, observed, context);
    static_cast<void>(differ.run());
    return differ.needed_heads();
}

bool needs_file(
    const DesiredState& desired,
    const ServiceSpec& service,
    const Observed& observed,
    const DiffContext& context) {
    return is_deployed(service, observed) &&
           (context.way_back.contains(service.name) || context.unfinished.contains(service.name) ||
            !service.env.empty() || !service.env_from.empty() ||
            !in_wanted_mode(desired, service, observed));
}

}  // namespace wavegate::stacks
