#include "tests/e2e/fleet.hpp"

#include "tests/support/paths.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

constexpr const char* kToken = "sandbox-api-token";

std::map<std::string, std::string> base_env() {
    return {{"PATH", "/usr/bin:/bin"}, {"HOME", "/nonexistent"}, {"LANG", "C.UTF-8"}};
}

std::string registry_text(const std::vector<std::string>& services) {
    std::string text =
        "version: 1\n"
        "defaults: { transport: streamable-http, host: 0.0.0.0, container_port: 8000,"
        " image_registry: docker.io/knucklessg1 }\n"
        "services:\n";
    int port = 8200;
    for (const auto& name : services) {
        text += fmt::format(
            "  - {{ name: {0}, package: {0}, console_script: {0},"
            " image: \"knucklessg1/{0}:latest\", container_port: 8000, host_port: {1},"
            " profiles: [ enterprise ] }}\n",
            name,
            port++);
    }
    return text;
}

json::value parsed(const std::string& text) {
    boost::system::error_code failed;
    auto value = json::parse(text, failed);
    return failed ? json::value() : value;
}

json::object object_at(const json::object& object, const std::string& field) {
    const auto* found = object.if_contains(field);
    return found != nullptr && found->is_object() ? found->get_object() : json::object();
}

json::array array_at(const json::object& object, const std::string& field) {
    const auto* found = object.if_contains(field);
    return found != nullptr && found->is_array() ? found->get_array() : json::array();
}

/// The first object of a list that says so.
json::object entry(const json::array& list, const std::string& field, const std::string& value) {
    for (const auto& each : list) {
        if (each.is_object() && text_at(each.get_object(), field) == value) {
            return each.get_object();
        }
    }
    return {};
}

}  // namespace

