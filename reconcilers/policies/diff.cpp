#include "reconcilers/policies/diff.hpp"

#include "operator/base/digest.hpp"
#include "operator/model/admission.hpp"
#include "operator/model/rights.hpp"
#include "reconcilers/policies/compile.hpp"
#include "reconcilers/policies/same.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace wavegate::policies {
namespace {

const Policy* find(const std::vector<Policy>& policies, const std::string& name) {
    const auto at = std::find_if(
        policies.begin(), policies.end(), [&](const Policy& p) { return p.name == name; });
    return at == policies.end() ? nullptr : &*at;
}

Edit make(PolicyEdit::Verb verb, const std::string& document, const Policy& policy) {
    Edit edit;
    const bool create = verb == PolicyEdit::Verb::Create;
    edit.target = "policy/" + policy.name;
    edit.why = create ? "policy does not exist" : "policy was replaced or left";
    edit.fields = {{policy.name, create ? "" : "exists", create ? "exists" : ""}};
    edit.id = short_hash(edit.target + (create ? "+" : "-"), 16);
    edit.body = PolicyEdit{verb, document, policy};
    return edit;
}

/// Collects edits, each judged by what stands once those before it are written: of a replacement
/// the new policy comes first.
class Collector {
  public:
    Collector(const DesiredState& desired, const Observed& observed, const Tools& tools)
        : desired_(desired), observed_(observed), tools_(tools), standing_(*observed.policies) {}

    /// What is narrower than what enforcing services need waits until they are open: it is told,
    /// and nothing is written.
    void add(Edit edit) {
        auto after = policies_after(standing_, {edit});
        const auto service = locked_out(desired_, observed_, tools_, *observed_.policies, after);
        if (!service.empty()) {
            still_needed(std::get<PolicyEdit>(edit.body), service);
            return;
        }
        standing_ = std::move(after);
        diff.edits.push_back(std::move(edit));
    }

    Diff diff;

  private:
    void still_needed(const PolicyEdit& body, const std::string& service) {
        diff.obstacles.push_back(
            {"EunomiaPolicy/" + (body.document.empty() ? body.policy.name : body.document),
             "",
             "StillNeeded",
             fmt::format(
                 "{} enforces, and would not let the multiplexer in any more: {} waits until it is "
                 "open",
                 service,
                 body.verb == PolicyEdit::Verb::Create ? "the new policy"
                                                       : "taking the old one away")});
    }

    const DesiredState& desired_;
    const Observed& observed_;
    const Tools& tools_;
    std::vector<Policy> standing_;
};

}  // namespace

std::string document_of(const DesiredState& desired, const Policy& policy) {
    // The longest match, since one document's name may begin with another's.
    std::string best;
    std::size_t length = 0;
    for (const auto& spec : desired.policies) {
        const auto prefix = name_prefix(desired.fleet.name, spec.name);
        if (policy.name.starts_with(prefix) && prefix.size() > length) {
            best = spec.name;
            length = prefix.size();
        }
    }
    return best;
}

Diff diff(const DesiredState& desired, const Observed& observed, const Tools& tools) {
    if (!observed.policies.ok()) {
        return {};
    }
    Collector found(desired, observed, tools);
    std::set<std::string> wanted;
    std::set<std::string> unknown;
    for (const auto& spec : desired.policies) {
        const auto policy = compile(spec, desired.fleet.name, tools);
        if (!policy) {
            unknown.insert(spec.name);
            found.diff.obstacles.push_back(
                {"EunomiaPolicy/" + spec.name,
                 "",
                 "ToolsUnknown",
                 "a named server's tools are not known yet"});
            continue;
        }
        wanted.insert(policy->name);
        const bool stands = spec.adopt && says_the_same(*observed.policies, *policy);
        if (!stands && find(*observed.policies, policy->name) == nullptr) {
            found.add(make(PolicyEdit::Verb::Create, spec.name, *policy));
        }
    }
    for (const auto& policy : *observed.policies) {
        const bool ours = policy.name.starts_with(fleet_prefix(desired.fleet.name)) &&
                          policy.description == mark(desired.fleet.name);
        const auto document = document_of(desired, policy);
        const bool stale = !document.empty() && !unknown.contains(document);
        if (ours && !wanted.contains(policy.name) &&
            (stale || (document.empty() && desired.fleet.prune))) {
            found.add(make(PolicyEdit::Verb::Delete, document, policy));
        }
    }
    return std::move(found.diff);
}

}  // namespace wavegate::policies
