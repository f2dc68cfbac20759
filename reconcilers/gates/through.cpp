#include "reconcilers/gates/asking.hpp"

#include <algorithm>

namespace wavegate::gates {
namespace {

constexpr std::string_view kRejectProbe = R"({"__wavegate_probe__":true})";

/// OpenAPI-imported tools ignore unknown arguments and run (mcp.md §6).
bool would_run(const Scene& scene, const ServiceSpec& service) {
    const auto* running = scene.observed->running(service.stack, service.compose_service);
    return running != nullptr &&
           std::any_of(running->command.begin(), running->command.end(), [](const auto& word) {
               return word.starts_with("--openapi-file");
           });
}

/// A child that the multiplexer lost is the multiplexer's to mend, not the flip's fault.
asio::awaitable<Evidence> ask_for_state(
    const Ports& ports,
    const Scene& scene,
    const ServiceSpec& service,
    Evidence evidence) {
    auto endpoint = co_await multiplexer_endpoint(ports, scene);
    if (!endpoint) {
        co_return evidence;
    }
    const bool dynamic = scene.desired->fleet.multiplexer.mode == MultiplexerMode::Dynamic;
    std::vector<std::string> load;
    auto view = co_await ports.mcp.multiplexer(std::move(*endpoint), dynamic, std::move(load));
    if (!view) {
        co_return evidence_of(classify_multiplexer_error(view.error()));
    }
    const auto child = view->children.find(service.child);
    const bool lost = child == view->children.end() ? !dynamic : child->second.state == "failed";
    if (lost) {
        evidence.seen = ProbeClass::Parked;
        evidence.phrase = "the multiplexer parked or lost the child";
    } else if (evidence.seen == ProbeClass::Parked && child != view->children.end()) {
        // Connected, but none of its tools: as when a policy hides them from whom it sends.
        add_fact(evidence, "up", service.child);
    }
    co_return evidence;
}

/// A failure that was there before the flip is not the flip's.
bool as_before(const Scene& scene, const ServiceSpec& service, const Evidence& evidence) {
    const auto* baseline = scene.ledger->latest(CheckKind::Baseline, service.name);
    const auto* phrase = baseline == nullptr ? nullptr : fact(*baseline, "through");
    return evidence.seen == ProbeClass::ToolFailed && phrase != nullptr &&
           *phrase == evidence.phrase;
}

}  // namespace

asio::awaitable<Evidence>
check_through(const Ports& ports, const Scene& scene, const ServiceSpec& service) {
    const bool automatic = service.probe.tool == "auto";
    if (automatic && would_run(scene, service)) {
        co_return evidence_of(
            {Verdict::Fail, ProbeClass::ToolFailed, "its tools would run: name a probe tool"});
    }
    const auto* listing = listing_of(*scene.ledger, service.name);
    if (automatic && (listing == nullptr || fact(*listing, "probe")->empty())) {
        co_return evidence_of({Verdict::Unknown, ProbeClass::None, "its tools are not known yet"});
    }
    auto endpoint = co_await multiplexer_endpoint(ports, scene);
    if (!endpoint) {
        co_return evidence_of(
            {Verdict::Unknown, ProbeClass::OwnCredential, "the operator's own bearer is missing"});
    }
    ThroughCall call;
    call.child = service.child;
    call.tool = automatic ? *fact(*listing, "probe") : service.probe.tool;
    call.arguments = automatic ? std::string(kRejectProbe) : service.probe.arguments;
    call.dynamic = scene.desired->fleet.multiplexer.mode == MultiplexerMode::Dynamic;
    const auto tool = call.tool;
    auto answer = co_await ports.mcp.call(std::move(*endpoint), std::move(call));
    if (!answer) {
        auto evidence = evidence_of(classify_multiplexer_error(answer.error()));
        if (evidence.seen == ProbeClass::TokenRefused || evidence.seen == ProbeClass::Parked) {
            evidence = co_await ask_for_state(ports, scene, service, std::move(evidence));
        }
        co_return evidence;
    }
    auto evidence = evidence_of(classify_call(*answer, tool));
    add_fact(evidence, "length", std::to_string(answer->text.size()));
    if (evidence.seen == ProbeClass::TokenRefused) {
        evidence = co_await ask_for_state(ports, scene, service, std::move(evidence));
    }
    if (as_before(scene, service, evidence)) {
        evidence.verdict = Verdict::Pass;
    }
    co_return evidence;
}

}  // namespace wavegate::gates
