#include "operator/settings/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace wavegate::settings {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

Environment variables(std::map<std::string, std::string> set) {
    return [set = std::move(set)](const std::string& name) {
        const auto found = set.find(name);
        return found == set.end() ? std::nullopt : std::optional<std::string>(found->second);
    };
}

std::vector<std::string> texts(const ParsedConfig& parsed) {
    std::vector<std::string> all;
    for (const auto& diagnostic : parsed.found) {
        all.push_back(to_text(diagnostic));
    }
    return all;
}

ParsedConfig read(const std::string& text, std::map<std::string, std::string> set = {}) {
    return parse_config("etc/operator.yaml", text, variables(std::move(set)));
}

TEST(Configuration, ReadsEveryFieldOfTheContract) {
    const auto parsed = read(
        "source: { git: { url: \"https://git.arpa/fleet.git\", branch: live, path: fleet,"
        " tokenRef: \"env:GIT\", interval: 30s,"
        " webhookSecretRef: \"file:/run/hook\" } }\n"
        "store: { sqlite: /var/lib/w.db }\n"
        "listen: \"[::1]:9000\"\n"
        "auth: { tokenRef: \"file:/run/api\", reads: token }\n"
        "references:\n"
        "  - { ref: \"env:KC\", to: [ \"https://keycloak.arpa\", \"http://10.0.0.5:*\" ] }\n"
        "  - { ref: \"env:SEARXNG_KEY\", services: [ searxng-mcp ] }\n"
        "tokens: { keycloak: [ \"https://openbao.arpa\" ] }\n"
        "probes: [ \"http://*.arpa\" ]\n"
        "clients: { mux: { stacks: [ mux-stack ], paths: [ mux/oidc ] } }\n"
        "env: { portainer-mcp: [ LOG_LEVEL ] }\n"
        "envRoot: /srv/agents\n"
        "envFiles: { ./shared/common.env: [ a-mcp, b-mcp ], c-mcp/.env: d-mcp }\n"
        "log: { level: warn, format: json }\n");

    ASSERT_THAT(texts(parsed), IsEmpty());
    const auto& config = parsed.config;
    EXPECT_EQ(config.git.url, "https://git.arpa/fleet.git");
    EXPECT_EQ(config.git.branch, "live");
    EXPECT_EQ(config.git.path, "fleet");
    EXPECT_EQ(config.git.token.text, "env:GIT");
    EXPECT_EQ(config.git.webhook_secret.text, "file:/run/hook");
    EXPECT_EQ(config.interval, std::chrono::seconds(30));
    EXPECT_EQ(config.database, "/var/lib/w.db");
    EXPECT_EQ(config.listen, "[::1]:9000");
    EXPECT_EQ(config.token.text, "file:/run/api");
    EXPECT_TRUE(config.reads_need_token);
    const auto& access = config.access;
    ASSERT_THAT(access.references, SizeIs(2));
    EXPECT_EQ(access.references[0].pattern, "env:KC");
    EXPECT_EQ(to_text(access.references[0].to), "https://keycloak.arpa, http://10.0.0.5:*");
    EXPECT_THAT(access.references[1].services, ElementsAre("searxng-mcp"));
    EXPECT_EQ(to_text(access.keycloak_token), "https://openbao.arpa");
    EXPECT_EQ(to_text(access.probes), "http://*.arpa");
    EXPECT_THAT(access.clients.at("mux").stacks, ElementsAre("mux-stack"));
    EXPECT_THAT(access.clients.at("mux").paths, ElementsAre("mux/oidc"));
    EXPECT_THAT(access.env.at("portainer-mcp"), ElementsAre("LOG_LEVEL"));
    EXPECT_THAT(access.own, ElementsAre("env:GIT", "file:/run/hook", "file:/run/api"));
    EXPECT_EQ(config.env_root, "/srv/agents");
    EXPECT_THAT(config.env_files.at("shared/common.env"), ElementsAre("a-mcp", "b-mcp"));
    EXPECT_THAT(config.env_files.at("c-mcp/.env"), ElementsAre("d-mcp"));
    EXPECT_EQ(config.log_level, log::Level::Warn);
    EXPECT_EQ(config.log_format, log::Format::Json);
}

