#include "operator/status/metrics.hpp"

#include "operator/status/conditions.hpp"
#include "operator/status/objects.hpp"
#include "operator/status/proofs.hpp"
#include "operator/status/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <iterator>

namespace wavegate::status {
namespace {

using Label = std::pair<std::string_view, std::string_view>;

std::string escaped(std::string_view value) {
    std::string out;
    for (const char sign : clean(value)) {
        if (sign == '\\' || sign == '"') {
            out += '\\';
        }
        out += sign == '\n' ? "\\n" : std::string(1, sign);
    }
    return out;
}

class Page {
  public:
    void family(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        fmt::format_to(
            std::back_inserter(text_), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
    }
    template <class Number>
    void sample(std::initializer_list<Label> labels, Number value, std::string_view suffix = "") {
        text_ += name_;
        text_ += suffix;
        char before = '{';
        for (const auto& [label, content] : labels) {
            fmt::format_to(
                std::back_inserter(text_), "{}{}=\"{}\"", before, label, escaped(content));
            before = ',';
        }
        fmt::format_to(std::back_inserter(text_), "{} {}\n", labels.size() == 0 ? "" : "}", value);
    }
    std::string take() { return std::move(text_); }

  private:
    std::string text_;
    std::string name_;
};

void write_passes(Page& page, const View& view, const Counters& counters) {
    page.family("wavegate_build_info", "gauge", "The version that runs.");
    page.sample({{"version", WAVEGATE_VERSION}}, 1);
    page.family("wavegate_reconcile_total", "counter", "Passes of the reconcile loop.");
    page.sample({{"result", "success"}}, view.passes);
    page.sample({{"result", "error"}}, counters.passes.failed);
    page.family("wavegate_reconcile_time_seconds", "histogram", "How long a pass took.");
    const auto& times = counters.passes.times;
    for (std::size_t i = 0; i < PassTimes::kBounds.size(); ++i) {
        const auto bound = fmt::format("{}", PassTimes::kBounds.at(i) / 1000.0);
        page.sample({{"le", bound}}, times.up_to(i), "_bucket");
    }
    page.sample({{"le", "+Inf"}}, times.count(), "_bucket");
    page.sample({}, static_cast<double>(times.sum().count()) / 1000.0, "_sum");
    page.sample({}, times.count(), "_count");
}

void write_backends(Page& page, const View& view, const Counters& counters) {
    page.family("wavegate_http_requests_total", "counter", "Requests to backends.");
    for (const auto& [key, count] : counters.requests) {
        page.sample({{"backend", key.first}, {"code", key.second}}, count);
    }
    page.family("wavegate_backend_up", "gauge", "Could the last pass see the backend?");
    for (const auto& [name, backend] : view.backends) {
        page.sample({{"backend", name}}, backend.ok ? 1 : 0);
    }
}

void write_verdicts(Page& page, const View& view, const Counters& counters) {
    page.family("wavegate_gate_result_total", "counter", "Checks made, by verdict.");
    for (const auto& [key, count] : counters.gate_results) {
        page.sample({{"gate", to_string(key.first)}, {"verdict", to_string(key.second)}}, count);
    }
    page.family(
        "wavegate_guard_refusals_total", "counter", "Writes that the guard refused, by invariant.");
    for (const auto& [invariant, count] : view.refusals) {
        page.sample({{"invariant", std::to_string(invariant)}}, count);
    }
}

void write_ages(Page& page, const Index& index, const std::vector<ServiceSpec>& services) {
    page.family(
        "wavegate_service_proof_age_seconds", "gauge", "How old the last proof of the service is.");
    for (const auto& spec : services) {
        const auto at = index.members.find(spec.name);
        const auto claim = at == index.members.end() ? Claim() : claim_of(index, *at->second);
        if (claim.proven_at) {
            const auto age = std::max(index.view.now.mono - claim.proven_at->mono, Duration(0));
            page.sample(
                {{"service", spec.name}, {"wave", spec.wave}},
                std::chrono::duration_cast<std::chrono::seconds>(age).count());
        }
    }
}

void write_services(Page& page, const View& view) {
    const Index index(view);
    const auto& members = index.members;
    const std::vector<ServiceSpec> none;
    const auto& services = view.desired == nullptr ? none : view.desired->services;
    page.family(
        "wavegate_service_ready",
        "gauge",
        "Does the service run as desired, by checks that passed and are not overdue?");
    for (const auto& spec : services) {
        const auto at = members.find(spec.name);
        const bool ready = at != members.end() && is_proven(index, *at->second);
        page.sample({{"service", spec.name}, {"wave", spec.wave}}, ready ? 1 : 0);
    }
    write_ages(page, index, services);
    page.family("wavegate_service_drifted", "gauge", "Is it known to differ from what is desired?");
    for (const auto& spec : services) {
        page.sample({{"service", spec.name}, {"wave", spec.wave}}, is_drifted(index, spec) ? 1 : 0);
    }
    page.family("wavegate_service_stalled", "gauge", "Does the service wait for a person?");
    for (const auto& spec : services) {
        const auto at = members.find(spec.name);
        const bool excepted =
            std::find(view.excepted.begin(), view.excepted.end(), spec.name) != view.excepted.end();
        const bool stalled = at != members.end() && !excepted &&
                             needs_person(*at->second, view.hold("Service/" + spec.name), view.now);
        page.sample({{"service", spec.name}, {"wave", spec.wave}}, stalled ? 1 : 0);
    }
}

void write_waves(Page& page, const View& view) {
    page.family("wavegate_wave_phase", "gauge", "1 for the phase that the wave is in.");
    for (const auto& [wave, current] : view.waves) {
        for (int i = 0; i <= static_cast<int>(WavePhase::Halted); ++i) {
            const auto phase = static_cast<WavePhase>(i);
            page.sample({{"wave", wave}, {"phase", to_string(phase)}}, phase == current ? 1 : 0);
        }
    }
}

void write_standing(Page& page, const View& view) {
    page.family("wavegate_leader", "gauge", "May this process act?");
    page.sample({}, view.acts ? 1 : 0);
    page.family("wavegate_source_ready", "gauge", "Is the newest revision the one in force?");
    page.sample({}, view.source.ready ? 1 : 0);
    page.family("wavegate_rollout_paused", "gauge", "Was the rollout paused by a person?");
    page.sample({}, view.ledger != nullptr && view.ledger->paused() ? 1 : 0);
    page.family(
        "wavegate_rollout_frozen", "gauge", "Does a freeze keep everything from beginning?");
    page.sample({}, frozen_words(view).empty() ? 0 : 1);
    page.family("wavegate_standing", "gauge", "1 for what the fleet as a whole is doing.");
    for (const std::string_view standing : {"Converged", "Moving", "Halted", "Awaited", "Blind"}) {
        page.sample({{"standing", standing}}, view.standing == standing ? 1 : 0);
    }
}

}  // namespace

void PassTimes::observe(Duration took) {
    std::size_t bucket = 0;
    while (bucket < kBounds.size() && took > Duration(kBounds.at(bucket))) {
        ++bucket;
    }
    ++counts_.at(bucket);
    ++count_;
    sum_ += took;
}

std::uint64_t PassTimes::up_to(std::size_t bound) const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i <= bound; ++i) {
        sum += counts_.at(i);
    }
    return sum;
}

Wall Counters::count_evidence(const Ledger& ledger, Wall since) {
    Wall newest = since;
    for (const auto& one : ledger.evidence) {
        // Those that were asked earlier may answer later.
        const auto at = std::max(one.taken.wall, one.answered.wall);
        if (at > since) {
            ++gate_results[{one.kind, one.verdict}];
            newest = std::max(newest, at);
        }
    }
    return newest;
}

std::string metrics_text(const View& view, const Counters& counters) {
    Page page;
    write_passes(page, view, counters);
    write_backends(page, view, counters);
    write_verdicts(page, view, counters);
    write_services(page, view);
    write_waves(page, view);
    write_standing(page, view);
    return page.take();
}

}  // namespace wavegate::status
