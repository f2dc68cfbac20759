#include "operator/formats/compose_effect.hpp"
#include "tests/support/docker_cli.hpp"
#include "tests/support/paths.hpp"
#include "tests/unit/formats/rich_compose.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// What we say that a deployment gives each service, and what `docker stack deploy` gives it.
namespace wavegate::formats {
namespace {

namespace json = boost::json;

/// By service, sorted `KEY=value`; nothing where the file is refused.
using Seen = std::optional<std::map<std::string, std::vector<std::string>>>;

Seen ours(const RichCompose& one) {
    auto compose = read_compose(one.text);
    if (!compose) {
        return std::nullopt;
    }
    const auto file = std::make_shared<const Compose>(std::move(*compose));
    const auto effect = effect_of({file}, one.env);
    if (!effect || !effect->missing.empty()) {
        return std::nullopt;
    }
    Seen seen(std::in_place);
    for (const auto& [name, service] : effect->services) {
        auto& entries = (*seen)[name];
        for (const auto& [key, value] : service.environment) {
            entries.push_back(key + "=" + value);
        }
    }
    return seen;
}

Seen dockers(const json::value& answer) {
    const auto* services = answer.as_object().if_contains("services");
    if (services == nullptr) {
        return std::nullopt;
    }
    Seen seen(std::in_place);
    for (const auto& [name, spec] : services->as_object()) {
        auto& entries = (*seen)[std::string(name)];
        const auto& container = spec.at("TaskTemplate").at("ContainerSpec").as_object();
        const auto* env = container.if_contains("Env");
        for (const auto& entry : env == nullptr ? json::array() : env->as_array()) {
            // A mere name is a variable that is not set.
            if (entry.as_string().find('=') != json::string::npos) {
                entries.emplace_back(entry.as_string());
            }
        }
    }
    return seen;
}

std::string told(const Seen& seen) {
    if (!seen) {
        return "refused\n";
    }
    std::string out;
    for (const auto& [name, entries] : *seen) {
        out += name + ":";
        for (const auto& entry : entries) {
            out += " [" + entry + "]";
        }
        out += "\n";
    }
    return out;
}

void expect_what_docker_runs(const std::vector<RichCompose>& files) {
    json::array cases;
    for (const auto& one : files) {
        json::object env;
        for (const auto& [name, value] : one.env) {
            env[name] = value;
        }
        cases.push_back({{"files", json::array{one.text}}, {"env", std::move(env)}});
    }
    const auto answers = testing::deployed_by_docker(cases);
    if (!answers) {
        GTEST_SKIP() << "NOT CHECKED: no docker CLI from 26 on";
    }
    ASSERT_EQ(answers->size(), files.size());
    std::size_t refused = 0;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto expected = dockers((*answers)[i]);
        refused += expected ? 0 : 1;
        EXPECT_EQ(told(ours(files[i])), told(expected))
            << "file " << i << "\n"
            << files[i].text << json::serialize((*answers)[i]);
    }
    std::cout << "judged by docker: " << files.size() << " files, " << refused << " refused\n";
    EXPECT_LT(refused, files.size());
}

TEST(ComposeByDocker, RunsAsTheCasesDo) {
    std::vector<RichCompose> files;
    const auto folder = testing::source_path("tests/recorded/compose");
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream file(entry.path());
        files.push_back({std::string(std::istreambuf_iterator<char>(file), {}), {}});
        files.push_back({files.back().text, {{"AUTH_TYPE", "jwt"}, {"EUNOMIA_TYPE", ""}}});
    }
    ASSERT_GE(files.size(), 18U);
    expect_what_docker_runs(files);
}

/// WAVEGATE_COMPOSE_SEEDS=FROM:COUNT looks further.
TEST(ComposeByDocker, RunsAsMadeUpFilesDo) {
    std::uint64_t from = 0;
    std::uint64_t count = 40;
    if (const char* given = std::getenv("WAVEGATE_COMPOSE_SEEDS"); given != nullptr) {
        char* rest = nullptr;
        from = std::strtoull(given, &rest, 10);
        count = *rest == ':' ? std::strtoull(rest + 1, nullptr, 10) : count;
    }
    std::vector<RichCompose> files;
    for (std::uint64_t seed = from; seed < from + count; ++seed) {
        files.push_back(rich_compose(seed));
        auto edited = edit_compose(files.back().text, "s0", {{"PORT", "3.10"}});
        if (edited && seed % 4 == 0) {
            files.push_back({std::move(*edited), files.back().env});
        }
    }
    expect_what_docker_runs(files);
}

}  // namespace
}  // namespace wavegate::formats
