// Which panels there are, and what they ask; dashboards.cpp makes Grafana's JSON of them.
#include "operator/render/panels.hpp"

#include <array>

namespace wavegate::render {
namespace {

constexpr std::array kWavegatePanels{
    Panel{
        "Standing",
        "What the fleet as a whole is doing.",
        "stat",
        "short",
        6,
        4,
        {{{"max by (standing) (wavegate_standing{$M}) == 1", "{{standing}}"}}}},
    Panel{
        "Services that are ready",
        "Of those that the desired state names, by checks that are not overdue.",
        "stat",
        "short",
        6,
        4,
        {{{"sum(wavegate_service_ready{$M})", "ready"},
          {"count(wavegate_service_ready{$M})", "of"}}}},
    Panel{
        "Services that wait for a person",
        "`wavegate rollout status` says for what.",
        "stat",
        "short",
        6,
        4,
        {{{"sum(wavegate_service_stalled{$M})", "stalled"},
          {"sum(wavegate_service_drifted{$M})", "drifted"}}}},
    Panel{
        "Newest desired state in force",
        "1: it is; 0: it can't be fetched, has errors, or waits for a person.",
        "stat",
        "short",
        6,
        4,
        {{{"min(wavegate_source_ready{$M})", "in force"}}}},
    Panel{
        "Waves",
        "The phase that each wave is in.",
        "table",
        "short",
        12,
        8,
        {{{"max by (wave, phase) (wavegate_wave_phase{$M}) == 1", "{{wave}} {{phase}}"}}}},
    Panel{
        "Backends",
        "1 where the last look at it succeeded.",
        "timeseries",
        "short",
        12,
        8,
        {{{"min by (backend) (wavegate_backend_up{$M})", "{{backend}}"}}}},
    Panel{
        "Age of the oldest proofs",
        "How long ago a service was last proven; the twenty that wait longest.",
        "timeseries",
        "s",
        12,
        8,
        {{{"topk(20, max by (service) (wavegate_service_proof_age_seconds{$M}))", "{{service}}"}}}},
    Panel{
        "Checks",
        "Checks made a second, by gate and verdict.",
        "timeseries",
        "ops",
        12,
        8,
        {{{"sum by (gate, verdict) (rate(wavegate_gate_result_total{$M}[$__rate_interval]))",
           "{{gate}} {{verdict}}"}}}},
    Panel{
        "Requests",
        "Requests to the systems around a second, by system and status.",
        "timeseries",
        "reqps",
        12,
        8,
        {{{"sum by (backend, code) (rate(wavegate_http_requests_total{$M}[$__rate_interval]))",
           "{{backend}} {{code}}"}}}},
    Panel{
        "Passes, p95",
        "Nineteen passes of twenty took no longer.",
        "timeseries",
        "s",
        12,
        8,
        {{{"histogram_quantile(0.95, sum by (le) "
           "(rate(wavegate_reconcile_time_seconds_bucket{$M}[$__rate_interval])))",
           "p95"}}}},
    Panel{
        "Refused writes",
        "Writes that the guard refused, by invariant: each is a defect or an attack.",
        "timeseries",
        "short",
        12,
        8,
        {{{"sum by (invariant) (increase(wavegate_guard_refusals_total{$M}[$__rate_interval]))",
           "{{invariant}}"}}}},
};

}  // namespace

Board wavegate_board() {
    return {"wavegate.json", "wavegate", "Wavegate", "wavegate_build_info", false, kWavegatePanels};
}

}  // namespace wavegate::render