/// "anna: operator approver by anna@example.org with file:/run/anna"
std::string told(const TokenConfig& token) {
    auto text = token.person.name + ":";
    for (const auto role : token.person.roles) {
        text += " " + std::string(to_string(role));
    }
    for (const auto& author : token.person.authors) {
        text += " by " + author;
    }
    return text + " with " + token.token.text;
}

TEST(Configuration, KnowsWhoActsByTheirToken) {
    const auto parsed = read(
        "source: { folder: x }\n"
        "auth:\n"
        "  tokens:\n"
        "    - { name: anna, roles: [ operator, approver ], authors: [ anna@example.org ],\n"
        "        tokenRef: \"file:/run/anna\" }\n"
        "    - { name: grafana, roles: viewer, tokenRef: \"env:GRAFANA\" }\n"
        "  tokenRef: \"file:/run/api\"\n");

    ASSERT_THAT(texts(parsed), IsEmpty());
    const auto bearers = bearers_of(parsed.config);
    ASSERT_THAT(bearers, SizeIs(3));
    EXPECT_EQ(told(bearers[0]), "anna: operator approver by anna@example.org with file:/run/anna");
    EXPECT_EQ(told(bearers[1]), "grafana: viewer with env:GRAFANA");
    EXPECT_EQ(told(bearers[2]), "operator: viewer operator approver with file:/run/api");
    EXPECT_THAT(
        parsed.config.access.own, ElementsAre("file:/run/anna", "env:GRAFANA", "file:/run/api"));
}

TEST(Configuration, TakesTokensOfAVariableInTheFilesPlace) {
    const auto parsed = parse_config(
        "etc/operator.yaml",
        "source: { folder: x }\nauth: { tokens: [ { name: a, roles: viewer, tokenRef: env:A } ] "
        "}\n",
        [](const std::string& name) {
            return name == "WAVEGATE_AUTH_TOKENS"
                       ? std::optional<std::string>(
                             "anna@ref:file:/run/anna|role:operator|author:anna@example.org")
                       : std::nullopt;
        });
    ASSERT_THAT(texts(parsed), IsEmpty());
    ASSERT_THAT(parsed.config.tokens, SizeIs(1));
    EXPECT_EQ(
        told(parsed.config.tokens[0]), "anna: operator by anna@example.org with file:/run/anna");
}

TEST(Configuration, SaysWhatIsWrongWithATokenAndQuotesNone) {
    const auto parsed = read(
        "source: { folder: x }\n"
        "auth:\n"
        "  tokens:\n"
        "    - { roles: viewer, tokenRef: \"env:A\" }\n"
        "    - { name: anna, tokenRef: \"env:A\" }\n"
        "    - { name: anna, roles: admin, tokenRef: \"env:A\" }\n"
        "    - { name: anna, roles: viewer, tokenRef: s3cret }\n"
        "    - { name: anna, roles: viewer, tokenRef: \"openbao:a#b\" }\n"
        "    - { name: operator, roles: viewer, tokenRef: \"env:A\" }\n"
        "    - { name: anna, role: viewer, tokenRef: \"env:A\" }\n"
        "    - anna\n");
    const auto found = texts(parsed);
    ASSERT_THAT(found, SizeIs(8));
    EXPECT_THAT(found[0], AllOf(HasSubstr("etc/operator.yaml:4:7"), HasSubstr("has no name")));
    EXPECT_THAT(found[1], HasSubstr("has no roles: viewer, operator, approver"));
    EXPECT_THAT(found[2], HasSubstr("none of viewer, operator, approver"));
    EXPECT_THAT(found[3], AllOf(HasSubstr("has no tokenRef"), Not(HasSubstr("s3cret"))));
    EXPECT_THAT(found[4], HasSubstr("can't stand in OpenBao"));
    EXPECT_THAT(found[5], HasSubstr("there is another operator already"));
    EXPECT_THAT(found[6], HasSubstr("did you mean \"roles\"?"));
    EXPECT_THAT(found[7], HasSubstr("is no { name: NAME"));
}

TEST(Configuration, TakesRelativePathsFromTheFilesOwnFolder) {
    const auto parsed = read("source: { folder: desired }\nstore: { sqlite: wavegate.db }\n");

    EXPECT_EQ(parsed.config.folder, "etc/desired");
    EXPECT_EQ(parsed.config.database, "etc/wavegate.db");
}

