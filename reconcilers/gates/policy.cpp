#include "operator/base/digest.hpp"
#include "operator/model/admission.hpp"
#include "operator/model/inputs.hpp"
#include "reconcilers/gates/asking.hpp"
#include "reconcilers/gates/decider.hpp"

#include <algorithm>

namespace wavegate::gates {
namespace {

constexpr std::string_view kAnyTool = "wavegate-probe";

struct Quiz {
    std::vector<PolicyQuestion> questions;
    std::size_t allowed = 0;  ///< so many, from the first on, must be allowed; the rest denied
};

void ask_both(Quiz& quiz, const std::string& principal, const std::string& tool) {
    for (const auto action : {PolicyAction::List, PolicyAction::Execute}) {
        quiz.questions.push_back({principal, tool, action});
    }
}

/// One known tool of each service that shall enforce, asked as the multiplexer.
std::vector<std::string> tools_to_ask(const Scene& scene) {
    std::vector<std::string> tools;
    const auto probed = probed_tools(*scene.ledger);
    for (const auto& service : scene.desired->services) {
        const auto at = probed.find(service.name);
        if (at != probed.end() &&
            wanted_mode(*scene.desired, service, *scene.observed) == AuthMode::Jwt) {
            tools.push_back(at->second.front());
        }
    }
    if (tools.empty()) {
        tools.emplace_back(kAnyTool);
    }
    return tools;
}

Quiz make_quiz(const Scene& scene) {
    Quiz quiz;
    const auto tools = tools_to_ask(scene);
    for (const auto& tool : tools) {
        ask_both(quiz, scene.desired->fleet.multiplexer.principal, tool);
    }
    quiz.allowed = quiz.questions.size();
    // A named principal without a rule is the one that a foreign allow-all lets in (eunomia.md).
    const auto stranger = "agent:wavegate-stranger-" + short_hash(scene.desired->fleet.name, 6);
    for (const auto& principal : {std::string("agent:unknown"), std::string("agent:"), stranger}) {
        ask_both(quiz, principal, tools.front());
    }
    return quiz;
}

Evidence judge_answers(const Quiz& quiz, const std::vector<PolicyAnswer>& answers) {
    for (std::size_t i = 0; i < quiz.allowed; ++i) {
        if (!answers[i].allowed) {
            auto evidence = evidence_of(
                {Verdict::Fail, ProbeClass::PolicyDenied, "the multiplexer's principal is denied"});
            add_fact(evidence, "policy", decider_in(answers[i].reason).policy);
            return evidence;
        }
    }
    for (std::size_t i = quiz.allowed; i < answers.size(); ++i) {
        if (answers[i].allowed) {
            auto evidence = evidence_of(
                {Verdict::Fail, ProbeClass::Open, "a policy lets in whom no rule names"});
            add_fact(evidence, "policy", decider_in(answers[i].reason).policy);
            add_fact(evidence, "principal", quiz.questions[i].principal);
            return evidence;
        }
    }
    return evidence_of(
        {Verdict::Pass, ProbeClass::None, "the multiplexer is let in, and nobody else"});
}

}  // namespace

asio::awaitable<Evidence> check_policy(const Ports& ports, const Scene& scene) {
    const auto quiz = make_quiz(scene);
    auto questions = quiz.questions;
    auto answers = co_await ports.policies.ask(std::move(questions));
    if (!answers) {
        co_return evidence_of(
            {Verdict::Unknown, ProbeClass::SharedCause, "the policy server does not answer"});
    }
    if (answers->size() != quiz.questions.size()) {
        co_return evidence_of(
            {Verdict::Unknown, ProbeClass::SharedCause, "the policy server answers in part"});
    }
    auto evidence = judge_answers(quiz, *answers);
    add_fact(evidence, "asked", std::to_string(answers->size()));
    co_return evidence;
}

}  // namespace wavegate::gates
