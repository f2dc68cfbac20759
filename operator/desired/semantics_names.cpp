#include "operator/base/text.hpp"
#include "operator/desired/semantics.hpp"

#include <fmt/format.h>

#include <map>

namespace wavegate::desired {
namespace {

using formats::in_quotes;

/// Reports the second of two names with one slug.
class Slugs {
  public:
    Slugs(const Document& document, Report& report) : document_(&document), report_(report) {}

    void add(const std::string& name, const std::string& field) { add(*document_, name, field); }

    void add(const Document& document, const std::string& name, const std::string& field) {
        if (name.empty()) {
            return;
        }
        const auto [first, is_new] = names_.emplace(slug(name), name);
        if (is_new) {
            return;
        }
        report_.field(
            document,
            field,
            first->second == name
                ? fmt::format("a second {}; give each its own name", in_quotes(name))
                : fmt::format(
                      "{} and {} both shorten to {}; rename one",
                      in_quotes(first->second),
                      in_quotes(name),
                      in_quotes(first->first)));
    }

  private:
    const Document* document_;
    Report& report_;
    std::map<std::string, std::string> names_;
};

/// Two services that mean the same thing outside would undo each other's changes.
class SharedTargets {
  public:
    explicit SharedTargets(Report& report) : report_(report) {}

    void check(const MergedService& member) {
        const auto& spec = member.spec;
        once(
            member,
            "spec.service",
            fmt::format("service {} of stack {}", spec.compose_service, spec.stack));
        once(member, "spec.child", "child " + spec.child + " of the multiplexer");
    }

  private:
    void once(const MergedService& member, const std::string& field, const std::string& target) {
        const auto [first, is_new] = targets_.emplace(target, &member);
        if (is_new) {
            return;
        }
        const auto& at = member.document != nullptr ? member : *first->second;
        const auto& other = member.document != nullptr ? *first->second : member;
        if (at.document != nullptr) {
            report_.field(
                *at.document,
                field,
                fmt::format(
                    "{} is that of {} already; set spec.stack, spec.service or spec.child",
                    target,
                    other.spec.name));
        }
    }

    Report& report_;
    std::map<std::string, const MergedService*> targets_;
};

template <class Value>
void check_documents(const Document& fleet, const std::vector<Bound<Value>>& all, Report& report) {
    Slugs slugs(fleet, report);
    for (const auto& item : all) {
        slugs.add(*item.document, item.value.name, "metadata.name");
    }
}

}  // namespace

std::string slug(std::string_view name) {
    std::string out;
    for (const char c : to_lower(name)) {
        const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        if (kept) {
            out += c;
        } else if (!out.empty() && out.back() != '-') {
            out += '-';
        }
    }
    while (!out.empty() && out.back() == '-') {
        out.pop_back();
    }
    return out;
}

void Semantics::names() const {
    const auto& fleet = *catalog.fleet.document;
    Slugs waves(fleet, report);
    for (std::size_t i = 0; i < catalog.fleet.value.spec.waves.size(); ++i) {
        waves.add(catalog.fleet.value.spec.waves[i].name, fmt::format("spec.waves[{}].name", i));
    }
    check_documents(fleet, catalog.clients, report);
    check_documents(fleet, catalog.policies, report);
    Slugs services(fleet, report);
    SharedTargets targets(report);
    for (const auto& member : members) {
        if (report.full()) {
            return;
        }
        targets.check(member);
        if (member.document != nullptr) {
            services.add(*member.document, member.spec.name, "metadata.name");
        } else {
            services.add(member.spec.name, "spec.registry");
        }
    }
    for (const auto& policy : catalog.policies) {
        Slugs rules(*policy.document, report);
        for (std::size_t i = 0; i < policy.value.rules.size(); ++i) {
            rules.add(policy.value.rules[i].name, fmt::format("spec.rules[{}].name", i));
        }
    }
}

}  // namespace wavegate::desired