TEST(Configuration, NamesAnUnknownFieldWithItsPlaceAndTheNearestOne) {
    const auto parsed = read("source:\n  git: { url: \"file:///r\", brunch: main }\n");

    EXPECT_THAT(
        texts(parsed),
        ElementsAre(
            AllOf(HasSubstr("etc/operator.yaml:2:28"), HasSubstr("did you mean \"branch\"?"))));
}

TEST(Configuration, FindsAllErrorsAtOnce) {
    const auto parsed = read(
        "source: { folder: x }\nlisten: everywhere\nlog: { level: loud }\nreferences: [ plain ]\n");

    EXPECT_THAT(texts(parsed), SizeIs(3));
}

TEST(Configuration, SaysWhichFilesOfEnvRootGoToNobodyOrCannotBeThere) {
    const auto parsed = read(
        "source: { folder: x }\n"
        "envFiles:\n"
        "  ../secrets.env: [ a-mcp ]\n"
        "  /etc/passwd: [ a-mcp ]\n"
        "  shared/: [ a-mcp ]\n"
        "  shared/none.env: []\n"
        "  shared/map.env: { a-mcp: yes }\n"
        "  shared/good.env: a-mcp\n");
    EXPECT_THAT(
        texts(parsed),
        ElementsAre(
            "etc/operator.yaml:3:3: envFiles.../secrets.env: names no file below envRoot, like "
            "shared/common.env",
            "etc/operator.yaml:4:3: envFiles./etc/passwd: names no file below envRoot, like "
            "shared/common.env",
            "etc/operator.yaml:5:3: envFiles.shared/: names no file below envRoot, like "
            "shared/common.env",
            "etc/operator.yaml:6:3: envFiles.shared/none.env: names no service that the file goes "
            "to",
            "etc/operator.yaml:7:19: envFiles.shared/map.env: is no list of names"));
    EXPECT_THAT(
        texts(read("source: { folder: x }\nenvFiles: [ shared/common.env ]\n")),
        ElementsAre(HasSubstr("is no map of files below envRoot")));
}

TEST(Configuration, NeverQuotesWhatStandsWhereAReferenceShould) {
    const auto parsed = read("source: { folder: x }\nauth: { tokenRef: hunter2 }\n");

    ASSERT_THAT(parsed.found, SizeIs(1));
    EXPECT_THAT(to_text(parsed.found[0]), Not(HasSubstr("hunter2")));
}

TEST(Configuration, RefusesItsOwnSecretsFromTheVaultThatItDoesNotKnowYet) {
    const auto parsed = read("source: { folder: x }\nauth: { tokenRef: \"openbao:kv/a#b\" }\n");

    ASSERT_THAT(parsed.found, SizeIs(1));
    EXPECT_THAT(to_text(parsed.found[0]), HasSubstr("can't stand in OpenBao"));
}

TEST(Configuration, TakesASourceOverSshWithItsKeyAndTheHostsThatAreKnown) {
    const auto parsed = read(
        "source: { git: { url: \"git@git.arpa:fleet.git\", sshKeyFile: key } }\n"
        "knownHostsFile: hosts\n");

    ASSERT_THAT(texts(parsed), IsEmpty());
    EXPECT_EQ(parsed.config.git.ssh_key_file, "etc/key");
    EXPECT_EQ(parsed.config.known_hosts_file, "etc/hosts");
}

TEST(Configuration, SaysWhichCredentialGoesWithWhichUrl) {
    const std::string ssh = "source: { git: { url: \"ssh://git@git.arpa/fleet.git\"";
    EXPECT_THAT(
        texts(read(ssh + " } }\n")),
        ElementsAre(AllOf(HasSubstr("source.git.url"), HasSubstr("needs source.git.sshKeyFile"))));
    EXPECT_THAT(
        texts(read(ssh + ", sshKeyFile: /key, tokenRef: \"env:GIT\" } }\n")),
        ElementsAre(AllOf(HasSubstr("source.git.tokenRef"), HasSubstr("goes with an https url"))));
    EXPECT_THAT(
        texts(read("source: { git: { url: \"https://git.arpa/f.git\", sshKeyFile: /key } }\n")),
        ElementsAre(AllOf(HasSubstr("source.git.sshKeyFile"), HasSubstr("goes with an ssh url"))));
}

