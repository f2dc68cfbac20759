#include "operator/desired/semantics.hpp"
#include "operator/model/auth_block.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace wavegate::desired {
namespace {

using formats::in_quotes;

class ServiceRules {
  public:
    ServiceRules(const Semantics& all)
        : catalog_(all.catalog),
          fleet_(all.catalog.fleet.value.spec),
          report_(all.report),
          least_soak_(least_soak(all.catalog)),
          verdicts_(catalog_.policies, fleet_.multiplexer.principal) {
        for (const auto& wave : fleet_.waves) {
            waves_.push_back(wave.name);
        }
        for (const auto& policy : catalog_.policies) {
            policies_.push_back(policy.value.name);
        }
    }

    void check(const MergedService& member) {
        if (member.document != nullptr) {
            check_document(member);
        }
        if (is_multiplexer(member.spec)) {
            if (member.spec.auth == AuthMode::Jwt) {
                tell(
                    member,
                    "spec.auth",
                    "the multiplexer can never be jwt, it is the client of the fleet; set none");
            }
            return;
        }
        if (member.spec.auth == AuthMode::Jwt) {
            check_jwt(member);
        }
        check_portainer(member);
    }

  private:
    /// At the service's document, or at the fleet's defaults where it has none.
    void tell(const MergedService& member, const std::string& field, const std::string& message) {
        if (member.document != nullptr) {
            report_.field(*member.document, field, message);
        } else {
            report_.field(
                *catalog_.fleet.document,
                "spec.defaults",
                fmt::format("service {}: {}", member.spec.name, message));
        }
    }

    /// Would `tell` be silent, it is not worth looking.
    [[nodiscard]] bool can_tell(const MergedService& member, const std::string& field) const {
        return member.document != nullptr ? !member.document->is_faulty(field)
                                          : !catalog_.fleet.document->is_faulty("spec.defaults");
    }

    [[nodiscard]] bool is_multiplexer(const ServiceSpec& spec) const {
        return spec.name == "mcp-multiplexer" ||
               (spec.stack == fleet_.multiplexer.stack &&
                spec.compose_service == fleet_.multiplexer.service);
    }

    [[nodiscard]] bool is_wave(const std::string& name) const {
        return std::find(waves_.begin(), waves_.end(), name) != waves_.end();
    }

    [[nodiscard]] bool waves_known() const {
        return !waves_.empty() && !catalog_.fleet.document->is_faulty("spec.waves");
    }

    void check_document(const MergedService& member) {
        const auto& spec = member.spec;
        if (const auto* wave = value_at(member.document->value, "spec.wave");
            wave != nullptr && waves_known() && !is_wave(spec.wave)) {
            report_.field(
                *member.document,
                "spec.wave",
                fmt::format(
                    "unknown wave {}{}",
                    in_quotes(spec.wave),
                    report_.suggestion(spec.wave, waves_)));
        }
        if (value_at(member.document->value, "spec.policy") != nullptr) {
            check_policy_names(member);
        }
        check_modes(member);
        check_env(member);
        check_times(member);
        if (spec.probe.tool == "auto" && spec.probe.arguments != "{}") {
            report_.field(
                *member.document,
                "spec.probe.arguments",
                "the probe auto takes none; name a tool or remove them");
        }
    }

    void check_policy_names(const MergedService& member) {
        for (std::size_t i = 0; i < member.spec.policies.size(); ++i) {
            const auto& name = member.spec.policies[i];
            if (catalog_.policy(name) == nullptr && !catalog_.incomplete) {
                report_.field(
                    *member.document,
                    fmt::format("spec.policy[{}]", i),
                    fmt::format(
                        "unknown policy {}{}",
                        in_quotes(name),
                        report_.suggestion(name, policies_)));
            }
        }
    }

    void check_modes(const MergedService& member) {
        const auto& spec = member.spec;
        if (member.document->is_faulty("spec.modes")) {
            return;
        }
        if (spec.auth == AuthMode::None && !spec.modes.none) {
            report_.field(
                *member.document,
                "spec.auth",
                "its spec.modes have no none: it refuses to start open (as agent-utilities from "
                "1.27.1 on does); set jwt, or remove this document to let it go as it is");
        } else if (spec.auth == AuthMode::Jwt && !spec.modes.jwt) {
            report_.field(
                *member.document,
                "spec.auth",
                "its spec.modes have no jwt: it can't check tokens; set none");
        }
    }

    void check_env(const MergedService& member) {
        for (const auto& [key, value] : member.spec.env) {
            const auto field = "spec.env." + key;
            if (!is_variable_name(key)) {
                report_.field(
                    *member.document,
                    "spec.env",
                    fmt::format(
                        "{} is no name of a variable; letters, digits and _", in_quotes(key)));
            } else if (is_reserved_env(fleet_.auth_profile, key)) {
                report_.field(
                    *member.document,
                    field,
                    "belongs to spec.auth and the multiplexer's outbound auth; remove it");
            } else if (
                is_secret_name(key) && !value.empty() && value != "true" && value != "false") {
                report_.field(
                    *member.document,
                    field,
                    "looks like a secret by its name; put it into an env file and name that "
                    "under spec.envFrom");
            }
        }
        for (std::size_t i = 0; i < member.spec.env_from.size(); ++i) {
            const auto& file = member.spec.env_from[i].file;
            if ((file + "/").find("../") != std::string::npos) {
                report_.field(
                    *member.document,
                    fmt::format("spec.envFrom[{}].file", i),
                    "must stay below the operator's envRoot; remove the ..");
            }
        }
    }

