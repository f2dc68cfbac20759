#include "tests/unit/desired/small_fleet.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wavegate::desired {
namespace {

/// One rule: a change of the good fleet, and all that is said about it.
struct Rule {
    std::string name;
    std::vector<Change> changes;
    std::string expected;
};

std::string service(const std::string& name, const std::string& spec) {
    return "apiVersion: wavegate.dev/v1\nkind: McpService\nmetadata: { name: " + name +
           " }\nspec:\n" + spec;
}

std::string policy(const std::string& name, const std::string& rules) {
    return "apiVersion: wavegate.dev/v1\nkind: EunomiaPolicy\nmetadata: { name: " + name +
           " }\nspec:\n  rules:\n" + rules;
}

std::string client(const std::string& name, const std::string& spec) {
    return "apiVersion: wavegate.dev/v1\nkind: OidcClient\nmetadata: { name: " + name +
           " }\nspec:\n" + spec;
}

constexpr const char* kMonitoring =
    "apiVersion: wavegate.dev/v1\nkind: Monitoring\nmetadata: { name: m }\nspec: ";

/// The good fleet logs in to its vault by JWT.
Change login_by(const std::string& login) {
    return {"fleet.yaml", "tokenRef: file:/run/bao", "jwtLogin: " + login};
}

/// The good fleet has an auth block of its own.
std::vector<Change> own_keys(const std::string& block) {
    return {{"fleet.yaml", "  waves:", "  authBlock: " + block + "\n  waves:"}};
}

class Rules : public ::testing::TestWithParam<Rule> {};

TEST_P(Rules, IsSaidExactlySo) {
    EXPECT_EQ(findings(small_fleet(GetParam().changes)), GetParam().expected);
}

std::string name_of(const ::testing::TestParamInfo<Rule>& info) {
    return info.param.name;
}

const std::vector<Rule>& structure() {
    static const std::vector<Rule> rules{
        {"UnknownField",
         {{"services.yaml", "auth: jwt", "auht: jwt"}},
         "services.yaml:5:3: McpService/searxng-mcp: spec.auht: unknown field; did you mean "
         "auth?\n"
         "services.yaml:5:3: McpService/searxng-mcp: spec.auth: is required\n"},
        {"UnknownFieldFarFromAll",
         {{"services.yaml", "auth: jwt", "auth: jwt\n  zzzzzz: 1"}},
         "services.yaml:6:3: McpService/searxng-mcp: spec.zzzzzz: unknown field; known are auth, "
         "modes, wave, policy, probe, env, envFrom, stack, service, child, url, health, image, "
         "compose, "
         "soak, deadline, suspend, exclude\n"},
        {"WrongType",
         {{"services.yaml", "wave: last", "wave: [ last ]"}},
         "services.yaml:12:9: McpService/portainer-mcp: spec.wave: must be text, not a list\n"},
        {"NumberWhereTextIsMeant",
         {{"services.yaml", "wave: last", "wave: last\n  env: { LEVEL: 5 }"}},
         "services.yaml:13:17: McpService/portainer-mcp: spec.env.LEVEL: must be text; put it in "
         "quotes\n"},
        {"YesWhereTextIsMeant",
         {{"services.yaml", "wave: last", "wave: last\n  env: { DEBUG: yes }"}},
         "services.yaml:13:17: McpService/portainer-mcp: spec.env.DEBUG: must be text; put it in "
         "quotes\n"},
        {"QuotedBoolean",
         {{"fleet.yaml", "  waves:", "  prune: \"true\"\n  waves:"}},
         "fleet.yaml:21:10: Fleet/homelab: spec.prune: must be true or false, without quotes\n"},
        {"EmptyValue",
         {{"services.yaml", "wave: last", "wave:"}},
         "services.yaml:12:3: McpService/portainer-mcp: spec.wave: is empty; give a value or "
         "remove the line\n"},
        {"MissingField",
         {{"client.yaml", "  audiences: [ agent-services ]\n", ""}},
         "client.yaml:5:3: OidcClient/mux: spec.audiences: is required\n"},
        {"MissingName",
         {{"client.yaml", "{ name: mux }", "{}"}},
         "client.yaml:3:11: OidcClient: metadata.name: is required\n"},
        {"NotOfTheEnum",
         {{"services.yaml", "auth: jwt", "auth: JWT"}},
         "services.yaml:5:9: McpService/searxng-mcp: spec.auth: must be jwt or none, not "
         "\"JWT\"\n"},
        {"NoDuration",
         {{"fleet.yaml", "soak: 6m", "soak: 6 minutes"}},
         "fleet.yaml:22:28: Fleet/homelab: spec.waves[0].soak: must be a duration, as 90s, 10m or "
         "1h30m\n"},
        {"NoUrl",
         {{"fleet.yaml", "url: http://mux.arpa/mcp", "url: mux.arpa"}},
         "fleet.yaml:13:10: Fleet/homelab: spec.multiplexer.url: must be a URL without user name "
         "and blanks, as http://host:8000/path\n"},
        {"BadName",
         {{"policy.yaml", "{ name: base }", "{ name: -base }"},
          {"fleet.yaml", "policy: [ base ]", "policy: [ -base ]"}},
         "policy.yaml:3:19: EunomiaPolicy/-base: metadata.name: \"-base\" must match "
         "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$\n"},
        {"NothingInFlight",
         {{"fleet.yaml", "soak: 6m", "soak: 6m, maxInFlight: 0"}},
         "fleet.yaml:22:45: Fleet/homelab: spec.waves[0].maxInFlight: must be at least 1\n"},
        {"NoWaves",
         {{"fleet.yaml",
           "  waves:\n    - { name: first, soak: 6m }\n    - { name: last, soak: 10m }\n",
           "  waves: []\n"}},
         "fleet.yaml:21:10: Fleet/homelab: spec.waves: must have at least 1 entry\n"},
        {"ShrinkWithoutPercent",
         {{"fleet.yaml", "  waves:", "  limits: { maxShrink: \"20\" }\n  waves:"}},
         "fleet.yaml:21:24: Fleet/homelab: spec.limits.maxShrink: \"20\" must match "
         "^(100|[1-9]?[0-9])%$\n"},
        {"UnknownKind",
         {{"services.yaml", "kind: McpService", "kind: McpServise"}},
         "services.yaml:2:7: kind: unknown kind \"McpServise\"; did you mean \"McpService\"?\n"},
        {"NoKind",
         {{"client.yaml", "kind: OidcClient\n", ""}},
         "client.yaml:1:1: kind: is required; known are EunomiaPolicy, Fleet, McpService, "
         "Monitoring, OidcClient\n"},
        {"OtherApiVersion",
         {{"client.yaml", "wavegate.dev/v1", "wavegate.dev/v2"}},
         "client.yaml:1:13: OidcClient/mux: apiVersion: must be wavegate.dev/v1, not "
         "\"wavegate.dev/v2\"\n"},
        {"NoMap",
         {{"extra.yaml", "", "- a\n- b\n"}},
         "extra.yaml:1:1: must be a map with apiVersion and kind\n"},
        {"DuplicateKey",
         {{"client.yaml", "  secret:", "  audiences: [ b ]\n  secret:"}},
         "client.yaml:6:3: duplicate key \"audiences\", first in line 5; remove one\n"},
        {"DuplicateDocument",
         {{"extra.yaml", "", service("searxng-mcp", "  auth: none\n")}},
         "services.yaml:3:19: McpService/searxng-mcp: metadata.name: duplicate document, first in "
         "extra.yaml:1; remove one\n"},
        {"SecondFleet",
         {{"more/fleet.yaml", "", small_fleet().files["fleet.yaml"]}},
         "more/fleet.yaml:2:7: Fleet/homelab: kind: a second Fleet, the first is in fleet.yaml:1; "
         "remove one\n"},
        {"NoFleet",
         {{"fleet.yaml", "", "# empty\n"}},
         ".: no Fleet document; exactly one is needed\n"},
        {"NoRegistry",
         {{"fleet.yaml", "registry: registry.yml", "registry: registri.yml"},
          {"registry.yml", "", ""}},
         "fleet.yaml:5:13: Fleet/homelab: spec.registry: no such YAML file in this folder: "
         "\"registri.yml\"\n"},
        {"Status",
         {{"client.yaml", "spec:", "status: { ready: true }\nspec:"}},
         "client.yaml:4:9: OidcClient/mux: status: is written by the operator and no part of the "
         "desired state; remove it\n"},
    };
    return rules;
}

const std::vector<Rule>& meaning() {
    static const std::vector<Rule> rules{
        {"MultiplexerIsNeverJwt",
         {{"extra.yaml", "", service("mcp-multiplexer", "  auth: jwt\n")}},
         "extra.yaml:5:9: McpService/mcp-multiplexer: spec.auth: the multiplexer can never be jwt, "
         "it is the client of the fleet; set none\n"},
        {"MultiplexerByItsStackIsNeverJwt",
         {{"extra.yaml",
           "",
           service(
               "wger-mcp", "  auth: jwt\n  stack: mcp-multiplexer\n  service: mcp-multiplexer\n")}},
         "extra.yaml:5:9: McpService/wger-mcp: spec.auth: the multiplexer can never be jwt, it is "
         "the client of the fleet; set none\n"},
        {"PortainerOutsideTheLastWave",
         {{"services.yaml", "wave: last", "wave: first"}},
         "services.yaml:12:9: McpService/portainer-mcp: spec.wave: portainer-mcp redeploys the "
         "others and must be in the last wave, \"last\"\n"},
        {"UnknownWave",
         {{"services.yaml", "wave: last", "wave: lasst"}},
         "services.yaml:12:9: McpService/portainer-mcp: spec.wave: unknown wave \"lasst\"; did you "
         "mean \"last\"?\n"},
        {"UnknownDefaultWave",
         {{"fleet.yaml", "wave: first", "wave: frist"},
          {"services.yaml", "wave: last", "wave: last"}},
         "fleet.yaml:6:21: Fleet/homelab: spec.defaults.wave: unknown wave \"frist\"; did you "
         "mean \"first\"?\n"},
        {"OpenWhatRefusesToStartSo",
         {{"services.yaml", "auth: jwt\n---", "auth: none\n  modes: [ jwt ]\n---"}},
         "services.yaml:5:9: McpService/searxng-mcp: spec.auth: its spec.modes have no none: it "
         "refuses to start open (as agent-utilities from 1.27.1 on does); set jwt, or remove this "
         "document to let it go as it is\n"},
        {"JwtOfWhatCanNotCheckTokens",
         {{"services.yaml", "auth: jwt\n---", "auth: jwt\n  modes: [ none ]\n---"}},
         "services.yaml:5:9: McpService/searxng-mcp: spec.auth: its spec.modes have no jwt: it "
         "can't check tokens; set none\n"},
        {"NoMode",
         {{"services.yaml", "auth: jwt\n---", "auth: jwt\n  modes: []\n---"}},
         "services.yaml:6:10: McpService/searxng-mcp: spec.modes: must have at least 1 entry\n"},
        {"UnknownProfile",
         {{"fleet.yaml", "  waves:", "  authBlock: { profile: fast-mcp }\n  waves:"}},
         "fleet.yaml:21:25: Fleet/homelab: spec.authBlock.profile: must be agent-utilities "
         "or fastmcp, not \"fast-mcp\"\n"},
        {"ProfileAndOwnKeys",
         own_keys("{ profile: fastmcp, custom: { on: { GATE: strict }, off: { GATE: lax } } }"),
         "fleet.yaml:21:14: Fleet/homelab: spec.authBlock: takes a profile or custom keys, not "
         "both\n"},
        {"OwnKeysWithoutASwitch",
         own_keys("{ custom: { on: { GATE: strict }, off: {} } }"),
         "fleet.yaml:21:53: Fleet/homelab: spec.authBlock.custom.off: names no switch: nothing "
         "would tell an open service from one that is not\n"},
        {"OwnKeysThatAreOffAlone",
         own_keys("{ custom: { on: { GATE: strict }, off: { GATE: lax, WALL: low } } }"),
         "fleet.yaml:21:53: Fleet/homelab: spec.authBlock.custom.off: has keys that stand not "
         "under on; give them there, too\n"},
        {"OwnSwitchesOfWhichNoneIsNamed",
         own_keys(
             "{ custom: { on: { GATE: strict, WALL: high }, off: { GATE: lax, WALL: low } } }"),
         "fleet.yaml:21:24: Fleet/homelab: spec.authBlock.custom: needs a switch: which of GATE, "
         "WALL says whether a service checks tokens?\n"},
        {"OwnSwitchThatIsNone",
         own_keys(
             "{ custom: { switch: WALL, on: { GATE: strict, WALL: x }, off: { GATE: lax } } }"),
         "fleet.yaml:21:34: Fleet/homelab: spec.authBlock.custom.switch: must be one of the keys "
         "under off; known are GATE\n"},
        {"OwnSwitchThatTellsNoMode",
         own_keys("{ custom: { on: { GATE: \"{issuer}\" }, off: { GATE: lax } } }"),
         "fleet.yaml:21:38: Fleet/homelab: spec.authBlock.custom.on.GATE: a switch takes a plain "
         "word: what stands there must tell its mode\n"},
        {"OwnSwitchThatIsOffInBothModes",
         own_keys("{ custom: { on: { GATE: none }, off: { GATE: lax } } }"),
         "fleet.yaml:21:38: Fleet/homelab: spec.authBlock.custom.on.GATE: says the same as off "
         "(unset, empty and none do, too); give another word\n"},
        {"OwnKeyWithAnUnknownPlaceholder",
         own_keys("{ custom: { on: { GATE: strict, URL: \"x{issuers}\" }, off: { GATE: lax } } }"),
         "fleet.yaml:21:51: Fleet/homelab: spec.authBlock.custom.on.URL: unknown placeholder "
         "\"{issuers}\"; known are {issuer}, {jwksUri}, {audience}, {eunomia}\n"},
        {"OwnKeyThatIsTheMultiplexers",
         own_keys("{ custom: { on: { OIDC_CLIENT_SECRET: x }, off: { OIDC_CLIENT_SECRET: z } } }"),
         "fleet.yaml:21:52: Fleet/homelab: spec.authBlock.custom.on.OIDC_CLIENT_SECRET: belongs to "
         "the multiplexer's outbound auth or to Wavegate; remove it\n"},
        {"OwnKeyThatIsNoVariable",
         own_keys("{ custom: { on: { GATE: strict, A-B: x }, off: { GATE: lax } } }"),
         "fleet.yaml:21:30: Fleet/homelab: spec.authBlock.custom.on: \"A-B\" is no name of a "
         "variable; letters, digits and _\n"},
        {"EnvThatIsOfTheOwnAuthBlock",
         {{"fleet.yaml",
           "  waves:",
           "  authBlock: { custom: { on: { GATE: strict }, off: { GATE: lax } } }\n  waves:"},
          {"services.yaml", "wave: last", "wave: last\n  env: { GATE: lax, AUTH_TYPE: basic }"}},
         "services.yaml:13:16: McpService/portainer-mcp: spec.env.GATE: belongs to spec.auth and "
         "the multiplexer's outbound auth; remove it\n"},
        {"JwtWithoutWave",
         {{"fleet.yaml", "wave: first, ", ""}},
         "services.yaml:5:3: McpService/searxng-mcp: spec.wave: a jwt service needs a wave; known "
         "are first, last\n"},
        {"UnknownPolicy",
         {{"services.yaml", "wave: last", "wave: last\n  policy: [ base, bases ]"}},
         "services.yaml:13:19: McpService/portainer-mcp: spec.policy[1]: unknown policy \"bases\"; "
         "did you mean \"base\"?\n"},
        {"UnknownDefaultPolicy",
         {{"fleet.yaml", "policy: [ base ]", "policy: [ other ]"}},
         "fleet.yaml:6:38: Fleet/homelab: spec.defaults.policy[0]: unknown policy \"other\"; known "
         "are base\n"},
        {"JwtWithoutPolicy",
         {{"services.yaml", "wave: last", "wave: last\n  policy: []"}},
         "services.yaml:13:11: McpService/portainer-mcp: spec.policy: a jwt service needs at least "
         "one policy that lets agent:mux in\n"},
        {"PolicyThatLetsNobodyIn",
         {{"policy.yaml", "[ \"agent:mux\" ]", "[ \"agent:other\" ]"}},
         "services.yaml:5:3: McpService/searxng-mcp: spec.policy: no rule of base lets agent:mux "
         "list and execute its tools; add one\n"
         "services.yaml:11:3: McpService/portainer-mcp: spec.policy: no rule of base lets "
         "agent:mux list and execute its tools; add one\n"},
        {"PolicyThatLetsListOnly",
         {{"policy.yaml", "[ \"agent:mux\" ]", "[ \"agent:mux\" ], actions: [ list ]"}},
         "services.yaml:5:3: McpService/searxng-mcp: spec.policy: no rule of base lets agent:mux "
         "execute its tools; add one\n"
         "services.yaml:11:3: McpService/portainer-mcp: spec.policy: no rule of base lets "
         "agent:mux execute its tools; add one\n"},
        {"PolicyForOtherServers",
         {{"policy.yaml", "[ \"agent:mux\" ]", "[ \"agent:mux\" ], servers: [ searxng-mcp ]"}},
         "services.yaml:11:3: McpService/portainer-mcp: spec.policy: no rule of base lets "
         "agent:mux list and execute its tools; add one\n"},
        {"DenyOfAnotherPolicy",
         {{"extra.yaml",
           "",
           policy(
               "strict",
               "    - { name: shut, effect: deny, principals: [ \"agent:mux\" ], servers: [ "
               "portainer-mcp ] }\n")}},
         "services.yaml:11:3: McpService/portainer-mcp: spec.policy: policy strict forbids "
         "agent:mux to list and execute its tools, and a deny beats every allow; change that "
         "rule\n"},
        {"UnknownClient",
         {{"fleet.yaml", "client: mux", "client: muxx"}},
         "fleet.yaml:14:13: Fleet/homelab: spec.multiplexer.client: no OidcClient document "
         "\"muxx\"; did you mean \"mux\"?\n"},
        {"NoClientThoughServicesEnforce",
         {{"fleet.yaml", "    client: mux\n", ""},
          {"services.yaml", "  auth: jwt\n  wave: last", "  auth: none\n  wave: last"}},
         "services.yaml:5:9: McpService/searxng-mcp: spec.auth: nobody could call a jwt service: "
         "name the OidcClient document whose tokens the multiplexer sends in "
         "spec.multiplexer.client of the Fleet\n"},
        {"NoClientOfAFleetThatIsOpen",
         {{"fleet.yaml", "    client: mux\n", ""},
          {"services.yaml", "auth: jwt", "auth: none"},
          {"services.yaml", "auth: jwt", "auth: none"}},
         ""},
        {"TheOperatorsOwnClient",
         {{"extra.yaml",
           "",
           client(
               "loot",
               "  clientId: wavegate\n  audiences: [ a ]\n  secret: { path: loot/oidc }\n")}},
         "extra.yaml:5:13: OidcClient/loot: spec.clientId: is the operator's own client, never a "
         "document's; name another\n"},
        {"AClientOfKeycloaks",
         {{"extra.yaml",
           "",
           client("realm-management", "  audiences: [ a ]\n  secret: { path: loot/oidc }\n")}},
         "extra.yaml:5:3: OidcClient/realm-management: spec.clientId: is a client that Keycloak "
         "makes for itself, never a document's; name another\n"},
        {"UnknownService",
         {{"extra.yaml", "", service("github-mpc", "  auth: none\n")}},
         "extra.yaml:3:19: McpService/github-mpc: metadata.name: the registry lists no such "
         "service, and the document gives no spec.image; did you mean \"github-mcp\"?\n"},
        {"UnknownServerInARule",
         {{"policy.yaml", "[ \"agent:mux\" ]", "[ \"agent:mux\" ], servers: [ \"*\", searxng ]"}},
         "policy.yaml:7:81: EunomiaPolicy/base: spec.rules[1].servers[0]: \"*\" is all already; "
         "keep it alone or remove it\n"
         "policy.yaml:7:86: EunomiaPolicy/base: spec.rules[1].servers[1]: unknown service "
         "\"searxng\"; known are github-mcp, portainer-mcp, searxng-mcp, wger-mcp\n"},
        {"SoakShorterThanAToken",
         {{"fleet.yaml", "soak: 6m", "soak: 5m14s"}},
         "fleet.yaml:22:28: Fleet/homelab: spec.waves[0].soak: must be at least 5m15s, the token "
         "lifetime and 15s: a frozen token passes the first probe and dies later; lengthen it or "
         "set allowShortSoak\n"},
        {"SoakOfAServiceShorterThanAToken",
         {{"services.yaml", "wave: last", "wave: last\n  soak: 1m"}},
         "services.yaml:13:9: McpService/portainer-mcp: spec.soak: must be at least 5m15s, the "
         "token lifetime and 15s; lengthen it or remove it\n"},
        {"WatchedTooSeldom",
         {{"fleet.yaml", "  waves:", "  watch: { every: 61m }\n  waves:"}},
         "fleet.yaml:21:19: Fleet/homelab: spec.watch.every: must be from 1m to 1h: each round "
         "asks every service, and what is older is no proof\n"},
        {"GatesWatchedLessThanServices",
         {{"fleet.yaml", "  waves:", "  watch: { every: 2m, gates: 3m }\n  waves:"}},
         "fleet.yaml:21:30: Fleet/homelab: spec.watch.gates: must be from 10s to 2m, as "
         "`every`\n"},
        {"NoDeadline",
         {{"fleet.yaml", "soak: 6m", "soak: 6m, deadline: 0s"},
          {"services.yaml", "wave: last", "wave: last\n  deadline: 0s"}},
         "fleet.yaml:22:42: Fleet/homelab: spec.waves[0].deadline: must be longer than 0s, or "
         "nothing ever converges\n"
         "services.yaml:13:13: McpService/portainer-mcp: spec.deadline: must be longer than 0s, or "
         "nothing ever converges\n"},
        {"ReservedEnv",
         {{"services.yaml",
           "wave: last",
           "wave: last\n  env: { AUTH_TYPE: none, OIDC_CLIENT_SECRET: x }"}},
         "services.yaml:13:21: McpService/portainer-mcp: spec.env.AUTH_TYPE: belongs to spec.auth "
         "and the multiplexer's outbound auth; remove it\n"
         "services.yaml:13:47: McpService/portainer-mcp: spec.env.OIDC_CLIENT_SECRET: belongs to "
         "spec.auth and the multiplexer's outbound auth; remove it\n"},
        {"EnvNameThatIsNone",
         {{"services.yaml", "wave: last", "wave: last\n  env: { \"A-B\": x }"}},
         "services.yaml:13:8: McpService/portainer-mcp: spec.env: \"A-B\" is no name of a "
         "variable; letters, digits and _\n"},
        {"EnvFileOutside",
         {{"services.yaml", "wave: last", "wave: last\n  envFrom: [ { file: a/../../.env } ]"}},
         "services.yaml:13:22: McpService/portainer-mcp: spec.envFrom[0].file: must stay below the "
         "operator's envRoot; remove the ..\n"},
        {"SecretByName",
         {{"services.yaml", "wave: last", "wave: last\n  env: { GITHUB_TOKEN: hunter2 }"}},
         "services.yaml:13:24: McpService/portainer-mcp: spec.env.GITHUB_TOKEN: looks like a "
         "secret by its name; put it into an env file and name that under spec.envFrom\n"},
        {"SecretByShape",
         {{"services.yaml",
           "wave: last",
           "wave: last\n  env: { OPTS: \"--key=ghp_0123456789abcdef0123\" }"}},
         "services.yaml:13:16: McpService/portainer-mcp: spec.env.OPTS: looks like a secret; put a "
         "reference here or move it to an env file outside\n"},
        {"SecretInAUrl",
         {{"services.yaml", "wave: last", "wave: last\n  env: { DB: \"postgres://u:p@db/x\" }"}},
         "services.yaml:13:14: McpService/portainer-mcp: spec.env.DB: looks like a secret; put a "
         "reference here or move it to an env file outside\n"},
        {"SecretInsteadOfAReference",
         {{"fleet.yaml", "tokenRef: env:PT", "tokenRef: ptr_0123456789abcdef0123"}},
         "fleet.yaml:8:75: Fleet/homelab: spec.portainer.tokenRef: must be a reference (env:NAME, "
         "file:/path or openbao:mount/path#key), never the secret itself\n"},
        {"VaultTokenInTheVault",
         {{"fleet.yaml", "tokenRef: file:/run/bao", "tokenRef: \"openbao:kv/a#b\""}},
         "fleet.yaml:10:51: Fleet/homelab: spec.openbao.tokenRef: can't stand in the vault that it "
         "opens; use env: or file:\n"},
        {"NamespaceWithSlashesAround",
         {{"fleet.yaml", "tokenRef: file:/run/bao", "namespace: /ns1/, tokenRef: file:/run/bao"}},
         "fleet.yaml:10:52: Fleet/homelab: spec.openbao.namespace: \"/ns1/\" must match "
         "^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$\n"},
        {"VaultWithoutLogin",
         {{"fleet.yaml", ", tokenRef: file:/run/bao", ""}},
         "fleet.yaml:10:12: Fleet/homelab: spec.openbao: has no way to log in; add one of "
         "tokenRef, appRole and jwtLogin\n"},
        {"VaultWithTwoLogins",
         {{"fleet.yaml",
           "tokenRef: file:/run/bao",
           "tokenRef: env:T, appRole: { roleIdRef: env:R, secretIdRef: env:S }"}},
         "fleet.yaml:10:12: Fleet/homelab: spec.openbao: has more than one way to log in; keep one "
         "of tokenRef, appRole and jwtLogin\n"},
        {"VaultLoginWithoutAClientOfItsOwn",
         {login_by("{ role: w }")},
         "fleet.yaml:10:51: Fleet/homelab: spec.openbao.jwtLogin.clientId: is required: the token "
         "of a login is a client's of its own now, which may do nothing in Keycloak; write "
         "clientId: wavegate-vault, clientSecretRef: \"env:KC_VAULT\" beside the role, and { ref: "
         "\"env:KC_VAULT\", to: [ \"https://keycloak.arpa\" ] } into the references of "
         "operator.yaml\n"
         "fleet.yaml:10:51: Fleet/homelab: spec.openbao.jwtLogin.clientSecretRef: is required\n"},
        {"VaultLoginWithAClientOfAnotherType",
         {login_by("{ role: w, clientId: [] }")},
         "fleet.yaml:10:51: Fleet/homelab: spec.openbao.jwtLogin.clientSecretRef: is required\n"
         "fleet.yaml:10:72: Fleet/homelab: spec.openbao.jwtLogin.clientId: must be text, not a "
         "list\n"},
        {"VaultLoginWithoutItsSecret",
         {login_by("{ role: w, clientId: v }")},
         "fleet.yaml:10:51: Fleet/homelab: spec.openbao.jwtLogin.clientSecretRef: is required\n"},
        {"VaultLoginOfTheOperatorsOwnClient",
         {login_by("{ role: w, clientId: Wavegate, clientSecretRef: env:V }")},
         "fleet.yaml:10:72: Fleet/homelab: spec.openbao.jwtLogin.clientId: is the operator's own "
         "client; name one that has no purpose but this login\n"},
        {"VaultLoginOfABuiltInClient",
         {login_by("{ role: w, clientId: admin-cli, clientSecretRef: env:V }")},
         "fleet.yaml:10:72: Fleet/homelab: spec.openbao.jwtLogin.clientId: is a client that "
         "Keycloak makes for itself; name one that has no purpose but this login\n"},
        {"VaultLoginOfADocumentsClient",
         {login_by("{ role: w, clientId: MUX, clientSecretRef: env:V }")},
         "fleet.yaml:10:72: Fleet/homelab: spec.openbao.jwtLogin.clientId: is the client of "
         "OidcClient/mux; name one that has no purpose but this login\n"},
        {"VaultLoginsSecretInTheVault",
         {login_by("{ role: w, clientId: v, clientSecretRef: \"openbao:kv/a#b\" }")},
         "fleet.yaml:10:92: Fleet/homelab: spec.openbao.jwtLogin.clientSecretRef: can't stand in "
         "the "
         "vault that it opens; use env: or file:\n"},
        {"SecretIdInTheVault",
         {{"fleet.yaml",
           "tokenRef: file:/run/bao",
           "appRole: { roleIdRef: env:R, secretIdRef: \"openbao:kv/a#b\" }"}},
         "fleet.yaml:10:83: Fleet/homelab: spec.openbao.appRole.secretIdRef: can't stand in the "
         "vault that it opens; use env: or file:\n"},
        {"ReferenceIntoAnotherMount",
         {{"fleet.yaml", "tokenRef: env:PT", "tokenRef: \"openbao:other/portainer#token\""}},
         "fleet.yaml:8:75: Fleet/homelab: spec.portainer.tokenRef: must stand below \"kv\", the "
         "mount "
         "of spec.openbao: openbao:kv/path#key\n"},
        {"StackRepoWithoutAWayIn",
         {{"fleet.yaml", "  waves:", "  stackRepo: { author: a <a@b> }\n  waves:"}},
         "fleet.yaml:21:14: Fleet/homelab: spec.stackRepo: has no way in; add username and "
         "tokenRef "
         "for https, or sshKeyRef for ssh\n"},
        {"StackRepoTokenWithoutUser",
         {{"fleet.yaml", "  waves:", "  stackRepo: { tokenRef: env:G }\n  waves:"}},
         "fleet.yaml:21:14: Fleet/homelab: spec.stackRepo: username and tokenRef go together, for "
         "https\n"},
        {"StackRepoUserWithoutToken",
         {{"fleet.yaml", "  waves:", "  stackRepo: { username: u, sshKeyRef: file:/k }\n  waves:"}},
         "fleet.yaml:21:14: Fleet/homelab: spec.stackRepo: username and tokenRef go together, for "
         "https\n"},
        {"StackRepoTokenOutsideTheMount",
         {{"fleet.yaml",
           "  waves:",
           "  stackRepo: { username: u, tokenRef: \"openbao:other/git#token\" }\n  waves:"}},
         "fleet.yaml:21:39: Fleet/homelab: spec.stackRepo.tokenRef: must stand below \"kv\", the "
         "mount "
         "of spec.openbao: openbao:kv/path#key\n"},
        {"ReferenceWithoutKey",
         {{"fleet.yaml", "tokenRef: env:PT", "tokenRef: openbao:kv/portainer"}},
         "fleet.yaml:8:75: Fleet/homelab: spec.portainer.tokenRef: must be a reference (env:NAME, "
         "file:/path or openbao:mount/path#key), never the secret itself\n"},
        {"ProbeArgumentsWithoutTool",
         {{"services.yaml", "wave: last", "wave: last\n  probe: { arguments: { q: x } }"}},
         "services.yaml:13:23: McpService/portainer-mcp: spec.probe.arguments: the probe auto "
         "takes none; name a tool or remove them\n"},
        {"AudienceOfTheClient",
         {{"client.yaml", "[ agent-services ]", "[ mcp-fleet ]"}},
         "client.yaml:5:14: OidcClient/mux: spec.audiences: the multiplexer's tokens must be for "
         "\"agent-services\", the audience of the fleet; add it\n"},
        {"PrincipalOfTheToken",
         {{"fleet.yaml", "uri: \"agent:mux\"", "uri: \"agent:mux2\", from: jwt"},
          {"policy.yaml", "[ \"agent:mux\" ]", "[ \"agent:mux2\" ]"}},
         "fleet.yaml:15:23: Fleet/homelab: spec.multiplexer.principal.uri: services that read the "
         "token see \"agent:mux\", not \"agent:mux2\"\n"},
        {"ClientsOfOneId",
         {{"extra.yaml",
           "",
           client("other", "  clientId: mux\n  audiences: [ a ]\n  secret: { path: mux/oidc }\n")}},
         "extra.yaml:5:13: OidcClient/other: spec.clientId: is the id of OidcClient/mux too; give "
         "each its own\n"
         "extra.yaml:7:19: OidcClient/other: spec.secret.path: is used by OidcClient/mux too; give "
         "each its own\n"},
        {"TokenThatNeverLives",
         {{"client.yaml", "  secret:", "  tokenLifespan: 0s\n  secret:"}},
         "client.yaml:6:18: OidcClient/mux: spec.tokenLifespan: must be longer than 0s, as 5m\n"},
        {"NamesAlikeAsSlugs",
         {{"extra.yaml",
           "",
           policy(
               "Base",
               "    - { name: a.b, effect: deny, principals: [ \"agent:x\" ] }\n    - { name: a-b, "
               "effect: deny, principals: [ \"agent:x\" ] }\n")}},
         "extra.yaml:7:15: EunomiaPolicy/Base: spec.rules[1].name: \"a.b\" and \"a-b\" both "
         "shorten to \"a-b\"; rename one\n"
         "policy.yaml:3:19: EunomiaPolicy/base: metadata.name: \"Base\" and \"base\" both shorten "
         "to \"base\"; rename one\n"},
        {"WavesOfOneName",
         {{"fleet.yaml", "name: last", "name: first"},
          {"services.yaml", "wave: last", "wave: first"}},
         "fleet.yaml:23:15: Fleet/homelab: spec.waves[1].name: a second \"first\"; give each its "
         "own name\n"},
        {"AllowOfNobody",
         {{"policy.yaml", "effect: deny", "effect: allow"}},
         "policy.yaml:6:58: EunomiaPolicy/base: spec.rules[0].principals[0]: \"agent:unknown\" is "
         "whoever gives no name; only a deny may be about it\n"
         "policy.yaml:6:75: EunomiaPolicy/base: spec.rules[0].principals[1]: \"agent:\" is whoever "
         "gives no name; only a deny may be about it\n"},
        {"PatternInARule",
         {{"policy.yaml",
           "[ \"agent:mux\" ]",
           "[ \"agent:mux\", \"agent:*\" ], tools: [ \"get_*\" ], servers: [ \"*\", searxng-mcp "
           "]"}},
         "policy.yaml:7:68: EunomiaPolicy/base: spec.rules[1].principals[1]: principals are exact, "
         "no patterns; name each of them\n"
         "policy.yaml:7:90: EunomiaPolicy/base: spec.rules[1].tools[0]: \"get_*\" is a pattern; "
         "give full names, or \"*\" alone\n"
         "policy.yaml:7:112: EunomiaPolicy/base: spec.rules[1].servers[0]: \"*\" is all already; "
         "keep it alone or remove it\n"},
        {"DefaultOfAPolicy",
         {{"policy.yaml", "  rules:", "  defaultEffect: deny\n  rules:"}},
         "policy.yaml:5:3: EunomiaPolicy/base: spec.defaultEffect: there is no default to set, no "
         "rule means deny; remove it\n"},
        {"UnknownPlaceholder",
         {{"fleet.yaml", "{name}", "{nmae}"}},
         "fleet.yaml:7:19: Fleet/homelab: spec.service.url: unknown placeholder \"{nmae}\"; known "
         "are {name}, {host_port} and {container_port}\n"},
        {"PatternWithoutPort",
         {{"fleet.yaml", "http://{name}.arpa/mcp", "http://h:{host_port}/mcp"},
          {"registry.yml", ", host_port: 8204", ""}},
         "registry.yml:7:5: registry/wger-mcp: host_port: the fleet's pattern needs a port that is "
         "not here; add it or change the pattern\n"},
        {"TwoServicesInOnePlace",
         {{"extra.yaml",
           "",
           service(
               "wger-mcp",
               "  auth: none\n  stack: searxng-mcp\n  service: searxng-mcp\n  child: "
               "github-mcp\n")}},
         "extra.yaml:7:12: McpService/wger-mcp: spec.service: service searxng-mcp of stack "
         "searxng-mcp is that of searxng-mcp already; set spec.stack, spec.service or spec.child\n"
         "extra.yaml:8:10: McpService/wger-mcp: spec.child: child github-mcp of the multiplexer is "
         "that of github-mcp already; set spec.stack, spec.service or spec.child\n"},
        {"DefaultJwtReachesPortainer",
         {{"fleet.yaml", "defaults: { ", "defaults: { auth: jwt, "},
          {"services.yaml", "", "# none\n"}},
         "fleet.yaml:6:13: Fleet/homelab: spec.defaults: service portainer-mcp: portainer-mcp "
         "redeploys the others and must be in the last wave, \"last\"\n"},
    };
    return rules;
}

const std::vector<Rule>& unsupported() {
    static const std::vector<Rule> rules{
        {"Approval",
         {{"fleet.yaml", "soak: 10m", "soak: 10m, approval: required"}},
         "fleet.yaml:23:42: Fleet/homelab: spec.waves[1].approval: is not supported yet; remove it "
         "(the wave starts by itself)\n"},
        {"Approvals",
         {{"fleet.yaml", "  waves:", "  approvals: []\n  waves:"}},
         "fleet.yaml:21:3: Fleet/homelab: spec.approvals: is not supported yet; remove it, waves "
         "start by themselves\n"},
        {"Window",
         {{"fleet.yaml", "soak: 10m", "soak: 10m, window: { days: [ sat ] }"}},
         "fleet.yaml:23:40: Fleet/homelab: spec.waves[1].window: is not supported yet; remove it "
         "(the wave starts at any time)\n"},
        {"Windows",
         {{"fleet.yaml", "soak: 10m", "soak: 10m, windows: []"}},
         "fleet.yaml:23:32: Fleet/homelab: spec.waves[1].windows: is not supported yet; remove it, "
         "waves start at any time\n"},
        {"Analysis",
         {{"fleet.yaml", "soak: 10m", "soak: 10m, analysis: [ { name: e, query: up } ]"}},
         "fleet.yaml:23:42: Fleet/homelab: spec.waves[1].analysis: is not supported yet; remove it "
         "(the gates and the soak decide)\n"},
        {"Suspend",
         {{"services.yaml",
           "wave: last",
           "wave: last\n  suspend: { reason: x, until: \"2026-01-01T00:00:00Z\" }"}},
         "services.yaml:13:12: McpService/portainer-mcp: spec.suspend: is not supported yet; "
         "remove it (pause the rollout where it must wait)\n"},
        {"Exclude",
         {{"services.yaml",
           "wave: last",
           "wave: last\n  exclude: { reason: x, until: \"2026-01-01T00:00:00Z\" }"}},
         "services.yaml:13:12: McpService/portainer-mcp: spec.exclude: is not supported yet; "
         "remove it (to let the service go, remove its document)\n"},
        {"Compose",
         {{"services.yaml", "wave: last", "wave: last\n  compose: a/compose.yml"}},
         "services.yaml:13:12: McpService/portainer-mcp: spec.compose: is not supported yet; "
         "remove it (the stack's own compose file is used)\n"},
        {"Rotation",
         {{"client.yaml", "  secret:", "  rotation: { every: 30d }\n  secret:"}},
         "client.yaml:6:13: OidcClient/mux: spec.rotation: is not supported yet; remove it (rotate "
         "the secret by hand)\n"},
        {"MonitoringReload",
         {{"extra.yaml",
           "",
           std::string(kMonitoring) +
               "{ rules: { file: /m/r.yml, prometheus: { reload: true } } }\n"}},
         "extra.yaml:4:46: Monitoring/m: spec.rules.prometheus: is not supported yet; remove it "
         "(reload Prometheus by hand)\n"},
        {"MonitoringTwice",
         {{"extra.yaml",
           "",
           std::string(kMonitoring) + "{}\n---\napiVersion: wavegate.dev/v1\nkind: Monitoring\n"
                                      "metadata: { name: n }\nspec: {}\n"}},
         "extra.yaml:8:19: Monitoring/n: metadata.name: a second Monitoring, the first is in "
         "extra.yaml:1; a fleet has one\n"},
        {"MonitoringPathThatClimbs",
         {{"extra.yaml", "", std::string(kMonitoring) + "{ targets: { file: /m/../t.json } }\n"}},
         "extra.yaml:4:26: Monitoring/m: spec.targets.file: must be an absolute path without . and "
         "..\n"},
        {"MonitoringPathTwice",
         {{"extra.yaml",
           "",
           std::string(kMonitoring) +
               "{ targets: { file: /m/t.json }, dashboards: { folder: /m }, collectors: { folder: "
               "/m } }\n"}},
         "extra.yaml:4:89: Monitoring/m: spec.collectors.folder: \"/m\" is that of "
         "spec.dashboards.folder already\n"},
        {"MonitoringJobsWithoutTargets",
         {{"extra.yaml", "", std::string(kMonitoring) + "{ collectors: { folder: /m/c } }\n"}},
         "extra.yaml:4:21: Monitoring/m: spec.collectors: Prometheus' jobs read the targets; add "
         "spec.targets.file\n"},
        {"Proxy",
         {{"fleet.yaml", "tokenRef: env:PT", "tokenRef: env:PT, proxy: http://p"}},
         "fleet.yaml:8:83: Fleet/homelab: spec.portainer.proxy: stands in operator.yaml, as proxy, "
         "for all systems\n"},
        {"ClientCertificate",
         {{"fleet.yaml", "tokenRef: env:PT", "tokenRef: env:PT, clientCertificate: file:/c"}},
         "fleet.yaml:8:83: Fleet/homelab: spec.portainer.clientCertificate: stands in "
         "operator.yaml, "
         "as clientCertificateFile and clientKeyFile, for all systems\n"},
        {"SshKeyAsAFile",
         {{"fleet.yaml",
           "  waves:",
           "  stackRepo: { username: u, tokenRef: env:G, sshKeyFile: /k }\n  waves:"}},
         "fleet.yaml:21:46: Fleet/homelab: spec.stackRepo.sshKeyFile: is called sshKeyRef here: "
         "file:/path of the private key, one of the references of operator.yaml\n"},
        {"KnownHosts",
         {{"fleet.yaml",
           "  waves:",
           "  stackRepo: { sshKeyRef: file:/k, knownHostsFile: /h }\n  waves:"}},
         "fleet.yaml:21:36: Fleet/homelab: spec.stackRepo.knownHostsFile: stands in operator.yaml, "
         "as knownHostsFile\n"},
    };
    return rules;
}

INSTANTIATE_TEST_SUITE_P(Structure, Rules, ::testing::ValuesIn(structure()), name_of);
INSTANTIATE_TEST_SUITE_P(Meaning, Rules, ::testing::ValuesIn(meaning()), name_of);
INSTANTIATE_TEST_SUITE_P(Unsupported, Rules, ::testing::ValuesIn(unsupported()), name_of);

}  // namespace
}  // namespace wavegate::desired