TEST(Configuration, SaysAtOnceWhatGitCouldNeverFetch) {
    const auto of = [](const std::string& rest) {
        return texts(read("source:\n  git: { url: " + rest + " }\n"));
    };
    for (const std::string url :
         {"git://git.arpa/f.git",
          "/srv/f.git",
          "ext::id",
          "--upload-pack=id",
          "https://b@c/f.git"}) {
        EXPECT_THAT(
            of('"' + url + '"'),
            ElementsAre(StartsWith("etc/operator.yaml:2:15: source.git.url: ")))
            << url;
    }
    EXPECT_THAT(of("\"https://git.arpa/f.git\", branch: a..b"), ElementsAre(HasSubstr("branch")));
    EXPECT_THAT(of("\"https://git.arpa/f.git\", path: /srv"), ElementsAre(HasSubstr("path")));
    EXPECT_THAT(of("\"file:///srv/f.git\""), IsEmpty());
    EXPECT_THAT(of("\"http://git.arpa/f.git\""), IsEmpty()) << "nothing secret goes there";
}

TEST(Configuration, SendsATokenOverPlainHttpOnlyWhereItIsListedForThatOrigin) {
    const std::string source =
        "source: { git: { url: \"http://git.arpa:3000/f.git\", tokenRef: \"env:GIT\" } }\n";
    EXPECT_THAT(texts(read(source)), ElementsAre(HasSubstr("plain http")));
    EXPECT_THAT(
        texts(
            read(source + "references: [ { ref: \"env:GIT\", to: \"http://git.arpa:3000\" } ]\n")),
        IsEmpty());
    EXPECT_THAT(
        texts(read(source + "references: [ { ref: \"env:GIT\", to: \"http://git.arpa\" } ]\n")),
        ElementsAre(HasSubstr("plain http")));
}

TEST(Configuration, TakesTheRoadToAllSystems) {
    const auto parsed = read(
        "source: { folder: x }\ncaFile: ca.pem\nclientCertificateFile: c.pem\n"
        "clientKeyFile: /run/c.key\n"
        "proxy: { url: \"http://proxy.arpa:3128/\", noProxy: [ .arpa, 10.0.0.0/8 ],"
        " username: bot, passwordRef: \"file:/run/proxy\" }\n");

    ASSERT_THAT(texts(parsed), IsEmpty());
    EXPECT_EQ(parsed.config.ca_file, "etc/ca.pem");
    EXPECT_EQ(parsed.config.client_certificate_file, "etc/c.pem");
    EXPECT_EQ(parsed.config.client_key_file, "/run/c.key");
    EXPECT_EQ(parsed.config.proxy.url, "http://proxy.arpa:3128");
    EXPECT_EQ(parsed.config.proxy.no_proxy, ".arpa,10.0.0.0/8");
    EXPECT_EQ(parsed.config.proxy.username, "bot");
    EXPECT_EQ(parsed.config.proxy.password.text, "file:/run/proxy");
}

TEST(Configuration, NeverQuotesAProxyThatMayHoldAPassword) {
    for (const std::string bad :
         {"http://bot:hunter2@proxy.arpa:3128",
          "https://proxy.arpa:3128",
          "http://proxy.arpa",
          "http://proxy.arpa:3128/path",
          "proxy.arpa:3128"}) {
        const auto found = texts(read("source: { folder: x }\nproxy: { url: \"" + bad + "\" }\n"));
        EXPECT_THAT(found, ElementsAre(HasSubstr("proxy.url: is no proxy like"))) << bad;
        EXPECT_THAT(found, ElementsAre(Not(HasSubstr("hunter2"))));
    }
}

TEST(Configuration, NeedsBothHalvesOfWhatGoesTogether) {
    const auto found = [](const std::string& text) {
        return texts(read("source: { folder: x }\n" + text));
    };
    EXPECT_THAT(
        found("clientCertificateFile: /c\n"),
        ElementsAre(HasSubstr("clientCertificateFile and clientKeyFile go together")));
    EXPECT_THAT(
        found("clientKeyFile: /c\n"),
        ElementsAre(HasSubstr("clientCertificateFile and clientKeyFile go together")));
    EXPECT_THAT(
        found("proxy: { url: \"http://p:1\", username: bot }\n"),
        ElementsAre(HasSubstr("username and passwordRef go together")));
    EXPECT_THAT(found("proxy: { noProxy: a }\n"), ElementsAre(HasSubstr("needs proxy.url")));
}

