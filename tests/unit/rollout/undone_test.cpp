// Writes that do not stick: somebody takes them back each time.
#include "operator/model/inputs.hpp"
#include "tests/unit/rollout/scene.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace wavegate::rollout {
namespace {

using namespace std::chrono_literals;

/// A fleet where one edit of a stack is needed again as soon as it was written.
class Undone : public ::testing::Test {
  protected:
    Undone(const std::string& stack, StackPurpose purpose) : purpose_(purpose) {
        scene_.add("a", "first", AuthMode::Jwt, AuthMode::Jwt);
        StackEdit body;
        body.purpose = purpose;
        body.service = stack;
        body.stack = stack;
        Edit edit;
        edit.id = "edit";
        edit.target = "stack/" + stack;
        edit.body = std::move(body);
        scene_.diff.edits.push_back(std::move(edit));
    }
    /// How often it is written in an hour. With pauses that double from ten seconds: ten times.
    int written_in_an_hour() {
        int times = 0;
        for (int second = 0; second < 3600; second += 5) {
            scene_.pass_time(5s);
            scene_.ledger.evidence.clear();
            for (const auto kind :
                 {CheckKind::Unauthorized,
                  CheckKind::Direct,
                  CheckKind::Through,
                  CheckKind::Baseline}) {
                scene_.answer(kind, "a");
            }
            scene_.answer(CheckKind::Token, "homelab");
            scene_.answer(CheckKind::Policy, "homelab");
            scene_.answer(CheckKind::Children, "mux");
            undo();
            times += write() ? 1 : 0;
        }
        return times;
    }
    /// Decides, and writes it where it is released.
    bool write() {
        const auto& release = scene_.decide().release;
        const auto at = std::find_if(release.begin(), release.end(), [&](const Edit& edit) {
            return edit.stack() != nullptr && edit.stack()->purpose == purpose_;
        });
        if (at == release.end()) {
            return false;
        }
        Intent intent;
        intent.id = at->intent;
        intent.edit = at->id;
        intent.target = at->target;
        intent.service = at->stack()->service;
        intent.kind = at->kind();
        intent.state = IntentState::Written;
        intent.at = scene_.now;
        intent.settled = scene_.now;
        scene_.ledger.intents.push_back(std::move(intent));
        stick();
        return true;
    }
    virtual void stick() {}
    virtual void undo() {}

    Story scene_;
    StackPurpose purpose_;
};

struct UndoneEnvSync : Undone {
    UndoneEnvSync() : Undone("a", StackPurpose::EnvSync) {}
};

TEST_F(UndoneEnvSync, IsRepeatedWithPausesThatGrow) {
    EXPECT_LE(written_in_an_hour(), 12);
}

/// The multiplexer shows its outbound env until it was proven, and loses it then.
struct UndoneWiring : Undone {
    UndoneWiring() : Undone("mux", StackPurpose::Wiring) {}
    void stick() override {
        scene_.running("mux").env = outbound_env(scene_.desired, scene_.observed);
    }
    void undo() override {
        if (scene_.record.multiplexer().stage() == MultiplexerStage::Wired) {
            scene_.running("mux").env.clear();
        }
    }
};

TEST_F(UndoneWiring, IsRepeatedWithPausesThatGrow) {
    EXPECT_LE(written_in_an_hour(), 12);
}

}  // namespace
}  // namespace wavegate::rollout
