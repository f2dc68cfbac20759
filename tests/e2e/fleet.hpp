#pragma once

#include "tests/e2e/http.hpp"
#include "tests/e2e/process.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace wavegate::testing {

namespace json = boost::json;

struct FleetPlan {
    /// All in wave `all`, open and desired open; portainer-mcp in wave `last`.
    std::vector<std::string> services{"a-mcp", "b-mcp"};
    std::vector<std::string> options;  ///< more options of `wavegate sandbox`
    std::string soak = "1s";
};

/// An emulated fleet on a loopback port of its own (ten times as fast as a real one), a git
/// repository of its desired state, and a folder for everything, removed at the end.
class Fleet {
  public:
    explicit Fleet(const FleetPlan& plan = {});
    ~Fleet();
    Fleet(const Fleet&) = delete;
    Fleet& operator=(const Fleet&) = delete;

    [[nodiscard]] const std::string& folder() const { return folder_; }
    [[nodiscard]] const std::string& repository() const { return repository_; }
    /// "http://keycloak.localhost:PORT"
    [[nodiscard]] std::string url(const std::string& name) const;

    // The desired state.
    /// Replaces every `from` in a file of the repository's work tree; there must be one.
    void edit(const std::string& file, const std::string& from, const std::string& to) const;
    void commit(const std::string& message) const;
    /// One commit that asks for tokens everywhere.
    void ask_for_jwt() const;

    // What happens in the fleet.
    /// A control verb of the sandbox: "break/a-mcp".
    void happen(const std::string& what) const;
    /// Status of a bare POST: 400 is an open service, 401 one that demands a token.
    [[nodiscard]] int knock(const std::string& service) const;
    /// What the running containers of a service were given.
    [[nodiscard]] std::map<std::string, std::string> live_env(const std::string& service) const;
    /// Env of its stack.
    [[nodiscard]] std::map<std::string, std::string> stack_env(const std::string& stack) const;
    /// GET, PUT or POST of Keycloak's representation of a client, by default the multiplexer's.
    [[nodiscard]] json::object client(const std::string& client_id = "mcp-multiplexer") const;
    void change_client(const json::object& client) const;
    void add_client(const json::object& client) const;
    /// What the vault holds at a path, as its answer says; empty: nothing was ever written there.
    [[nodiscard]] std::string vault_entry(const std::string& path) const;
    /// Names of the policy server's policies.
    [[nodiscard]] std::vector<std::string> policies() const;

    // The program.
    /// What an operator of this fleet finds in its environment; tests may add to it.
    std::map<std::string, std::string>& operator_env() { return operator_env_; }
    /// `wavegate WORDS…` with that environment.
    [[nodiscard]] std::unique_ptr<Process> start(
        const std::vector<std::string>& words,
        Process::Output output = Process::Output::Files);
    /// A command of its own, to its end: the exit code.
    [[nodiscard]] int run(std::vector<std::string> argv, std::string* printed = nullptr) const;

  private:
    void git(std::vector<std::string> words) const;
    [[nodiscard]] Answer portainer(const std::string& path) const;
    [[nodiscard]] std::string keycloak_token() const;

    std::string folder_;
    std::string repository_;
    std::string port_;
    std::map<std::string, std::string> operator_env_;
    std::unique_ptr<Process> sandbox_;
    int runs_ = 0;
};

/// `wavegate run` on a fleet, with its API.
class RunningOperator {
  public:
    explicit RunningOperator(Fleet& fleet);

    /// "127.0.0.1:PORT" of its API.
    [[nodiscard]] const std::string& address() const { return address_; }
    /// The status document; empty while nobody answers.
    [[nodiscard]] json::object status() const;
    /// Looks at the status until it is so.
    [[nodiscard]] bool until(
        const std::function<bool(const json::object&)>& so,
        std::chrono::seconds limit) const;
    [[nodiscard]] bool until_standing(const std::string& standing, std::chrono::seconds limit)
        const;
    /// Has the operator look anew, and waits until it has.
    void look() const;
    /// How often it wrote something of a kind: "flip", "envsync", "policy", "client".
    [[nodiscard]] int written(const std::string& kind) const;
    /// `wavegate WORDS…` against it: the exit code; what it printed is in `printed`.
    int command(const std::vector<std::string>& words, std::string* printed = nullptr) const;
    /// Bytes of memory that it holds at present.
    [[nodiscard]] std::size_t resident() const;
    /// What the kernel lets it do.
    [[nodiscard]] std::string limits() const;
    void kill();
    /// Where everything stands, for a failing test's message.
    [[nodiscard]] std::string story() const;

  private:
    Fleet& fleet_;
    std::unique_ptr<Process> process_;
    std::string address_;
};

/// Parts of a status document; empty where there is no such thing.
json::object service_of(const json::object& status, const std::string& name);
std::string phase_of(const json::object& status, const std::string& service);
/// What a service waits for: its reason.
std::string waits_of(const json::object& status, const std::string& service);
/// "True", "False" or "Unknown", and why.
json::object condition_of(const json::object& object, const std::string& type);
std::string text_at(const json::object& object, const std::string& field);
/// A field of the status' source; empty without one.
std::string source_text(const json::object& status, const std::string& field);

}  // namespace wavegate::testing