TEST(Configuration, TakesNamesAsAListOrAsOneText) {
    const auto list = read("source: { folder: x }\nauth: { hosts: [ a.example, B.example ] }\n");
    const auto text = read("source: { folder: x }\nauth: { hosts: \"a.example, b.example\" }\n");
    EXPECT_THAT(list.config.hosts, ElementsAre("a.example", "b.example"));
    EXPECT_EQ(list.config.hosts, text.config.hosts);

    for (const std::string bad : {"[ { a: b } ]", "https://a.example", "[ a.example, '' ]"}) {
        EXPECT_THAT(texts(read("source: { folder: x }\nauth: { hosts: " + bad + " }\n")), SizeIs(1))
            << bad;
    }
}

TEST(Configuration, PrintsTheLineToWriteForAReferenceThatNamesAHostAlone) {
    const auto parsed = read(
        "source: { folder: x }\n"
        "references:\n"
        "  - { ref: \"env:KC\", host: keycloak.arpa }\n"
        "  - \"env:PLAIN\"\n");

    EXPECT_THAT(
        texts(parsed),
        ElementsAre(
            AllOf(
                StartsWith("etc/operator.yaml:3:"),
                HasSubstr("write { ref: \"env:KC\", to: [ \"https://keycloak.arpa\" ] }")),
            AllOf(
                StartsWith("etc/operator.yaml:4:"),
                HasSubstr("write { ref: \"env:PLAIN\", to: [ \"https://HOST\" ] }"))));
}

TEST(Configuration, SaysWhatIsNoOriginAndWhatIsNoFieldOfARule) {
    const auto found = [](const std::string& rule) {
        return texts(read("source: { folder: x }\nreferences: [ " + rule + " ]\n"));
    };
    EXPECT_THAT(
        found("{ ref: \"env:A\", to: [ portainer.arpa ] }"),
        ElementsAre(AllOf(HasSubstr("\"portainer.arpa\""), HasSubstr("its scheme is missing"))));
    EXPECT_THAT(
        found("{ ref: \"env:A\", too: [ \"https://a.arpa\" ] }"),
        ElementsAre(HasSubstr("unknown field \"too\"")));
    EXPECT_THAT(
        texts(read("source: { folder: x }\nprobes: [ \"http://*.*.arpa\" ]\n")),
        ElementsAre(HasSubstr("probes: an entry is no origin")));
    EXPECT_THAT(
        texts(read("source: { folder: x }\nclients: { mux: { stack: [ a ] } }\n")),
        ElementsAre(HasSubstr("did you mean \"stacks\"?")));
}

TEST(Configuration, NeedsExactlyOneSource) {
    EXPECT_THAT(texts(read("listen: 127.0.0.1:1\n")), SizeIs(1));
    EXPECT_THAT(
        texts(read("source: { folder: x, git: { url: \"file:///r\" } }\n")),
        ElementsAre(HasSubstr("both")));
}

TEST(Configuration, TakesAStoreInEtcd) {
    const auto parsed = read(
        "source: { folder: x }\n"
        "store:\n"
        "  etcd:\n"
        "    urls: [ \"https://etcd-1.example:2379\", \"https://etcd-2.example\" ]\n"
        "    prefix: wavegate/homelab\n"
        "    username: wavegate\n"
        "    passwordRef: env:ETCD_PASSWORD\n"
        "    caFile: ca.pem\n"
        "    clientCertificateFile: /c.pem\n"
        "    clientKeyFile: /k.pem\n");

    EXPECT_THAT(texts(parsed), IsEmpty());
    const auto& etcd = parsed.config.etcd;
    EXPECT_THAT(etcd.urls, ElementsAre("https://etcd-1.example:2379", "https://etcd-2.example"));
    EXPECT_EQ(etcd.prefix, "wavegate/homelab/");
    EXPECT_EQ(etcd.username, "wavegate");
    EXPECT_EQ(etcd.password.text, "env:ETCD_PASSWORD");
    EXPECT_EQ(etcd.client_certificate_file, "/c.pem");
    EXPECT_THAT(
        parsed.config.access.own, ::testing::IsSupersetOf({"env:ETCD_PASSWORD", "file:/k.pem"}))
        << "which no desired state gets";
}

