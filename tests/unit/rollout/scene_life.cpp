// What members live through, told by what is written, runs and answers: no phase is set by hand.
#include "operator/model/inputs.hpp"
#include "operator/model/intent.hpp"
#include "tests/support/amend.hpp"
#include "tests/unit/rollout/scene.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::rollout {

using namespace std::chrono_literals;

void Story::gates_hold() {
    answer(CheckKind::Token, desired.fleet.name);
    answer(CheckKind::Policy, desired.fleet.name);
}

namespace {

const std::string& subject_of(const Edit& edit) {
    if (const auto* stack = edit.stack()) {
        return stack->service;
    }
    const auto* restart = edit.restart();
    return restart == nullptr ? edit.target : restart->service;
}

Intent intent_in(const Edit& edit, IntentState state, Time now) {
    auto intent = intent_of(edit, now);
    intent.state = state;
    if (state != IntentState::Open) {
        intent.settled = now;
    }
    return intent;
}

}  // namespace

void Story::written(const std::string& name, IntentState state) {
    for (const auto& edit : step.release) {
        if (subject_of(edit) == name && ledger.intent(edit.intent) == nullptr) {
            ledger.intents.push_back(intent_in(edit, state, now));
        }
    }
}

void Story::begun() {
    for (const auto& edit : step.release) {
        if (ledger.intent(edit.intent) == nullptr) {
            ledger.intents.push_back(intent_in(edit, IntentState::Open, now));
        }
    }
}

void Story::bring_to_probing(const std::string& name) {
    written(name);
    pass_time(1s);
    run(name, spec(name).auth);
    decide();
    pass_time(1s);
    decide();
    EXPECT_EQ(to_string(member(name).phase()), "Probing") << hold(name).message;
}

void Story::bring_to(const std::string& name, Phase phase) {
    bring_to_probing(name);
    if (spec(name).auth == AuthMode::Jwt) {
        answer(CheckKind::Unauthorized, name);
        answer(CheckKind::Direct, name);
    } else {
        answer(CheckKind::Open, name);
    }
    answer(CheckKind::Through, name);
    for (int i = 0; i < 20 && member(name).phase() != phase; ++i) {
        pass_time(5s);
        answer(CheckKind::Unauthorized, name);
        answer(CheckKind::Through, name);
        gates_hold();
        decide();
    }
    EXPECT_EQ(to_string(member(name).phase()), to_string(phase)) << hold(name).message;
}

void Story::adopt(const std::string& name) {
    decide();
    for (int i = 0; i < 5 && member(name).phase() != Phase::Ready; ++i) {
        pass_time(1s);
        for (const auto kind : {CheckKind::Unauthorized, CheckKind::Direct, CheckKind::Through}) {
            answer(kind, name);
        }
        decide();
    }
    EXPECT_EQ(to_string(member(name).phase()), "Ready") << hold(name).message;
}

void Story::soak_canary(const std::string& name) {
    bring_to(name, Phase::Probed);
    for (int i = 0; i < 20 && !record.canary_done(); ++i) {
        pass_time(5s);
        answer(CheckKind::Unauthorized, name);
        answer(CheckKind::Through, name);
        decide();
    }
    EXPECT_TRUE(record.canary_done());
}

void Story::fail(const std::string& name) {
    bring_to_probing(name);
    for (int i = 0; i < 20 && member(name).phase() == Phase::Probing; ++i) {
        pass_time(2s);
        answer(CheckKind::Unauthorized, name);
        answer(CheckKind::Direct, name, Verdict::Fail, ProbeClass::PolicyDenied);
        gates_hold();
        for (const auto& other : std::vector<Member>(record.members())) {
            const bool proven = other.phase() == Phase::Ready || other.phase() == Phase::Probed;
            if (proven && asked(CheckKind::Through, other.service)) {
                answer(CheckKind::Through, other.service);
            }
        }
        decide();
    }
    EXPECT_EQ(to_string(member(name).phase()), "RollingBack") << hold(name).message;
}

void Story::break_shared_parts(const std::string& name) {
    bring_to_probing(name);
    for (int i = 0; i < 20 && !record.shared_bad(); ++i) {
        pass_time(2s);
        answer(CheckKind::Unauthorized, name);
        answer(CheckKind::Direct, name, Verdict::Fail, ProbeClass::PolicyDenied);
        answer(CheckKind::Policy, desired.fleet.name);
        answer(CheckKind::Token, desired.fleet.name, Verdict::Fail);
        decide();
    }
    EXPECT_TRUE(record.shared_bad());
}

void Story::come_back(const std::string& name) {
    decide();
    written(name);
    pass_time(1s);
    const auto before = member(name).to == AuthMode::Jwt ? AuthMode::None : AuthMode::Jwt;
    run(name, before);
    for (int i = 0; i < 5 && member(name).phase() == Phase::RollingBack; ++i) {
        decide();
        pass_time(1s);
        answer(before == AuthMode::None ? CheckKind::Open : CheckKind::Direct, name);
        answer(CheckKind::Through, name);
    }
    EXPECT_EQ(to_string(member(name).phase()), "RolledBack") << hold(name).message;
}

void Story::unwire() {
    running("mux").env.clear();
    StackEdit body;
    body.purpose = StackPurpose::Wiring;
    body.service = body.stack = body.compose_service = "mux";
    Edit edit;
    edit.id = "wiring";
    edit.target = "stack/mux";
    edit.body = std::move(body);
    diff.edits.push_back(std::move(edit));
}

void Story::show_children(const std::vector<std::string>& up) {
    answer(CheckKind::Children, "mux");
    testing::amend_last(ledger.evidence, [&](Evidence& evidence) {
        for (const auto& child : up) {
            evidence.facts.add("up", child);
        }
    });
}

}  // namespace wavegate::rollout