Fleet::Fleet(const FleetPlan& plan) {
    auto pattern = (std::filesystem::temp_directory_path() / "wavegate-e2e.XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    repository_ = folder_ + "/desired";
    write_file(folder_ + "/registry.yml", registry_text(plan.services));
    std::vector<std::string> argv{
        program_path(), "sandbox", "--port", "0", "--speed", "10", "--auth", "none"};
    argv.insert(argv.end(), {"--soak", plan.soak, "--token-life", "1s", "--short-soak"});
    argv.insert(argv.end(), {"--registry", folder_ + "/registry.yml"});
    argv.insert(argv.end(), {"--write-desired", folder_});
    argv.insert(argv.end(), plan.options.begin(), plan.options.end());
    sandbox_ = std::make_unique<Process>(argv, base_env(), folder_ + "/sandbox");
    const auto address = sandbox_->first_line(30s);
    port_ = address.substr(address.rfind(':') + 1);
    EXPECT_FALSE(port_.empty()) << sandbox_->errors();

    operator_env_ = base_env();
    std::istringstream lines(read_file(folder_ + "/sandbox.env"));
    for (std::string line; std::getline(lines, line);) {
        const auto equals = line.find('=');
        if (equals != std::string::npos && line.front() != '#') {
            operator_env_[line.substr(0, equals)] = line.substr(equals + 1);
        }
    }
    operator_env_["WAVEGATE_CONFIG"] = folder_ + "/operator.yaml";
    operator_env_["WAVEGATE_SOURCE_GIT_URL"] = "file://" + repository_;
    operator_env_["WAVEGATE_SOURCE_GIT_INTERVAL"] = "1s";
    operator_env_["WAVEGATE_LISTEN"] = "127.0.0.1:0";
    git({"init", "-q", "-b", "main", repository_});
    commit("take the fleet as it is");
}

Fleet::~Fleet() {
    sandbox_.reset();
    std::filesystem::remove_all(folder_);
}

std::string Fleet::url(const std::string& name) const {
    return fmt::format("http://{}.localhost:{}", name, port_);
}

void Fleet::edit(const std::string& file, const std::string& from, const std::string& to) const {
    auto text = read_file(repository_ + "/" + file);
    ASSERT_NE(text.find(from), std::string::npos) << file << ": " << from;
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    write_file(repository_ + "/" + file, text);
}

void Fleet::commit(const std::string& message) const {
    const std::vector<std::string> author{"-c", "user.name=e2e", "-c", "user.email=e2e@localhost"};
    git({"-C", repository_, "add", "-A"});
    std::vector<std::string> words{"-C", repository_};
    words.insert(words.end(), author.begin(), author.end());
    words.insert(words.end(), {"commit", "-q", "-m", message});
    git(std::move(words));
}

void Fleet::ask_for_jwt() const {
    edit("services.yaml", "auth: none", "auth: jwt");
    commit("turn the fleet to jwt");
}

void Fleet::happen(const std::string& what) const {
    ASSERT_EQ(ask("POST", url("sandbox") + "/__sandbox/" + what).status, 204) << what;
}

int Fleet::knock(const std::string& service) const {
    return ask("POST", url(service) + "/mcp").status;
}

Answer Fleet::portainer(const std::string& path) const {
    return ask(
        "GET",
        url("portainer") + "/api" + path,
        {"X-API-Key: " + operator_env_.at("SANDBOX_PORTAINER")});
}

std::map<std::string, std::string> Fleet::live_env(const std::string& service) const {
    std::map<std::string, std::string> env;
    const auto services = parsed(portainer("/endpoints/1/docker/services").body);
    for (const auto& one : services.is_array() ? services.get_array() : json::array()) {
        const auto spec = object_at(one.as_object(), "Spec");
        if (text_at(spec, "Name") != service + "_" + service) {
            continue;
        }
        const auto container = object_at(object_at(spec, "TaskTemplate"), "ContainerSpec");
        for (const auto& line : array_at(container, "Env")) {
            const std::string text(line.as_string());
            env[text.substr(0, text.find('='))] = text.substr(text.find('=') + 1);
        }
    }
    return env;
}

std::map<std::string, std::string> Fleet::stack_env(const std::string& stack) const {
    std::map<std::string, std::string> env;
    const auto stacks = parsed(portainer("/stacks").body);
    const auto list = stacks.is_array() ? stacks.get_array() : json::array();
    for (const auto& pair : array_at(entry(list, "Name", stack), "Env")) {
        env[text_at(pair.as_object(), "name")] = text_at(pair.as_object(), "value");
    }
    return env;
}

std::string Fleet::keycloak_token() const {
    const auto answer =
        ask("POST",
            url("keycloak") + "/realms/master/protocol/openid-connect/token",
            {"Content-Type: application/x-www-form-urlencoded"},
            "grant_type=client_credentials&client_id=wavegate&client_secret=" +
                operator_env_.at("SANDBOX_KEYCLOAK"));
    return text_at(parsed(answer.body).as_object(), "access_token");
}

json::object Fleet::client(const std::string& client_id) const {
    const auto answer =
        ask("GET",
            url("keycloak") + "/admin/realms/master/clients?clientId=" + client_id,
            {"Authorization: Bearer " + keycloak_token()});
    const auto list = parsed(answer.body);
    return list.is_array() && !list.get_array().empty() ? list.get_array().front().as_object()
                                                        : json::object();
}

void Fleet::change_client(const json::object& client) const {
    const auto answer =
        ask("PUT",
            url("keycloak") + "/admin/realms/master/clients/" + text_at(client, "id"),
            {"Authorization: Bearer " + keycloak_token(), "Content-Type: application/json"},
            json::serialize(client));
    ASSERT_EQ(answer.status, 204) << answer.body;
}

void Fleet::add_client(const json::object& client) const {
    const auto answer =
        ask("POST",
            url("keycloak") + "/admin/realms/master/clients",
            {"Authorization: Bearer " + keycloak_token(), "Content-Type: application/json"},
            json::serialize(client));
    ASSERT_EQ(answer.status, 201) << answer.body;
}

std::string Fleet::vault_entry(const std::string& path) const {
    const auto answer =
        ask("GET",
            url("openbao") + "/v1/kv/data/" + path,
            {"X-Vault-Token: " + operator_env_.at("SANDBOX_OPENBAO")});
    return answer.status == 404 ? "" : answer.body;
}

std::vector<std::string> Fleet::policies() const {
    const auto answer =
        ask("GET",
            url("eunomia") + "/admin/policies",
            {"WAY-API-KEY: " + operator_env_.at("SANDBOX_EUNOMIA")});
    std::vector<std::string> names;
    const auto list = parsed(answer.body);
    for (const auto& policy : list.is_array() ? list.get_array() : json::array()) {
        names.push_back(text_at(policy.as_object(), "name"));
    }
    return names;
}

std::unique_ptr<Process> Fleet::start(
    const std::vector<std::string>& words,
    Process::Output output) {
    std::vector<std::string> argv{program_path()};
    argv.insert(argv.end(), words.begin(), words.end());
    const auto base = fmt::format("{}/{}{}", folder_, words.front(), ++runs_);
    return std::make_unique<Process>(argv, operator_env_, base, output);
}

int Fleet::run(std::vector<std::string> argv, std::string* printed) const {
    Process tool(argv, base_env(), folder_ + "/tool");
    const int code = tool.wait(30s);
    if (printed != nullptr) {
        *printed = tool.output() + tool.errors();
    }
    return code;
}

void Fleet::git(std::vector<std::string> words) const {
    words.insert(words.begin(), "/usr/bin/git");
    ASSERT_EQ(run(words), 0) << read_file(folder_ + "/tool.err");
}

RunningOperator::RunningOperator(Fleet& fleet) : fleet_(fleet), process_(fleet.start({"run"})) {
    constexpr std::string_view mark = "(port ";
    for (int i = 0; i < 400 && address_.empty(); ++i) {
        const auto text = process_->errors();
        const auto at = text.find(mark);
        const auto end = at == std::string::npos ? at : text.find(')', at);
        if (end != std::string::npos) {
            address_ = "127.0.0.1:" + text.substr(at + mark.size(), end - at - mark.size());
        } else {
            rest();
        }
    }
    EXPECT_FALSE(address_.empty()) << process_->errors();
}

json::object RunningOperator::status() const {
    const auto answer = ask("GET", "http://" + address_ + "/status");
    auto document = parsed(answer.body);
    return document.is_object() ? document.get_object() : json::object();
}

bool RunningOperator::until(
    const std::function<bool(const json::object&)>& so,
    std::chrono::seconds limit) const {
    for (auto left = limit.count() * 20; left > 0; --left) {
        if (so(status())) {
            return true;
        }
        rest();
    }
    return false;
}

bool RunningOperator::until_standing(const std::string& standing, std::chrono::seconds limit)
    const {
    return until(
        [&](const json::object& now) { return text_at(now, "standing") == standing; }, limit);
}

void RunningOperator::look() const {
    const auto answer =
        ask("POST",
            "http://" + address_ + "/api/v1/reconcile",
            {fmt::format("Authorization: Bearer {}", kToken)});
    const auto document = parsed(answer.body);
    ASSERT_TRUE(document.is_object()) << answer.status << " " << answer.body;
    const auto wanted = document.get_object().at("id").to_number<std::int64_t>();
    ASSERT_TRUE(until(
        [&](const json::object& now) {
            const auto look = object_at(now, "lookNow");
            return look.contains("answered") &&
                   look.at("answered").to_number<std::int64_t>() >= wanted;
        },
        30s));
}

int RunningOperator::written(const std::string& kind) const {
    const auto document = parsed(ask("GET", "http://" + address_ + "/api/v1/events").body);
    const auto events =
        document.is_object() ? array_at(document.get_object(), "items") : json::array();
    return static_cast<int>(
        std::count_if(events.begin(), events.end(), [&](const json::value& event) {
            return text_at(event.as_object(), "reason") == "Written" &&
                   text_at(event.as_object(), "message").starts_with(kind + ":");
        }));
}

int RunningOperator::command(const std::vector<std::string>& words, std::string* printed) const {
    fleet_.operator_env()["WAVEGATE_SERVER"] = "http://" + address_;
    fleet_.operator_env()["WAVEGATE_TOKEN_REF"] = "env:SANDBOX_API_TOKEN";
    const auto process = fleet_.start(words);
    const int code = process->wait(30s);
    if (printed != nullptr) {
        *printed = process->output() + process->errors();
    }
    return code;
}

std::size_t RunningOperator::resident() const {
    constexpr std::string_view field = "VmRSS:";
    const auto text = read_file(fmt::format("/proc/{}/status", process_->id()));
    const auto at = text.find(field);
    EXPECT_NE(at, std::string::npos);
    return at == std::string::npos ? 0 : std::stoul(text.substr(at + field.size())) << 10U;
}

std::string RunningOperator::limits() const {
    return read_file(fmt::format("/proc/{}/limits", process_->id()));
}

void RunningOperator::kill() {
    process_->kill(SIGKILL);
    EXPECT_EQ(process_->wait(10s), -2);
}

std::string RunningOperator::story() const {
    std::string text;
    static_cast<void>(command({"rollout", "show"}, &text));
    return text + process_->errors();
}

json::object service_of(const json::object& status, const std::string& name) {
    return entry(array_at(status, "services"), "name", name);
}

std::string phase_of(const json::object& status, const std::string& service) {
    return text_at(service_of(status, service), "phase");
}

std::string waits_of(const json::object& status, const std::string& service) {
    return text_at(object_at(service_of(status, service), "waits"), "reason");
}

json::object condition_of(const json::object& object, const std::string& type) {
    return entry(array_at(object, "conditions"), "type", type);
}

std::string source_text(const json::object& status, const std::string& field) {
    const auto* source = status.if_contains("source");
    return source == nullptr ? "" : text_at(source->as_object(), field);
}

std::string text_at(const json::object& object, const std::string& field) {
    const auto* found = object.if_contains(field);
    return found != nullptr && found->is_string() ? std::string(found->get_string())
                                                  : std::string();
}

}  // namespace wavegate::testing
