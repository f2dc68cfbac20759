#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The policy decision of Eunomia 0.3.10, measured in eunomia.md ("Policy model"). Pure.
namespace wavegate::sandbox::pdp {

struct Condition {
    std::string path;  ///< "uri", "type", "attributes.KEY", nested, with list indexes
    std::string op;
    boost::json::value value;
};

struct Rule {
    std::string name;
    std::optional<std::string> description;
    bool allow = false;
    std::vector<Condition> principal;
    std::vector<Condition> resource;
    std::vector<std::string> actions;
};

struct Policy {
    std::string version = "1.0";
    std::string name;
    std::optional<std::string> description;
    std::vector<Rule> rules;
    bool default_allow = false;  ///< never allows anything, only changes the reason
};

struct Entity {
    std::string uri;  ///< empty: none was given
    std::string type;
    boost::json::object attributes;
};

struct Question {
    Entity principal;
    Entity resource;
    std::string action = "access";
};

struct Decision {
    bool allowed = false;
    std::string reason;
};

/// First matching rule within a policy; across policies any deny, then any allow, then deny. Of
/// several denies (or allows) the last policy's rule is named.
Decision evaluate(const std::vector<Policy>& policies, const Question& question);

/// One condition, with `target` as the request has it; null stands for missing too.
bool holds(std::string_view op, const boost::json::value& value, const boost::json::value& target);

/// What eunomia-mcp asks for one tool: `action` is "list" or "execute", `principal` an URI.
Question
tool_question(const std::string& principal, const std::string& tool, const std::string& action);

}  // namespace wavegate::sandbox::pdp
