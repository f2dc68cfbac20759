// What becomes of a service's auth: towards jwt, open because somebody asked, or back.
#include "operator/formats/last_good.hpp"
#include "operator/model/inputs.hpp"
#include "reconcilers/guard/judge.hpp"

#include <fmt/format.h>

namespace wavegate::guard {
namespace {

AuthBlock block_before(const Consequence& all, const std::string& compose_service) {
    AuthBlock block;
    const auto at = all.before.effect.services.find(compose_service);
    if (at == all.before.effect.services.end()) {
        return block;
    }
    for (const auto key : kAuthKeys) {
        const auto value = at->second.environment.find(std::string(key));
        if (value != at->second.environment.end()) {
            block.insert(*value);
        }
    }
    return block;
}

}  // namespace

Judge::Objection Judge::object_to_move(
    const Edit& edit,
    const StackEdit& body,
    const Consequence& all,
    const Live& live) const {
    const auto after = all.block_of(body.compose_service);
    const bool jwt = effective_mode(after) == AuthMode::Jwt;
    if (jwt && body.stack == desired_.fleet.multiplexer.stack) {
        return Refusal{2, "the multiplexer is never set to jwt"};
    }
    if (body.purpose == StackPurpose::WayBack) {
        return is_way_back(body, after, live)
                   ? Objection()
                   : Objection(Refusal{
                         15,
                         fmt::format(
                             "{} would get a block that is not its way back, or has passed what "
                             "it was set to",
                             body.service)});
    }
    const bool moves = !same_block(after, live.service->auth) ||
                       !same_block(after, block_before(all, body.compose_service));
    if (!moves) {
        return std::nullopt;
    }
    if (body.purpose != StackPurpose::Flip) {
        return Refusal{1, "only a flip or a way back may touch the auth block"};
    }
    const auto* service = subject_of(body);
    if (service == nullptr || service->name != body.service) {
        return Refusal{8, "the service is none of the desired state"};
    }
    // What the intent says is what a lost answer is told by afterwards.
    if (effective_mode(after) != body.to || !same_block(after, body.block_after)) {
        return Refusal{1, fmt::format("{} would not get the block that is told", body.service)};
    }
    if (jwt) {
        return object_to_jwt(edit, *service, after);
    }
    const bool asked = wanted_mode(*service, observed_) == AuthMode::None &&
                       satisfies(after, wanted_block(desired_.fleet.jwt, AuthMode::None));
    return asked ? Objection()
                 : Objection(Refusal{15, fmt::format("nobody asked to open {}", service->name)});
}

/// Back to what stands in Env as its last good block, or to what its flip met; or to what it runs
/// with, where only file and Env went ahead.
bool Judge::is_way_back(const StackEdit& body, const AuthBlock& after, const Live& live) const {
    const auto goods = formats::read_last_good(live.stack->env);
    const auto good =
        goods ? goods->find(body.compose_service) : formats::LastGoods::const_iterator();
    const bool recorded = goods && good != goods->end() && same_block(good->second.block, after);
    return same_block(after, live.service->auth) ||
           moves_.may_go_back(body.service, after, recorded);
}

}  // namespace wavegate::guard
