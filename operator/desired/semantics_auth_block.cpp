#include "operator/desired/placeholders.hpp"
#include "operator/desired/semantics.hpp"
#include "operator/model/auth_block.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace wavegate::desired {
namespace {

using formats::in_quotes;

constexpr const char* kField = "spec.authBlock.custom";
constexpr std::array<std::string_view, 4> kFilledIn{"issuer", "jwksUri", "audience", "eunomia"};

class AuthBlockRules {
  public:
    AuthBlockRules(const Catalog& catalog, Report& report)
        : document_(*catalog.fleet.document),
          profile_(catalog.fleet.value.spec.auth_profile),
          report_(report) {}

    void check() {
        if (value_at(document_.value, kField) == nullptr) {
            return;
        }
        if (value_at(document_.value, "spec.authBlock.profile") != nullptr) {
            tell("spec.authBlock", "takes a profile or custom keys, not both");
        }
        for (const auto& key : profile_.keys) {
            check_key(key);
        }
        check_switches();
    }

  private:
    void tell(const std::string& field, const std::string& message) {
        report_.field(document_, field, message);
    }

    void check_key(const AuthProfile::Key& key) {
        const auto field = fmt::format("{}.on.{}", kField, key.name);
        if (!is_variable_name(key.name)) {
            tell(
                fmt::format("{}.on", kField),
                fmt::format(
                    "{} is no name of a variable; letters, digits and _", in_quotes(key.name)));
        } else if (is_reserved_env({}, key.name)) {
            tell(field, "belongs to the multiplexer's outbound auth or to Wavegate; remove it");
        } else if (const auto unknown = unknown_placeholder(key.on, kFilledIn); !unknown.empty()) {
            tell(
                field,
                fmt::format(
                    "unknown placeholder {}; known are {{{}}}",
                    in_quotes(unknown),
                    fmt::join(kFilledIn, "}, {")));
        } else if (key.off) {
            check_switch(key, field);
        }
    }

    void check_switch(const AuthProfile::Key& key, const std::string& field) {
        if (key.on.find('{') != std::string::npos) {
            tell(field, "a switch takes a plain word: what stands there must tell its mode");
        } else if (profile_.is_off(key.name, key.on)) {
            tell(field, "says the same as off (unset, empty and none do, too); give another word");
        }
    }

    void check_switches() {
        std::vector<std::string> switches;
        for (const auto& key : profile_.keys) {
            if (key.off) {
                switches.push_back(key.name);
            }
        }
        const auto off = fmt::format("{}.off", kField);
        const auto* given = value_at(document_.value, off);
        if (given != nullptr && given->entries.size() != switches.size()) {
            tell(off, "has keys that stand not under on; give them there, too");
        } else if (switches.empty()) {
            tell(off, "names no switch: nothing would tell an open service from one that is not");
        } else if (
            std::find(switches.begin(), switches.end(), profile_.mode_key) == switches.end()) {
            tell(
                fmt::format("{}.switch", kField),
                fmt::format("must be one of the keys under off{}", suggestion("", switches)));
        } else if (
            switches.size() > 1 &&
            value_at(document_.value, fmt::format("{}.switch", kField)) == nullptr) {
            tell(
                kField,
                fmt::format(
                    "needs a switch: which of {} says whether a service checks tokens?",
                    fmt::join(switches, ", ")));
        }
    }

    const Document& document_;
    const AuthProfile& profile_;
    Report& report_;
};

}  // namespace

bool is_variable_name(std::string_view key) {
    return !key.empty() && (key.front() < '0' || key.front() > '9') &&
           key.find_first_not_of(
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
               std::string_view::npos;
}

void Semantics::auth_block() const {
    if (catalog.fleet.document != nullptr) {
        AuthBlockRules(catalog, report).check();
    }
}

}  // namespace wavegate::desired
