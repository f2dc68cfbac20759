#include "operator/base/text.hpp"
#include "operator/client/objects.hpp"
#include "operator/client/output.hpp"
#include "operator/client/verbs.hpp"

#include <ostream>

namespace wavegate::client {
namespace json = boost::json;
namespace {

/// As `plan` says that changes are ahead.
constexpr int kExitMoving = 2;

Result<json::object> status_of(const Api& api) {
    auto answer = api.get("/status");
    if (!answer) {
        return answer.take_error();
    }
    if (!answer->is_object()) {
        return Error(ErrorKind::Protocol, "the operator's status is no object");
    }
    return answer->get_object();
}

json::object rollout_of(const json::object& status) {
    const auto* rollout = status.if_contains("rollout");
    return rollout != nullptr && rollout->is_object() ? rollout->get_object() : json::object{};
}

std::string standing_of(const json::object& status) {
    auto own = text_of(status, "standing");
    return own.empty() ? text_of(rollout_of(status), "standing") : own;
}

/// 1 for a word that this version does not know: a script must not take it for good.
int exit_of(std::string_view standing) {
    if (standing == "Converged") {
        return kExitGood;
    }
    if (standing == "Halted") {
        return kExitHalted;
    }
    if (standing == "Awaited" || standing == "Blind") {
        return kExitAwaited;
    }
    return standing == "Moving" ? kExitMoving : kExitError;
}

void print_head(const Context& context, const json::object& status) {
    const auto rollout = rollout_of(status);
    auto standing = printable(standing_of(status));
    if (standing.empty()) {
        standing = "not looked yet";
    }
    const auto id = printable(text_of(rollout, "id"));
    *context.out << (id.empty() ? "no rollout yet" : "rollout " + id);
    if (const auto revision = printable(text_of(rollout, "revision")); !revision.empty()) {
        *context.out << " of " << revision;
    }
    *context.out << ": " << (in_color(context) ? tinted(standing, tint_of(standing)) : standing)
                 << (text_of(rollout, "paused") == "true" ? " (paused)" : "") << "\n";
    if (const auto frozen = printable(text_of(rollout, "frozen")); !frozen.empty()) {
        *context.out << frozen << "\n";
    }
}

/// What the operator cannot see comes first: everything below is as it was last seen.
void print_backends(const Context& context, const json::object& status) {
    const auto all = part_of(status, "backends");
    if (all.empty()) {
        return;
    }
    for (const auto& member : all.front()) {
        const auto* backend = member.value().if_object();
        if (backend != nullptr && text_of(*backend, "ok") == "false") {
            const auto line = std::string(member.key()) + ": " + text_of(*backend, "message");
            *context.out << (in_color(context) ? tinted(printable(line), Tint::Bad)
                                               : printable(line))
                         << "\n";
        }
    }
}

/// What was proven and does not hold any more: since when, and what ends it.
void print_broken(const Context& context, const json::object& status) {
    for (const auto& one : part_of(status, "broken")) {
        const auto since = age_text(text_of(one, "since"), context.now());
        const auto verb = text_of(one, "verb");
        const auto line = printable(text_of(one, "message")) + " (for " + since + ")";
        *context.out << (in_color(context) ? tinted(line, Tint::Bad) : line) << "\n";
        if (!verb.empty()) {
            *context.out << "  " << printable(verb) << " ends it, if it does not end by itself\n";
        }
    }
}

/// Why the newest revision is not in force, where it is not, and what takes it all the same.
void print_source(const Context& context, const json::object& status) {
    const auto sources = part_of(status, "source");
    const auto reason = sources.empty() ? std::string() : text_of(sources.front(), "reason");
    if (reason.empty() || text_of(sources.front(), "ready") != "false") {
        return;
    }
    *context.out << "desired state not taken (" << printable(reason)
                 << "): " << printable(text_of(sources.front(), "message")) << "\n";
    if (reason == "Held") {
        *context.out << "  wavegate rollout accept --revision "
                     << printable(text_of(sources.front(), "seen")) << " takes it all the same\n";
    }
}

/// "2m/6m" of its soak, once it is watched.
std::string watched_of(const json::object& wave) {
    auto watched = text_of(wave, "watched");
    return watched.empty() ? watched : watched + "/" + text_of(wave, "soak");
}

Table waves_table(const std::vector<json::object>& waves) {
    Table table({"Name", "Phase", "Ready", "Watched", "Waits", "Message"});
    for (const json::object& wave : waves) {
        const auto phase = text_of(wave, "phase");
        table.add(
            {{text_of(wave, "name")},
             {phase, tint_of(phase)},
             {text_of(wave, "ready") + "/" + text_of(wave, "members")},
             {watched_of(wave)},
             {text_of(wave, "waits")},
             {text_of(wave, "message")}});
    }
    return table;
}

/// "none → jwt" while what runs is not what is desired; the desired mode may be unset.
std::string auth_of(const json::object& service) {
    const auto modes = part_of(service, "auth");
    if (modes.empty()) {
        return text_of(service, "auth");
    }
    auto live = text_of(modes.front(), "live");
    if (live.empty()) {
        live = "unknown";
    }
    const auto desired = text_of(modes.front(), "desired");
    return desired.empty() || desired == live ? live : live + " \u2192 " + desired;
}

Table members_table(const std::vector<json::object>& members) {
    Table table({"Service", "Wave", "Auth", "Phase", "Waits"});
    for (const json::object& member : members) {
        const auto phase = text_of(member, "phase");
        table.add(
            {{text_of(member, "name")},
             {text_of(member, "wave")},
             {auth_of(member)},
             {phase, tint_of(phase)},
             {text_of(member, "waits")}});
    }
    return table;
}

json::object rollout_value(const json::object& status) {
    json::object out = rollout_of(status);
    out["standing"] = standing_of(status);
    for (const auto* key : {"broken", "waves", "services", "waits"}) {
        if (const auto* member = status.if_contains(key); member != nullptr) {
            out[key] = *member;
        }
    }
    return out;
}

void print_rollout(const Context& context, const json::object& status, bool members) {
    if (!wants_text(context)) {
        print_value(context, rollout_value(status));
        return;
    }
    print_backends(context, status);
    print_head(context, status);
    print_broken(context, status);
    print_source(context, status);
    print_section(context, "Waves", waves_table(part_of(status, "waves")));
    if (members) {
        print_section(context, "Services", members_table(part_of(status, "services")));
    }
    print_section(context, "Waits", waits_table(part_of(status, "waits"), context.now()));
}

void add_reason(json::object& body, const std::string& reason) {
    if (!reason.empty()) {
        body["reason"] = reason;
    }
}

}  // namespace

int rollout_status(const Context& context) {
    const auto status = status_of(Api(context));
    if (!status) {
        return fail(context, status.error());
    }
    print_rollout(context, *status, false);
    return exit_of(standing_of(*status));
}

int rollout_show(const Context& context) {
    const auto status = status_of(Api(context));
    if (!status) {
        return fail(context, status.error());
    }
    print_rollout(context, *status, true);
    return kExitGood;
}

int rollout_command(const Context& context, const std::string& verb, const VerbSubject& subject) {
    const Api api(context);
    const auto status = status_of(api);
    if (!status) {
        return fail(context, status.error());
    }
    const auto id = text_of(rollout_of(*status), "id");
    if (id.empty()) {
        return fail(context, Error(ErrorKind::NotFound, "there is no rollout yet"));
    }
    json::object body;
    const bool is_client = !subject.client.empty();
    const auto& name = is_client ? subject.client : subject.service;
    if (!name.empty()) {
        body[is_client ? "client" : "service"] = name;
    }
    add_reason(body, subject.reason);
    if (!subject.until.empty()) {
        body["until"] = subject.until;
    }
    const auto answer = api.post("/api/v1/rollouts/" + percent_encode(id) + "/" + verb, body);
    if (!answer) {
        return fail(context, answer.error());
    }
    if (!wants_text(context)) {
        print_value(context, *answer);
        return kExitGood;
    }
    *context.out << "rollout " << printable(id) << ": " << verb
                 << (name.empty() ? "" : " " + printable(name)) << ": accepted\n";
    return kExitGood;
}

int accept_revision(
    const Context& context,
    const std::string& revision,
    const std::string& reason) {
    json::object body{{"revision", revision}};
    add_reason(body, reason);
    const auto answer = Api(context).post("/api/v1/source/accept", body);
    if (!answer) {
        return fail(context, answer.error());
    }
    if (!wants_text(context)) {
        print_value(context, *answer);
        return kExitGood;
    }
    *context.out << "revision " << printable(revision) << ": accepted\n";
    return kExitGood;
}

int not_yet_supported(const Context& context, const std::string& command) {
    return fail(context, Error(ErrorKind::Invalid, command + " is not yet supported"));
}

}  // namespace wavegate::client