TEST(Configuration, TakesEtcdsMembersAlone) {
    const auto parsed =
        read("source: { folder: x }\nstore: { etcd: [ \"http://10.0.0.1:2379\" ] }\n");

    EXPECT_THAT(texts(parsed), IsEmpty());
    EXPECT_THAT(parsed.config.etcd.urls, ElementsAre("http://10.0.0.1:2379"));
    EXPECT_EQ(parsed.config.etcd.prefix, "wavegate/");
}

TEST(Configuration, SaysWhatIsWrongWithAStoreInEtcd) {
    const auto with = [](const std::string& etcd) {
        return texts(read("source: { folder: x }\nstore: { etcd: " + etcd + " }\n"));
    };
    EXPECT_THAT(
        with("[ \"https://root:secret@etcd.example:2379\" ]"),
        ElementsAre(AllOf(
            HasSubstr("operator.yaml:2:16"),
            HasSubstr("store.etcd.urls"),
            HasSubstr("no list of addresses like"),
            Not(HasSubstr("secret")))));
    EXPECT_THAT(with("[ etcd.example ]"), ElementsAre(HasSubstr("no list of addresses")));
    EXPECT_THAT(with("[ \"https://*.example\" ]"), ElementsAre(HasSubstr("no list of addresses")));
    EXPECT_THAT(
        with("{ prefix: wavegate }"), ElementsAre(HasSubstr("store.etcd.prefix: goes with")));
    EXPECT_THAT(
        with("{ urls: [ \"http://e:1\" ], prefix: / }"),
        ElementsAre(HasSubstr("no prefix of keys")));
    EXPECT_THAT(
        with("{ urls: [ \"http://e:1\" ], username: w }"),
        ElementsAre(HasSubstr("store.etcd.username: username and passwordRef go together")));
    EXPECT_THAT(
        with("{ urls: [ \"http://e:1\" ], clientKeyFile: /k }"),
        ElementsAre(HasSubstr("store.etcd.clientKeyFile: clientCertificateFile and")));
    EXPECT_THAT(with("{ url: \"http://e:1\" }"), ElementsAre(HasSubstr("urls")));
}

TEST(ConfigurationVariables, NameAStoreInEtcd) {
    const auto parsed = read(
        "source: { folder: x }\nstore: { sqlite: w.db }\n",
        {{"WAVEGATE_STORE_ETCD_URLS", "http://a:2379,http://b:2379"},
         {"WAVEGATE_STORE_ETCD_PREFIX", "other/"}});

    EXPECT_THAT(texts(parsed), IsEmpty());
    EXPECT_THAT(parsed.config.etcd.urls, ElementsAre("http://a:2379", "http://b:2379"));
    EXPECT_EQ(parsed.config.etcd.prefix, "other/");
}

TEST(ConfigurationVariables, ReplaceTheFilesValues) {
    const auto parsed =
        read("source: { folder: x }\nlisten: 127.0.0.1:1\n", {{"WAVEGATE_LISTEN", "127.0.0.1:2"}});

    EXPECT_EQ(parsed.config.listen, "127.0.0.1:2");
}

TEST(ConfigurationVariables, ExistForEveryField) {
    std::vector<std::string> names;
    for (const auto& name : config_names()) {
        names.push_back(name.variable);
    }
    EXPECT_THAT(
        names,
        ::testing::IsSupersetOf(
            {"WAVEGATE_SOURCE_GIT_URL",
             "WAVEGATE_SOURCE_GIT_TOKEN_REF",
             "WAVEGATE_SOURCE_FOLDER",
             "WAVEGATE_STORE_SQLITE",
             "WAVEGATE_ENV_ROOT",
             "WAVEGATE_ENV_FILES",
             "WAVEGATE_REFERENCES",
             "WAVEGATE_LOG_LEVEL"}));
}

TEST(ConfigurationVariables, MayNameAnotherKindOfSourceThanTheFile) {
    const auto parsed =
        read("source: { folder: x }\n", {{"WAVEGATE_SOURCE_GIT_URL", "file:///repository"}});

    EXPECT_THAT(texts(parsed), IsEmpty());
    EXPECT_EQ(parsed.config.folder, "");
}

