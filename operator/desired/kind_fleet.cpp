#include "operator/desired/kinds.hpp"

#include <charconv>

namespace wavegate::desired {
namespace {

WaveSpec wave_of(const Reader& in) {
    WaveSpec wave;
    wave.name = in["name"].text();
    wave.max_in_flight = in["maxInFlight"].integer();
    wave.soak = in["soak"].duration();
    wave.deadline = in["deadline"].duration();
    wave.on_broken_baseline =
        in["onBrokenBaseline"].text() == "skip" ? BrokenBaseline::Skip : BrokenBaseline::Hold;
    wave.on_failure =
        in["onFailure"].text() == "hold" ? FailurePolicy::Hold : FailurePolicy::Rollback;
    wave.allow_short_soak = in["allowShortSoak"].boolean();
    return wave;
}

MultiplexerSpec multiplexer_of(const Reader& in) {
    MultiplexerSpec out;
    out.stack = in["stack"].text();
    out.service = in["service"].optional_text().value_or(out.stack);
    out.url = in["url"].text();
    out.client = in["client"].text();
    out.mode = in["mode"].text() == "dynamic" ? MultiplexerMode::Dynamic : MultiplexerMode::Eager;
    const auto principal = in["principal"];
    out.principal = principal["uri"].text();
    out.principal_from =
        principal["from"].text() == "jwt" ? PrincipalSource::Jwt : PrincipalSource::Header;
    out.inbound_token = in["inbound"]["tokenRef"].reference();
    out.foreign_children =
        in["foreignChildren"].text() == "allow" ? ForeignChildren::Allow : ForeignChildren::Hold;
    return out;
}

JwtSpec jwt_of(const Reader& in) {
    JwtSpec out;
    out.issuer = in["issuer"].text();
    out.jwks_uri = in["jwksUri"].text();
    out.audience = in["audience"].text();
    out.eunomia_type = in["eunomia"]["type"].text();
    out.eunomia_url = in["eunomia"]["url"].text();
    return out;
}

/// Both are read, so that no leaf goes unread; with custom keys there is no profile.
AuthProfile auth_profile_of(const Reader& in) {
    const auto known = in["profile"].text();
    const auto own = in["custom"];
    const auto on = own["on"].text_map();
    const auto off = own["off"].text_map();
    const auto named = own["switch"].text();
    if (!own.present()) {
        return known == "fastmcp" ? fastmcp_profile() : agent_utilities_profile();
    }
    AuthProfile profile;
    profile.name = "custom";
    profile.mode_key = named.empty() && !off.empty() ? off.begin()->first : named;
    for (const auto& [key, value] : on) {
        const auto at = off.find(key);
        profile.keys.push_back(
            {key, value, at == off.end() ? std::nullopt : std::optional(at->second)});
    }
    return profile;
}

int percent_of(const std::string& text) {
    int value = 0;
    // The schema's pattern saw to the "%".
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

void bind_backends(FleetSpec& out, const Reader& spec) {
    const auto portainer = spec["portainer"];
    out.portainer = {
        portainer["url"].text(),
        portainer["environment"].text(),
        portainer["tokenRef"].reference()};
    const auto keycloak = spec["keycloak"];
    out.keycloak = {
        keycloak["url"].text(),
        keycloak["realm"].text(),
        keycloak["clientId"].text(),
        keycloak["clientSecretRef"].reference()};
    const auto openbao = spec["openbao"];
    out.openbao.url = openbao["url"].text();
    out.openbao.mount = openbao["mount"].text();
    out.openbao.name_space = openbao["namespace"].text();
    out.openbao.token = openbao["tokenRef"].reference();
    if (const auto login = openbao["appRole"]; login.present()) {
        out.openbao.app_role = AppRoleLogin{
            login["mount"].text(),
            login["roleIdRef"].reference(),
            login["secretIdRef"].reference()};
    }
    if (const auto login = openbao["jwtLogin"]; login.present()) {
        out.openbao.jwt_login = JwtLogin{
            login["mount"].text(),
            login["role"].text(),
            login["clientId"].text(),
            login["clientSecretRef"].reference()};
    }
    const auto eunomia = spec["eunomia"];
    out.eunomia = {eunomia["url"].text(), eunomia["apiKeyRef"].reference()};
}

void bind_optional_backends(FleetSpec& out, const Reader& spec) {
    if (const auto grafana = spec["grafana"]; grafana.present()) {
        out.grafana = GrafanaSpec{grafana["url"].text(), grafana["tokenRef"].reference()};
    }
    if (const auto prometheus = spec["prometheus"]; prometheus.present()) {
        out.prometheus = PrometheusSpec{prometheus["url"].text()};
    }
    if (const auto repo = spec["stackRepo"]; repo.present()) {
        out.stack_repo = StackRepoSpec{
            repo["username"].text(),
            repo["tokenRef"].reference(),
            repo["author"].text(),
            repo["sshKeyRef"].reference()};
    }
}

}  // namespace

FleetDocument bind_fleet(const Reader& document, const Origin& origin) {
    FleetDocument out;
    auto& fleet = out.spec;
    const auto spec = document["spec"];
    fleet.name = document["metadata"]["name"].text();
    fleet.origin = origin;
    fleet.registry = spec["registry"].text();
    const auto defaults = spec["defaults"];
    out.default_auth = defaults["auth"].text() == "jwt" ? AuthMode::Jwt : AuthMode::None;
    out.default_wave = defaults["wave"].text();
    out.default_policies = defaults["policy"].texts();
    out.url_pattern = spec["service"]["url"].text();
    out.health_pattern = spec["service"]["health"].text();
    bind_backends(fleet, spec);
    bind_optional_backends(fleet, spec);
    fleet.multiplexer = multiplexer_of(spec["multiplexer"]);
    fleet.jwt = jwt_of(spec["jwt"]);
    fleet.auth_profile = auth_profile_of(spec["authBlock"]);
    fleet.drift = spec["drift"].text() == "report" ? DriftPolicy::Report : DriftPolicy::Heal;
    fleet.prune = spec["prune"].boolean();
    const auto limits = spec["limits"];
    fleet.limits = {limits["maxDeletions"].integer(), percent_of(limits["maxShrink"].text())};
    if (const auto freeze = spec["freeze"]; freeze.present()) {
        fleet.freeze = FreezeSpec{
            freeze["reason"].text(), parse_rfc3339(freeze["until"].text()).value_or(Wall())};
    }
    fleet.watch = {spec["watch"]["every"].duration(), spec["watch"]["gates"].duration()};
    for (const auto& wave : spec["waves"].items()) {
        fleet.waves.push_back(wave_of(wave));
    }
    return out;
}

}  // namespace wavegate::desired
