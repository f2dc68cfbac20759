#pragma once

#include "operator/base/result.hpp"
#include "operator/model/credential.hpp"
#include "operator/settings/reference_rules.hpp"

#include <string>
#include <string_view>

namespace wavegate::access {

/// Whether a credential may leave the process, as operator.yaml says. Whoever may commit to the
/// desired state gets no credential by it: what nothing names goes nowhere.
class Gate {
  public:
    explicit Gate(settings::AccessRules rules) : rules_(std::move(rules)) {}

    /// May it be sent to that URL's origin? Denied: no; the message names what to write into
    /// operator.yaml where a person wants it.
    [[nodiscard]] Result<void> may_send(const Credential& credential, std::string_view url) const;

    /// May a client's secret stand in that stack's Env; in that vault entry? Denied as above.
    [[nodiscard]] Result<void> may_hold(const std::string& client_id, const std::string& stack)
        const;
    [[nodiscard]] Result<void> may_keep(const std::string& client_id, const std::string& path)
        const;

    /// May the desired state set that variable of a service? Denied as above: it would send the
    /// service's credentials elsewhere, or have it run something else; or, of a service that holds
    /// more than its own (`trusted`), any.
    [[nodiscard]] Result<void>
    may_set(const std::string& service, bool trusted, const std::string& variable) const;

  private:
    [[nodiscard]] Result<void> may_send_given(const std::string& reference, std::string_view url)
        const;
    [[nodiscard]] bool is_own(const std::string& reference) const;

    settings::AccessRules rules_;
};

}  // namespace wavegate::access
