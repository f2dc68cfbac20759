#include "operator/model/desired.hpp"

#include "operator/base/text.hpp"
#include "operator/model/named.hpp"

#include <fmt/format.h>

namespace wavegate {

std::string to_text(const Diagnostic& diagnostic) {
    std::string text = diagnostic.origin.file;
    if (diagnostic.origin.line > 0) {
        text += fmt::format(":{}:{}", diagnostic.origin.line, diagnostic.origin.column);
    }
    if (diagnostic.severity == Severity::Warning) {
        text += ": warning";
    }
    for (const auto* part : {&diagnostic.object, &diagnostic.field, &diagnostic.message}) {
        if (!part->empty()) {
            text += (text.empty() ? "" : ": ") + *part;
        }
    }
    return one_line(text);
}

const ServiceSpec* DesiredState::service(const std::string& name) const {
    return find_named(services, name);
}

const WaveSpec* DesiredState::wave(const std::string& name) const {
    return find_named(fleet.waves, name);
}

std::size_t DesiredState::wave_index(const std::string& name) const {
    const auto* found = wave(name);
    return found == nullptr ? fleet.waves.size()
                            : static_cast<std::size_t>(found - fleet.waves.data());
}

const OidcClientSpec* DesiredState::client(const std::string& name) const {
    return find_named(clients, name);
}

const PolicySpec* DesiredState::policy(const std::string& name) const {
    return find_named(policies, name);
}

std::string_view to_string(AuthMode mode) {
    return mode == AuthMode::Jwt ? "jwt" : "none";
}

}  // namespace wavegate
