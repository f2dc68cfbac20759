#include "operator/model/inputs.hpp"
#include "reconcilers/fleet/controller.hpp"
#include "reconcilers/gates/check.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <utility>

namespace wavegate::fleet {
namespace {

/// A person waits for it, and the command line no longer than 30 s.
constexpr Duration kLimit = std::chrono::seconds(25);

std::vector<CheckKind>
questions_of(const DesiredState& desired, const ServiceSpec& service, const Observed& observed) {
    if (enforces(desired, service, observed)) {
        return {CheckKind::Unauthorized, CheckKind::Direct, CheckKind::Through};
    }
    return {CheckKind::Open, CheckKind::Through};
}

/// One after the other: a call through to a service that does not answer could park it.
asio::awaitable<void> ask_in_turn(
    gates::Ports ports,
    gates::Scene scene,
    std::string service,
    std::vector<CheckKind> kinds,
    std::vector<Evidence>& found) {
    auto ledger = std::make_shared<Ledger>(*scene.ledger);
    scene.ledger = ledger;
    for (const auto kind : kinds) {
        Check check;
        check.kind = kind;
        check.subject = service;
        check.inputs = service_inputs(*scene.desired, *scene.observed, service);
        auto evidence = co_await gates::run(ports, scene, std::move(check));
        const bool good = evidence.verdict == Verdict::Pass;
        // Which tool a call through should ask for stands in the listing before it.
        ledger->evidence.push_back(evidence);
        found.push_back(std::move(evidence));
        if (!good) {
            co_return;
        }
    }
}

Evidence given_up(CheckKind kind, const std::string& service, Time now) {
    Evidence evidence;
    evidence.kind = kind;
    evidence.subject = service;
    evidence.phrase = "no answer within 25 seconds";
    evidence.taken = now;
    return evidence;
}

}  // namespace

Task<std::vector<Evidence>> Controller::probe(std::string service) {
    using asio::experimental::awaitable_operators::operator||;
    const auto* spec = desired_ == nullptr ? nullptr : desired_->service(service);
    if (spec == nullptr) {
        co_return Error(ErrorKind::NotFound, "no service is called " + service);
    }
    if (observed_ == nullptr) {
        co_return Error(ErrorKind::Unavailable, "nothing has been observed yet");
    }
    const auto systems = systems_;
    const auto ports = ports_of(*systems);
    gates::Scene scene;
    scene.desired = desired_;
    scene.observed = observed_;
    scene.ledger = journal_.ledger();
    scene.rollout = journal_.record().id();
    const auto kinds = questions_of(*desired_, *spec, *observed_);
    std::vector<Evidence> found;
    const auto limit = outside_.clock.now().mono + kLimit;
    co_await (
        ask_in_turn(ports, std::move(scene), service, kinds, found) ||
        outside_.clock.sleep_until(limit));
    const bool cut_off = found.empty() || (found.size() < kinds.size() &&
                                           found.back().verdict == wavegate::Verdict::Pass);
    if (cut_off) {
        found.push_back(given_up(kinds[found.size()], service, outside_.clock.now()));
    }
    Batch batch;
    batch.evidence = found;
    static_cast<void>(co_await journal_.commit_or_keep(std::move(batch)));
    ring_urgently();
    co_return found;
}

}  // namespace wavegate::fleet
