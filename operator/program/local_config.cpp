#include "operator/client/table.hpp"
#include "operator/model/client_rules.hpp"
#include "operator/program/claude_file.hpp"
#include "operator/program/commands.hpp"
#include "operator/program/wiring.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <ostream>
#include <utility>

namespace wavegate::program {
namespace {

using formats::JsonMember;

struct LocalOptions {
    std::string file;
    bool check = false;
};

/// The client's vault entry, if it is ours to copy a secret out of.
Result<const VaultEntry*> own_entry(const status::View& view, const OidcClientSpec& client) {
    const auto at = view.observed->vault.find(client.secret_path);
    if (at == view.observed->vault.end() || !at->second) {
        return at == view.observed->vault.end()
                   ? Error(ErrorKind::Unavailable, "the vault was not looked at")
                   : Error(at->second.error()).in("openbao");
    }
    const auto& entry = *at->second;
    if (!entry || entry->deleted || !entry->data.contains("OIDC_CLIENT_SECRET")) {
        return Error(
            ErrorKind::NotFound,
            "openbao: " + client.secret_path + " holds no OIDC_CLIENT_SECRET yet");
    }
    const auto mark = entry->custom_metadata.find(kOwnerMetadata);
    if (mark == entry->custom_metadata.end() || mark->second != view.desired->fleet.name) {
        return Error(
            ErrorKind::Denied,
            "openbao: " + client.secret_path +
                " does not bear this fleet's mark: no secret is copied out of it");
    }
    return &*entry;
}

std::string
value_of(const VaultEntry& entry, const std::string& key, const std::string& otherwise) {
    const auto at = entry.data.find(key);
    return at == entry.data.end() || at->second == nullptr
               ? otherwise
               : at->second->reveal([](std::string_view text) { return std::string(text); });
}

/// The token's address is set where there is none; one that is there stays, for this machine may
/// reach the identity provider elsewhere than the fleet does.
std::vector<JsonMember>
members_of(const VaultEntry& entry, const OidcClientSpec& client, const JwtSpec& jwt) {
    std::vector<JsonMember> members{
        {"MCP_CLIENT_AUTH", "oidc-client-credentials"},
        {"OIDC_CLIENT_ID", value_of(entry, "OIDC_CLIENT_ID", client.client_id)},
        {"OIDC_CLIENT_SECRET", value_of(entry, "OIDC_CLIENT_SECRET", "")},
        {"OIDC_AUDIENCE", value_of(entry, "OIDC_AUDIENCE", jwt.audience)}};
    if (auto url = value_of(entry, "OIDC_TOKEN_URL", ""); !url.empty()) {
        members.push_back({"OIDC_TOKEN_URL", std::move(url), true});
    }
    return members;
}

Result<std::vector<JsonMember>> wanted_members(const status::View& view) {
    if (view.desired == nullptr || !view.source.ready || view.observed == nullptr) {
        return Error(ErrorKind::Unavailable, "source: " + view.source.message);
    }
    const auto* client = view.desired->client(view.desired->fleet.multiplexer.client);
    if (client == nullptr) {
        return Error(ErrorKind::NotFound, "the fleet's multiplexer has no client");
    }
    const auto entry = own_entry(view, *client);
    if (!entry) {
        return entry.error();
    }
    auto members = members_of(**entry, *client, view.desired->fleet.jwt);
    for (const auto& one : members) {
        // The file's reader would put a variable in there.
        if (one.value.empty() || one.value.find("${") != std::string::npos) {
            return Error(ErrorKind::Invalid, one.key + ": the vault's value can't be used here");
        }
    }
    return members;
}

int tell(const Globals& globals, const LocalOptions& options, const ClaudeChange& change) {
    auto& out = *globals.client.out;
    const auto file = client::printable(options.file);
    for (const auto& note : change.notes) {
        *globals.client.error << client::printable(note) << "\n";
    }
    if (change.remote) {
        out << file << ": mcp-multiplexer is reached by url and has no env: left alone\n";
        return client::kExitGood;
    }
    if (!change.differs()) {
        return client::kExitGood;
    }
    std::string what = fmt::format("{}", fmt::join(change.keys, ", "));
    if (change.narrower) {
        what += what.empty() ? "others may read it" : "; others may read it";
    }
    out << (options.check ? "differs " : "changed ") << file << ": " << what << "\n";
    return options.check ? kExitChanges : client::kExitGood;
}

asio::awaitable<int>
apply_locally(const Globals& globals, Operator& running, const LocalOptions& options) {
    co_await running.controller().look();
    const auto view = running.controller().view();
    auto members = wanted_members(*view);
    auto change = members ? edit_claude_file(options.file, *members, options.check)
                          : Result<ClaudeChange>(members.error());
    if (members) {
        for (auto& one : *members) {
            wipe(one.value);
        }
    }
    if (!change) {
        *globals.client.error << client::printable(change.error().message()) << "\n";
        co_return client::kExitError;
    }
    co_return tell(globals, options, *change);
}

int local_config(const Globals& globals, LocalOptions options) {
    auto config = load_config(globals, log::Level::Warn);
    if (!config) {
        return client::kExitError;
    }
    if (options.file.empty()) {
        options.file = globals.environment("HOME").value_or("") + "/.claude.json";
    }
    Operator running(std::move(*config), globals.environment, Mode::Look, "local-config");
    return running.run_once(
        [&globals, &options](Operator& op) { return apply_locally(globals, op, options); });
}

}  // namespace

void add_local_config(CLI::App& app, Globals& globals) {
    auto options = std::make_shared<LocalOptions>();
    auto* command =
        app.add_subcommand("local-config", "the multiplexer that runs on this machine, for Claude");
    command->require_subcommand(1);
    auto* apply = command->add_subcommand(
        "apply",
        "set its outbound keys in mcpServers.mcp-multiplexer.env, from the client's vault entry: "
        "MCP_CLIENT_AUTH, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_AUDIENCE, and OIDC_TOKEN_URL "
        "where it is missing");
    apply
        ->add_option(
            "--file", options->file, "Claude's settings; ~/.claude.json where none is named")
        ->option_text("FILE");
    apply->add_flag("--check", options->check, "write nothing: exit 2 where it differs");
    apply->callback(
        [&globals, options] { globals.client.exit_code = local_config(globals, *options); });
}

}  // namespace wavegate::program