TEST(ConfigurationVariables, AreEnoughWithoutAFile) {
    const auto parsed = config_of_environment(variables(
        {{"WAVEGATE_SOURCE_FOLDER", "/fleet"},
         {"WAVEGATE_REFERENCES",
          "env:A@https://a.arpa|http://a.arpa:8080, file:/run/*@https://portainer.arpa,"
          "env:B@service:b-mcp"},
         {"WAVEGATE_TOKENS_KEYCLOAK", "https://openbao.arpa"},
         {"WAVEGATE_PROBES", "http://*.arpa, http://127.0.0.1:*"},
         {"WAVEGATE_ENV", "portainer-mcp@LOG_LEVEL|DEBUG"},
         {"WAVEGATE_ENV_FILES", "./shared/common.env@a-mcp|b-mcp, at@home/.env@c-mcp"},
         {"WAVEGATE_CLIENTS", "mux@stack:mux-stack|path:mux/oidc"}}));

    ASSERT_THAT(texts(parsed), IsEmpty());
    const auto& access = parsed.config.access;
    ASSERT_THAT(access.references, SizeIs(3));
    EXPECT_EQ(to_text(access.references[0].to), "https://a.arpa, http://a.arpa:8080");
    EXPECT_EQ(access.references[1].pattern, "file:/run/*");
    EXPECT_THAT(access.references[2].services, ElementsAre("b-mcp"));
    EXPECT_EQ(to_text(access.keycloak_token), "https://openbao.arpa");
    EXPECT_THAT(access.probes, SizeIs(2));
    EXPECT_THAT(access.env.at("portainer-mcp"), ElementsAre("LOG_LEVEL", "DEBUG"));
    const auto& env_files = parsed.config.env_files;
    EXPECT_THAT(env_files.at("shared/common.env"), ElementsAre("a-mcp", "b-mcp"));
    EXPECT_THAT(env_files.at("at@home/.env"), ElementsAre("c-mcp"));
    EXPECT_THAT(access.clients.at("mux").stacks, ElementsAre("mux-stack"));
    EXPECT_THAT(access.clients.at("mux").paths, ElementsAre("mux/oidc"));
}

TEST(ConfigurationVariables, OfEnvFilesNameAFileAndWhomItGoesTo) {
    for (const auto* wrong :
         {"shared/common.env", "shared/common.env@", "../a.env@a-mcp", "a.env@|b-mcp"}) {
        const auto parsed = config_of_environment(
            variables({{"WAVEGATE_SOURCE_FOLDER", "/fleet"}, {"WAVEGATE_ENV_FILES", wrong}}));
        EXPECT_THAT(texts(parsed), ElementsAre(StartsWith("WAVEGATE_ENV_FILES: an entry ")))
            << wrong;
    }
}

TEST(ConfigurationVariables, SayTheListToWriteWhereAReferenceNamesAHostAlone) {
    const auto parsed = config_of_environment(variables(
        {{"WAVEGATE_SOURCE_FOLDER", "/fleet"}, {"WAVEGATE_REFERENCES", "env:A@portainer.arpa"}}));

    EXPECT_THAT(
        texts(parsed),
        ElementsAre(AllOf(
            StartsWith("WAVEGATE_REFERENCES: an entry names a host"),
            HasSubstr("write env:A@https://portainer.arpa"))));
}

TEST(ConfigurationVariables, AreNamedWhenTheirValueIsWrong) {
    const auto parsed = config_of_environment(
        variables({{"WAVEGATE_SOURCE_FOLDER", "/fleet"}, {"WAVEGATE_LOG_FORMAT", "xml"}}));

    EXPECT_THAT(texts(parsed), ElementsAre(StartsWith("WAVEGATE_LOG_FORMAT: ")));
}

TEST(ConfigurationVariables, AreNamedWhereThereIsNoConfigurationAtAll) {
    EXPECT_THAT(
        texts(config_of_environment(variables({}))),
        ElementsAre("no desired state: name the settings by --config operator.yaml, or set "
                    "WAVEGATE_SOURCE_GIT_URL or WAVEGATE_SOURCE_FOLDER"));
}

TEST(Pattern, FitsAnyRunWhereItHasAStar) {
    EXPECT_TRUE(fits("file:/run/*", "file:/run/secrets/a"));
    EXPECT_TRUE(fits("env:*_KEY", "env:A_KEY"));
    EXPECT_TRUE(fits("env:A", "env:A"));
    EXPECT_FALSE(fits("env:A", "env:AB"));
    EXPECT_FALSE(fits("file:/run/*", "file:/etc/a"));
    EXPECT_FALSE(fits("env:*_KEY", "env:A_KEYS"));
}

}  // namespace
}  // namespace wavegate::settings
