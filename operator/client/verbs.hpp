#pragma once

#include "operator/client/api.hpp"
#include "operator/client/table.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace wavegate::client {

/// The commands themselves, apart from how they are written on the command line. Each prints its
/// data or its error and returns the exit code.

struct GetRequest {
    std::string kind;
    std::string name;    ///< empty: all
    bool watch = false;  ///< look again every two seconds and print what changed, until an error
};
int get_objects(const Context& context, const GetRequest& request);

int describe_object(const Context& context, const std::string& kind, const std::string& name);

/// 0 converged, 2 still moving (as `plan`: changes are ahead), 3 halted, 5 a person is awaited.
int rollout_status(const Context& context);
/// Every member of the rollout in force.
int rollout_show(const Context& context);
/// Whom a verb is about; neither: the rollout as a whole.
struct VerbSubject {
    std::string service;
    std::string client;
    std::string reason;   ///< why, for events and audit; empty: none is given
    std::string until{};  ///< of freeze: an RFC 3339 time; empty: until unfreeze
};
/// `verb` as the API names it. 0 when it was taken, 1 when it was refused, means nothing now, or
/// was not heard.
int rollout_command(const Context& context, const std::string& verb, const VerbSubject& subject);
/// Has the operator take a revision that it holds back.
int accept_revision(const Context& context, const std::string& revision, const std::string& reason);

int not_yet_supported(const Context& context, const std::string& command);

/// Has the operator ask a service now, and prints what it answered. 0 when every check of the
/// service's mode passed, 4 when one did not.
int probe_service(const Context& context, const std::string& service);

/// What the verbs share.
int fail(const Context& context, const Error& error);
bool in_color(const Context& context);
bool wants_text(const Context& context);
/// `value` as -o json or -o yaml asks for it.
void print_value(const Context& context, const boost::json::value& value);
/// "TITLE" and the table below it, indented by two; nothing for an empty table.
void print_section(const Context& context, std::string_view title, const Table& table);

/// Parts of `describe` and `probe`. Of several pieces of evidence of one check only the newest
/// stays; their order is that of the first ones.
std::vector<boost::json::object> newest_evidence(const boost::json::object& status);
Table evidence_table(const std::vector<boost::json::object>& evidence, Wall now);
Table waits_table(const std::vector<boost::json::object>& waits, Wall now);
Table events_table(const std::vector<boost::json::object>& events, Wall now);

}  // namespace wavegate::client
