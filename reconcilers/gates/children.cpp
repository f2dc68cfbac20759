#include "reconcilers/gates/asking.hpp"

#include <algorithm>

namespace wavegate::gates {

asio::awaitable<Evidence> check_children(const Ports& ports, const Scene& scene) {
    auto endpoint = co_await multiplexer_endpoint(ports, scene);
    if (!endpoint) {
        co_return evidence_of(
            {Verdict::Unknown, ProbeClass::OwnCredential, "the operator's own bearer is missing"});
    }
    const auto& desired = *scene.desired;
    const bool dynamic = desired.fleet.multiplexer.mode == MultiplexerMode::Dynamic;
    std::vector<std::string> load;
    for (const auto& service : desired.services) {
        load.push_back(service.child);
    }
    const auto known = load;
    auto view = co_await ports.mcp.multiplexer(std::move(*endpoint), dynamic, std::move(load));
    if (!view) {
        co_return evidence_of(classify_multiplexer_error(view.error()));
    }
    std::vector<std::string> up;
    std::vector<std::string> foreign;
    for (const auto& [child, state] : view->children) {
        if (state.state == "up") {
            up.push_back(child);
        }
        if (std::find(known.begin(), known.end(), child) == known.end()) {
            foreign.push_back(child);
        }
    }
    auto evidence =
        evidence_of({Verdict::Pass, ProbeClass::None, "the multiplexer shows its children"});
    add_fact(evidence, "tools", std::to_string(view->tools.size()));
    // First what holds the rollout: many other facts must not crowd it out.
    for (const auto& child : foreign) {
        add_fact(evidence, "foreign", child);
    }
    for (const auto& child : up) {
        add_fact(evidence, "up", child);
    }
    co_return evidence;
}

}  // namespace wavegate::gates
