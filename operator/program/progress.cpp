#include "operator/program/progress.hpp"

#include "operator/client/table.hpp"

#include <fmt/format.h>

#include <ostream>

namespace wavegate::program {
namespace {

/// "3 Probing, 12 Ready"
std::string counts(const status::View& view, const std::string& wave) {
    std::map<Phase, int> by_phase;
    for (const auto& member : view.record.members()) {
        const auto* service = view.desired->service(member.service);
        if (service != nullptr && service->wave == wave) {
            ++by_phase[member.phase()];
        }
    }
    std::string text;
    for (const auto& [phase, count] : by_phase) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, to_string(phase));
    }
    return text;
}

}  // namespace

void Progress::note(const std::string& object, const std::string& state, const std::string& why) {
    auto& last = states_[object];
    if (last == state) {
        return;
    }
    if (!live_) {
        out_ << fmt::format(
            "{}  {}  {}{}{}{}\n",
            clock_,
            object,
            last.empty() ? "" : last + " -> ",
            state,
            why.empty() ? "" : ": ",
            client::printable(why));
        out_.flush();
    }
    last = state;
}

void Progress::show(const status::View& view) {
    if (view.desired == nullptr) {
        return;
    }
    clock_ = to_rfc3339(view.now.wall).substr(11, 8);
    note(
        "source",
        view.source.ready ? view.source.revision.substr(0, 12) : view.source.reason,
        view.source.message);
    for (const auto& [name, backend] : view.backends) {
        if (!backend.ok || states_.contains(name)) {
            note(name, backend.ok ? "answers" : "does not answer", backend.message);
        }
    }
    const auto& multiplexer = view.record.multiplexer();
    const auto& stack = view.desired->fleet.multiplexer.stack;
    note(
        "multiplexer",
        std::string(to_string(multiplexer.stage())),
        view.hold("Multiplexer/" + stack).message);
    for (const auto& member : view.record.members()) {
        const auto* service = view.desired->service(member.service);
        const auto wave = service == nullptr ? std::string("-") : service->wave;
        note(
            fmt::format("{:<12} {:<28}", wave, member.service),
            std::string(to_string(member.phase())),
            view.hold("Service/" + member.service).message);
    }
    for (const auto& [name, phase] : view.waves) {
        note("wave " + name, std::string(to_string(phase)), counts(view, name));
    }
    if (live_) {
        draw(view);
    }
}

void Progress::draw(const status::View& view) {
    if (drawn_ > 0) {
        out_ << fmt::format("\x1b[{}A\x1b[J", drawn_);
    }
    client::Table table({"wave", "phase", "services"});
    drawn_ = 1;
    for (const auto& wave : view.desired->fleet.waves) {
        const auto phase = view.waves.find(wave.name);
        table.add(
            {wave.name,
             phase == view.waves.end() ? "" : std::string(to_string(phase->second)),
             counts(view, wave.name)});
        ++drawn_;
    }
    out_ << table.text(false);
    out_.flush();
}

}  // namespace wavegate::program
