#include "reconcilers/gates/asking.hpp"

namespace wavegate::gates {

asio::awaitable<Evidence>
check_unauthorized(const Ports& ports, const Scene& /*scene*/, const ServiceSpec& service) {
    auto evidence = evidence_of({Verdict::Unknown, ProbeClass::None, ""});
    for (const bool garbage : {false, true}) {
        auto answer = co_await ports.mcp.knock(service.url, garbage);
        if (!answer) {
            co_return evidence_of(classify_error(answer.error()));
        }
        evidence = evidence_of(classify_knock(*answer));
        add_fact(evidence, garbage ? "garbage" : "bare", std::to_string(answer->status));
        add_address(evidence, service, *answer);
        if (evidence.verdict != Verdict::Pass) {
            co_return evidence;
        }
    }
    co_return evidence;
}

}  // namespace wavegate::gates
