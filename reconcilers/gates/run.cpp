#include "reconcilers/gates/asking.hpp"

namespace wavegate::gates {
namespace {

asio::awaitable<Evidence> ask(const Ports& ports, const Scene& scene, const Check& check) {
    if (check.kind == CheckKind::Token) {
        co_return co_await check_token(ports, scene);
    }
    if (check.kind == CheckKind::Policy) {
        co_return co_await check_policy(ports, scene);
    }
    if (check.kind == CheckKind::Children) {
        co_return co_await check_children(ports, scene);
    }
    const auto* service = scene.desired->service(check.subject);
    if (service == nullptr) {
        co_return evidence_of({Verdict::Unknown, ProbeClass::None, "no such service any more"});
    }
    if (check.kind == CheckKind::Unauthorized) {
        if (check.brief) {
            co_return co_await check_bare(ports, scene, *service);
        }
        co_return co_await check_unauthorized(ports, scene, *service);
    }
    if (check.kind == CheckKind::Canary) {
        co_return co_await check_canary(ports, scene, *service);
    }
    if (check.kind == CheckKind::Direct) {
        co_return co_await check_direct(ports, scene, *service);
    }
    if (check.kind == CheckKind::Open) {
        co_return co_await check_open(ports, scene, *service);
    }
    if (check.kind == CheckKind::Through) {
        co_return co_await check_through(ports, scene, *service);
    }
    co_return co_await check_baseline(ports, scene, *service);
}

}  // namespace

asio::awaitable<Evidence> run(const Ports& ports, Scene scene, Check check) {
    const auto asked = ports.clock.now();
    auto evidence = co_await ask(ports, scene, check);
    evidence.kind = check.kind;
    evidence.subject = check.subject;
    evidence.rollout = scene.rollout;
    evidence.inputs = check.inputs;
    evidence.taken = asked;
    evidence.answered = ports.clock.now();
    co_return evidence;
}

}  // namespace wavegate::gates
