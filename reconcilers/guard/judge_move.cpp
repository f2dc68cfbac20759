// What becomes of a service's auth: towards jwt, open because somebody asked, or back.
#include "operator/formats/last_good.hpp"
#include "operator/model/inputs.hpp"
#include "reconcilers/guard/judge.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::guard {
namespace {

Refusal no_way_back(const std::string& service) {
    return {
        15,
        fmt::format(
            "{} would get a block that is not its way back, or has passed what it was set to",
            service)};
}

Refusal refuses_to_start(const std::string& service) {
    return {5, fmt::format("by its spec.modes {} refuses to start open", service)};
}

std::string text_at(const AuthBlock& block, const std::string& key) {
    const auto at = block.find(key);
    return at == block.end() ? std::string() : at->second;
}

/// Do both values of a key mean the same to a service?
bool same_value(
    const AuthProfile& profile,
    const std::string& key,
    const std::string& a,
    const std::string& b) {
    return a == b || (profile.is_off(key, a) && profile.is_off(key, b));
}

/// Does the service get the block that is told? Where no file says so, Env's own entries must, all
/// of them.
bool gives(
    const AuthProfile& profile,
    const Result<formats::Deployed>& after,
    const StackWrite& write,
    const StackEdit& claim) {
    if (after) {
        const auto at = after->effect.services.find(claim.compose_service);
        return at != after->effect.services.end() &&
               same_block(profile.block_in(at->second.environment), claim.block_after);
    }
    const auto texts = formats::texts_of(write.env);
    return std::all_of(profile.keys.begin(), profile.keys.end(), [&](const AuthProfile::Key& key) {
        return same_value(
            profile, key.name, text_at(texts, key.name), text_at(claim.block_after, key.name));
    });
}

}  // namespace

Judge::Objection Judge::object_to_move(
    const Edit& edit,
    const StackEdit& claim,
    const Consequence& all,
    const Live& live) const {
    const auto after = all.block_of(claim.compose_service);
    const bool jwt = profile_.mode_of(after) == AuthMode::Jwt;
    if (jwt && claim.stack == desired_.fleet.multiplexer.stack) {
        return Refusal{2, "the multiplexer is never set to jwt"};
    }
    if (is_stranded(claim, after) && !same_block(after, live.service->auth)) {
        return refuses_to_start(claim.service);
    }
    if (claim.purpose == StackPurpose::WayBack) {
        return object_to_way_back(claim, all, live);
    }
    const bool moves = !same_block(after, live.service->auth) ||
                       !same_block(after, all.block_before(claim.compose_service));
    if (!moves && claim.purpose != StackPurpose::Flip) {
        return std::nullopt;
    }
    if (claim.purpose != StackPurpose::Flip) {
        return Refusal{1, "only a flip or a way back may touch the auth block"};
    }
    const auto* service = subject_of(claim);
    if (service == nullptr || service->name != claim.service) {
        return Refusal{8, "the service is none of the desired state"};
    }
    // What the intent says is what a lost answer is told by afterwards.
    if (profile_.mode_of(after) != claim.to || !same_block(after, claim.block_after)) {
        return Refusal{1, fmt::format("{} would not get the block that is told", claim.service)};
    }
    if (jwt) {
        return object_to_jwt(edit, *service, after);
    }
    const bool asked = wanted_mode(desired_, *service, observed_) == AuthMode::None &&
                       profile_.is_wanted(after, desired_.fleet.jwt, AuthMode::None);
    return asked ? Objection()
                 : Objection(Refusal{15, fmt::format("nobody asked to open {}", service->name)});
}

/// Whatever the write is called: what refuses to start open is left running as it enforces.
bool Judge::is_stranded(const StackEdit& claim, const AuthBlock& after) const {
    const auto* service = subject_of(claim);
    return service != nullptr && !service->modes.none && profile_.mode_of(after) == AuthMode::None;
}

Judge::Objection
Judge::object_to_way_back(const StackEdit& claim, const Consequence& all, const Live& live) const {
    const auto after = all.block_of(claim.compose_service);
    if (is_way_back(claim, after, live)) {
        return std::nullopt;
    }
    // Files that are not read may have their own idea of the block: then it is the claim that must
    // be its way back, and what is read must not enforce otherwise.
    const bool told =
        all.partial && is_way_back(claim, claim.block_after, live) &&
        (profile_.mode_of(after) == AuthMode::None || same_block(after, claim.block_after));
    return told ? Objection() : Objection(no_way_back(claim.service));
}

/// What can't be computed. A way back waits for nothing of that kind, once it is known to be one:
/// but then it is Env's own words that must say so, entry by entry.
Judge::Objection Judge::object_to_untold(
    const StackEdit& claim,
    const StackWrite& write,
    const Live& live,
    const std::string& why) const {
    const Refusal untold{8, "what it would leave can't be told: " + why};
    if (is_stranded(claim, claim.block_after)) {
        return refuses_to_start(claim.service);
    }
    if (claim.purpose != StackPurpose::WayBack || !is_way_back(claim, claim.block_after, live)) {
        return untold;
    }
    const auto after = formats::deployed_of(deployed_file(write, live), write.env);
    if (!after && deployed_file(write, live) != *live.stack->file) {
        return untold;
    }
    for (const auto& name : differing_entries(live.stack->env, write.env)) {
        const bool read = after && after->file->readers.contains(name);
        if (!profile_.owns(name) && !read) {
            return Refusal{8, fmt::format("the entry {} is not this write's to change", name)};
        }
    }
    return gives(profile_, after, write, claim) ? Objection()
                                                : Objection(no_way_back(claim.service));
}

/// Back to what stands in Env as its last good block, or to what its flip met; or to what it runs
/// with, where only file and Env went ahead.
bool Judge::is_way_back(const StackEdit& claim, const AuthBlock& after, const Live& live) const {
    const auto goods = formats::read_last_good(live.stack->env);
    const auto good =
        goods ? goods->find(claim.compose_service) : formats::LastGoods::const_iterator();
    const bool recorded = goods && good != goods->end() && same_block(good->second.block, after);
    return same_block(after, live.service->auth) ||
           moves_.may_go_back(claim.service, after, recorded);
}

}  // namespace wavegate::guard
