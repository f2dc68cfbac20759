#include "operator/program/summary.hpp"

#include "operator/client/output.hpp"
#include "operator/client/table.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <utility>

namespace wavegate::program {
namespace {

constexpr std::array<CheckKind, 6> kServiceChecks{
    CheckKind::Baseline,
    CheckKind::Unauthorized,
    CheckKind::Open,
    CheckKind::Direct,
    CheckKind::Through,
    CheckKind::Soak};

/// "Converged 10:02:11"; empty when it was never asked in this mode.
std::string verdict(const status::View& view, CheckKind kind, const std::string& subject) {
    const auto* evidence = view.ledger == nullptr ? nullptr : view.ledger->latest(kind, subject);
    return evidence == nullptr ? std::string() : std::string(to_string(evidence->verdict));
}

/// The newest evidence of both gates, whatever their subject.
std::vector<Evidence> gates(const status::View& view) {
    std::map<CheckKind, Evidence> newest;
    if (view.ledger != nullptr) {
        for (const auto& evidence : view.ledger->evidence) {
            if (evidence.kind == CheckKind::Token || evidence.kind == CheckKind::Policy) {
                newest[evidence.kind] = evidence;
            }
        }
    }
    std::vector<Evidence> found;
    found.reserve(newest.size());
    for (auto& [kind, evidence] : newest) {
        found.push_back(std::move(evidence));
    }
    return found;
}

std::string gate_text(const Evidence& evidence) {
    std::string text = fmt::format(
        "{} gate: {} at {}",
        evidence.kind == CheckKind::Token ? "token" : "policy",
        to_string(evidence.verdict),
        to_rfc3339(evidence.taken.wall));
    if (!evidence.phrase.empty()) {
        text += ": " + client::printable(evidence.phrase);
    }
    for (const auto& [name, value] : evidence.facts) {
        text += fmt::format("\n  {}: {}", name, client::printable(value));
    }
    return text + "\n";
}

std::string phases_text(const status::View& view) {
    std::map<Phase, int> counts;
    for (const auto& member : view.record.members()) {
        ++counts[member.phase()];
    }
    std::string text = fmt::format("{} services:", view.record.members().size());
    for (const auto& [phase, count] : counts) {
        text += fmt::format(" {} {}", count, to_string(phase));
    }
    return text + "\n";
}

}  // namespace

std::string summary_text(const status::View& view, bool color) {
    if (view.desired == nullptr) {
        return "no desired state is in force\n";
    }
    client::Table table(
        {"service",
         "wave",
         "auth",
         "phase",
         "baseline",
         "401",
         "open",
         "direct",
         "through",
         "soak"});
    std::string reasons;
    for (const auto& member : view.record.members()) {
        const auto* service = view.desired->service(member.service);
        const std::string phase(to_string(member.phase()));
        std::vector<client::Cell> row{
            member.service,
            service == nullptr ? std::string() : service->wave,
            std::string(to_string(member.to)),
            client::Cell(phase, client::tint_of(phase))};
        for (const auto kind : kServiceChecks) {
            auto text = verdict(view, kind, member.service);
            const auto tint = client::tint_of(text);
            row.emplace_back(std::move(text), tint);
        }
        table.add(std::move(row));
        const auto message = view.hold("Service/" + member.service).message;
        if (member.phase() != Phase::Ready && !message.empty()) {
            reasons += fmt::format("{}: {}\n", member.service, client::printable(message));
        }
    }
    std::string text = table.empty() ? std::string() : table.text(color) + "\n";
    for (const auto& evidence : gates(view)) {
        text += gate_text(evidence);
    }
    return text + reasons + phases_text(view) + (view.standing.empty() ? "" : view.standing + "\n");
}

}  // namespace wavegate::program
