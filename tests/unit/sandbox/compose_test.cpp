#include "operator/sandbox/portainer/compose.hpp"

#include "tests/support/docker_cli.hpp"
#include "tests/support/paths.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_from.hpp>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>

// The double's deployment, judged by `docker stack deploy` of 28.2.2: by its recorded answers
// always, by the CLI itself where there is one.
namespace wavegate::sandbox {
namespace {

namespace json = boost::json;

json::array recorded() {
    std::ifstream file(testing::source_path("tests/recorded/deployed/stack-files.json"));
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    return json::parse(text).as_array();
}

/// What both sides must have alike: how the process is run, and its ports.
json::object essence(const json::object& spec) {
    constexpr std::array<const char*, 12> fields{
        "Args",
        "Command",
        "Dir",
        "Env",
        "Hostname",
        "Init",
        "OpenStdin",
        "ReadOnly",
        "StopGracePeriod",
        "StopSignal",
        "Sysctls",
        "TTY"};
    const auto& container = spec.at("TaskTemplate").at("ContainerSpec").as_object();
    json::object out;
    for (const auto* field : fields) {
        const auto* value = container.if_contains(field);
        const bool empty = value == nullptr || (value->is_array() && value->as_array().empty());
        out[field] = empty ? json::value(nullptr) : *value;
    }
    const auto* ports = spec.at("EndpointSpec").as_object().if_contains("Ports");
    out["Ports"] = ports == nullptr ? json::value(nullptr) : *ports;
    return out;
}

/// {"services": …} or {"refused": …}, as the recording has it.
json::object told_by_docker(const json::value& answer) {
    json::object out;
    if (const auto* refused = answer.as_object().if_contains("refused")) {
        const std::string text(refused->as_string());
        out["refused"] = text.substr(text.rfind('\n') + 1);
        return out;
    }
    std::map<std::string, json::object> services;
    for (const auto& [name, spec] : answer.at("services").as_object()) {
        services[name] = essence(spec.as_object());
    }
    out["services"] = json::value_from(services);
    return out;
}

json::object told_by_the_double(const json::value& one) {
    EnvList env;
    for (const auto& [name, value] : one.at("env").as_object()) {
        env.emplace_back(name, value.as_string());
    }
    json::object out;
    try {
        const auto file =
            read_compose_file(one.at("files").at(0).as_string(), "st", env, "/data/compose/1");
        std::map<std::string, json::object> services;
        for (const auto& [name, spec] : file.services) {
            services[name] = essence(spec);
        }
        out["services"] = json::value_from(services);
    } catch (const ComposeError& problem) {
        out["refused"] = problem.message;
    }
    return out;
}

TEST(DoublesCompose, MakesOfStackFilesWhatDockerMakesOfThem) {
    const auto cases = recorded();
    ASSERT_GE(cases.size(), 24U);
    for (const auto& one : cases) {
        EXPECT_EQ(json::serialize(told_by_the_double(one)), json::serialize(told_by_docker(one)))
            << one.at("name") << "\n"
            << one.at("files").at(0).as_string().c_str();
    }
}

TEST(DoublesCompose, IsJudgedByWhatDockerStillSays) {
    const auto cases = recorded();
    const auto answers = testing::deployed_by_docker(cases);
    if (!answers) {
        GTEST_SKIP() << "NOT CHECKED: no docker CLI from 26 on";
    }
    for (std::size_t i = 0; i < cases.size(); ++i) {
        EXPECT_EQ(
            json::serialize(told_by_docker((*answers)[i])),
            json::serialize(told_by_docker(cases[i])))
            << cases[i].at("name");
    }
    std::cout << "judged by docker: " << cases.size() << " stack files\n";
}

}  // namespace
}  // namespace wavegate::sandbox
