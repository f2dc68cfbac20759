#pragma once

#include "operator/sandbox/portainer/compose.hpp"
#include "operator/sandbox/portainer/compose_node.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wavegate::sandbox {

namespace json = boost::json;

/// "services.app" and "image" → "services.app.image"
std::string inside(const std::string& where, std::string_view key);

/// Turns one compose file into Swarm specs; `where` is always the CLI's name of the place.
class ComposeReader {
  public:
    ComposeReader(std::string stack, const EnvList& env, std::string project)
        : stack_(std::move(stack)), env_(env), project_(std::move(project)) {}

    ComposeFile read(std::string_view text);

  private:
    // compose.cpp: the file and its values
    [[nodiscard]] std::string text(const ComposeNode& node, const std::string& where) const;
    [[nodiscard]] std::vector<std::string> texts(const ComposeNode& node, const std::string& where)
        const;
    [[nodiscard]] std::map<std::string, std::string> table(
        const ComposeNode& node,
        const std::string& where) const;
    [[nodiscard]] std::map<std::string, ComposeObject> objects(
        const ComposeNode& node,
        const std::string& kind) const;
    static std::int64_t whole(std::string_view digits, const std::string& where);
    [[nodiscard]] std::int64_t number(const ComposeNode& node, const std::string& where) const;
    [[nodiscard]] std::int64_t nanos(const ComposeNode& node, const std::string& where) const;
    [[nodiscard]] std::vector<std::string> sources(
        const ComposeNode& node,
        const std::string& where) const;
    void service(const std::string& key, const ComposeNode& node);

    // compose_spec.cpp: the parts of a service's spec
    [[nodiscard]] json::object container(const std::string& key, const ComposeNode& node) const;
    [[nodiscard]] std::map<std::string, std::optional<std::string>> variables(
        const ComposeNode& node,
        const std::string& where) const;
    [[nodiscard]] json::array environment(const ComposeNode& node, const std::string& where) const;
    json::array networks(const std::string& key, const ComposeNode& node);
    [[nodiscard]] std::optional<std::string> variable(
        const ComposeNode& value,
        const std::string& where) const;
    void process(json::object& spec, const ComposeNode& node, const std::string& where) const;
    [[nodiscard]] bool flag(const ComposeNode& node, const std::string& where) const;
    [[nodiscard]] json::array ports(const ComposeNode& node, const std::string& where) const;
    json::object task(const std::string& key, const ComposeNode& node);
    void deploy_rules(json::object& spec, const ComposeNode& node, const std::string& where) const;
    [[nodiscard]] json::object update_config(const ComposeNode& node, const std::string& where)
        const;
    [[nodiscard]] json::object restart_policy(const ComposeNode& node, const std::string& where)
        const;
    [[nodiscard]] json::object labels(const ComposeNode& node, const std::string& where) const;

    std::string stack_;
    const EnvList& env_;
    std::string project_;
    ComposeFile file_;
};

}  // namespace wavegate::sandbox
