#include "operator/desired/digest.hpp"

#include "operator/base/digest.hpp"

#include <algorithm>
#include <string_view>
#include <type_traits>
#include <vector>

namespace wavegate::desired {
namespace {

/// Lengths stand before values, so that no two states write the same text.
class MeaningWriter {
  public:
    MeaningWriter& operator<<(std::string_view text) {
        out_ += std::to_string(text.size());
        out_ += ':';
        out_ += text;
        return *this;
    }
    MeaningWriter& operator<<(const std::string& text) { return *this << std::string_view(text); }
    MeaningWriter& operator<<(const char* text) { return *this << std::string_view(text); }
    MeaningWriter& operator<<(const Reference& reference) { return *this << reference.text; }
    MeaningWriter& operator<<(Duration duration) { return *this << duration.count(); }
    template <class Number>
    requires std::is_arithmetic_v<Number> || std::is_enum_v<Number> MeaningWriter& operator<<(
        Number number) {
        return *this << std::to_string(static_cast<std::int64_t>(number));
    }
    template <class Value>
    MeaningWriter& operator<<(const std::optional<Value>& value) {
        *this << value.has_value();
        return value ? *this << *value : *this;
    }
    template <class Value>
    MeaningWriter& operator<<(const std::vector<Value>& values) {
        *this << values.size();
        for (const auto& value : values) {
            *this << value;
        }
        return *this;
    }

    MeaningWriter& operator<<(const WaveSpec& w) {
        return *this << w.name << w.max_in_flight << w.soak << w.deadline << w.on_broken_baseline
                     << w.on_failure << w.allow_short_soak;
    }
    MeaningWriter& operator<<(const OpenBaoSpec& o) {
        *this << o.url << o.mount << o.name_space << o.token;
        if (o.app_role) {
            *this << o.app_role->mount << o.app_role->role_id << o.app_role->secret_id;
        }
        if (o.jwt_login) {
            *this << o.jwt_login->mount << o.jwt_login->role << o.jwt_login->client_id
                  << o.jwt_login->client_secret;
        }
        return *this;
    }
    MeaningWriter& operator<<(const GrafanaSpec& g) { return *this << g.url << g.token; }
    MeaningWriter& operator<<(const PrometheusSpec& p) { return *this << p.url; }
    MeaningWriter& operator<<(const StackRepoSpec& s) {
        return *this << s.username << s.token << s.author << s.ssh_key;
    }
    MeaningWriter& operator<<(const MultiplexerSpec& m) {
        return *this << m.stack << m.service << m.url << m.client << m.mode << m.principal
                     << m.principal_from << m.inbound_token << m.foreign_children;
    }
    MeaningWriter& operator<<(const JwtSpec& j) {
        return *this << j.issuer << j.jwks_uri << j.audience << j.eunomia_type << j.eunomia_url;
    }
    MeaningWriter& operator<<(const AuthProfile::Key& k) {
        return *this << k.name << k.on << k.off;
    }
    MeaningWriter& operator<<(const AuthProfile& p) { return *this << p.keys << p.mode_key; }
    MeaningWriter& operator<<(const FleetSpec& f) {
        *this << f.name << f.portainer.url << f.portainer.environment << f.portainer.token;
        *this << f.keycloak.url << f.keycloak.realm << f.keycloak.client_id
              << f.keycloak.client_secret;
        *this << f.openbao;
        *this << f.eunomia.url << f.eunomia.api_key << f.multiplexer << f.jwt << f.auth_profile;
        *this << f.grafana << f.prometheus << f.stack_repo << f.drift << f.prune;
        return *this << f.limits.max_deletions << f.limits.max_shrink_percent << f.watch.every
                     << f.watch.gates << f.waves;
    }
    MeaningWriter& operator<<(const EnvFileSpec& e) { return *this << e.file << sorted(e.exclude); }
    MeaningWriter& operator<<(const ServiceSpec& s) {
        *this << s.name << s.stack << s.compose_service << s.child << s.url << s.health << s.image;
        *this << s.auth << s.modes.none << s.modes.jwt << s.wave << sorted(s.policies)
              << s.probe.tool << s.probe.arguments;
        *this << s.env.size();
        for (const auto& [key, value] : s.env) {
            *this << key << value;
        }
        return *this << s.env_from << s.soak << s.deadline << s.declared;
    }
    MeaningWriter& operator<<(const OidcClientSpec& c) {
        return *this << c.name << c.client_id << sorted(c.audiences) << c.token_lifespan
                     << c.secret_path << sorted(c.consumer_stacks) << c.adopt;
    }
    MeaningWriter& operator<<(const PolicyRuleSpec& r) {
        auto actions = r.actions;
        std::sort(actions.begin(), actions.end());
        return *this << r.name << r.effect << sorted(r.principals) << sorted(r.servers)
                     << sorted(r.tools) << actions;
    }
    MeaningWriter& operator<<(const PolicySpec& p) { return *this << p.name << p.rules << p.adopt; }

    [[nodiscard]] const std::string& text() const { return out_; }

  private:
    static std::vector<std::string> sorted(std::vector<std::string> list) {
        std::sort(list.begin(), list.end());
        return list;
    }
    std::string out_;
};

}  // namespace

/// Monitoring is no part of it: it moves no service. Nor is a freeze: when it ends, the rollout
/// that it held goes on.
std::string meaning_digest(const DesiredState& state) {
    MeaningWriter writer;
    writer << state.fleet << state.services << state.clients << state.policies;
    return sha256_hex(writer.text());
}

}  // namespace wavegate::desired
