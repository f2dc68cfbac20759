#pragma once

#include "operator/ports/http.hpp"
#include "operator/ports/policies.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Eunomia's JSON (eunomia.md, "HTTP API"): values in, text out, and back.
namespace wavegate::eunomia {

/// Body of POST /admin/policies. A condition's string value is encoded twice, because the server
/// parses strings as JSON: so every value arrives as it is. Invalid: a value is no JSON text, or
/// something is not UTF-8.
Result<std::string> policy_body(const Policy& policy);
/// The policy with its conditions' values in the one spelling that `parse_policy` uses.
Result<Policy> canonical(Policy policy);

/// Protocol: not what the server answers. Unknown fields are passed over.
Result<Policy> parse_policy(std::string_view body);
Result<std::vector<Policy>> parse_policies(std::string_view body);

/// Bodies of POST /check and /check/bulk, as eunomia-mcp sends them for tools/call and
/// tools/list with a principal from the agent header.
std::string question_body(const PolicyQuestion& question);
std::string questions_body(std::span<const PolicyQuestion> questions);

Result<PolicyAnswer> parse_answer(std::string_view body);
Result<std::vector<PolicyAnswer>> parse_answers(std::string_view body);

/// Body of DELETE: was there such a policy?
Result<bool> parse_deleted(std::string_view body);

/// Does a 400 say that a policy of this name is there already?
bool says_already_exists(std::string_view body);

/// An answer that is no success. `write`: a 5xx may have changed something.
Error refusal(int status, bool write);
/// The same of a write, with what the server says of it where its schema or a role refuses it.
Error write_refusal(const HttpResponse& response);

}  // namespace wavegate::eunomia