    void check_times(const MergedService& member) {
        const auto& spec = member.spec;
        const auto wave =
            std::find_if(fleet_.waves.begin(), fleet_.waves.end(), [&](const WaveSpec& candidate) {
                return candidate.name == spec.wave;
            });
        const bool short_allowed = wave != fleet_.waves.end() && wave->allow_short_soak;
        if (spec.soak && *spec.soak < least_soak_ && !short_allowed) {
            report_.field(
                *member.document,
                "spec.soak",
                fmt::format(
                    "must be at least {}, the token lifetime and 15s; lengthen it or remove it",
                    to_text(least_soak_)));
        }
        if (spec.deadline && *spec.deadline <= Duration(0)) {
            report_.field(
                *member.document,
                "spec.deadline",
                "must be longer than 0s, or nothing ever converges");
        }
    }

    void check_jwt(const MergedService& member) {
        const auto& spec = member.spec;
        if (fleet_.multiplexer.client.empty() &&
            !catalog_.fleet.document->is_faulty("spec.multiplexer.client")) {
            tell(
                member,
                "spec.auth",
                "nobody could call a jwt service: name the OidcClient document whose tokens the "
                "multiplexer sends in spec.multiplexer.client of the Fleet");
        }
        if (spec.wave.empty()) {
            tell(
                member, "spec.wave", "a jwt service needs a wave" + report_.suggestion("", waves_));
        }
        if (spec.policies.empty()) {
            tell(
                member,
                "spec.policy",
                fmt::format(
                    "a jwt service needs at least one policy that lets {} in",
                    fleet_.multiplexer.principal));
            return;
        }
        const bool judgeable =
            std::all_of(spec.policies.begin(), spec.policies.end(), [&](const std::string& name) {
                const auto* policy = catalog_.policy(name);
                return policy != nullptr && policy->document->faults.empty();
            });
        if (judgeable && can_tell(member, "spec.policy") &&
            !catalog_.fleet.document->is_faulty("spec.multiplexer.principal")) {
            check_denials(member);
            check_allows(member);
        }
    }

    /// The actions about which `holds` is true, for a message: "list and execute".
    template <class Holds>
    static std::string actions_where(const Holds& holds) {
        std::vector<std::string_view> verbs;
        if (holds(PolicyAction::List)) {
            verbs.emplace_back("list");
        }
        if (holds(PolicyAction::Execute)) {
            verbs.emplace_back("execute");
        }
        return fmt::format("{}", fmt::join(verbs, " and "));
    }

    /// Any deny on the server beats all allows, whichever policy it stands in (eunomia.md).
    void check_denials(const MergedService& member) {
        const auto& principal = fleet_.multiplexer.principal;
        for (const auto policy : verdicts_.denying(member.spec.name)) {
            const auto denied = actions_where([&](PolicyAction action) {
                return verdicts_.of(policy, member.spec.name, action) == PolicyVerdict::Deny;
            });
            if (!denied.empty() && !report_.full()) {
                tell(
                    member,
                    "spec.policy",
                    fmt::format(
                        "policy {} forbids {} to {} its tools, and a deny beats every allow; "
                        "change that rule",
                        policies_[policy],
                        principal,
                        denied));
            }
        }
    }

    void check_allows(const MergedService& member) {
        const auto& spec = member.spec;
        const auto& principal = fleet_.multiplexer.principal;
        const auto is_missing = [&](PolicyAction action) {
            return std::none_of(
                spec.policies.begin(), spec.policies.end(), [&](const std::string& name) {
                    return verdicts_.of(*catalog_.policy_at(name), spec.name, action) !=
                           PolicyVerdict::Silent;
                });
        };
        if (const auto missing = actions_where(is_missing); !missing.empty()) {
            tell(
                member,
                "spec.policy",
                fmt::format(
                    "no rule of {} lets {} {} its tools; add one",
                    fmt::join(spec.policies, ", "),
                    principal,
                    missing));
        }
    }

    void check_portainer(const MergedService& member) {
        const auto& spec = member.spec;
        const bool ours = member.document != nullptr || spec.auth == AuthMode::Jwt;
        const bool is_lever =
            spec.name == "portainer-mcp" || spec.image.ends_with("/portainer-agent");
        if (ours && is_lever && waves_known() && is_wave(spec.wave) && spec.wave != waves_.back()) {
            tell(
                member,
                "spec.wave",
                fmt::format(
                    "{} redeploys the others and must be in the last wave, {}",
                    spec.name,
                    in_quotes(waves_.back())));
        }
    }

    const Catalog& catalog_;
    const FleetSpec& fleet_;
    Report& report_;
    Duration least_soak_;
    PolicyVerdicts verdicts_;
    std::vector<std::string> waves_;
    std::vector<std::string> policies_;
};

}  // namespace

void Semantics::services() const {
    ServiceRules rules(*this);
    for (const auto& member : members) {
        if (report.full()) {
            return;
        }
        rules.check(member);
    }
}

}  // namespace wavegate::desired
