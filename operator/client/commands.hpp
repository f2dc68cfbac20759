#pragma once

#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"
#include "operator/base/time.hpp"
#include "operator/ports/http.hpp"

#include <functional>
#include <iosfwd>
#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's name
class App;
}

namespace wavegate::client {

/// Exit codes of commands that ask a running operator (design: command line).
inline constexpr int kExitGood = 0;
inline constexpr int kExitError = 1;
inline constexpr int kExitHalted = 3;
inline constexpr int kExitCheckFailed = 4;
inline constexpr int kExitAwaited = 5;
inline constexpr int kExitStandby = 6;  ///< another operator acts

/// What commands that talk to a running operator share. The wiring fills in the functions and
/// streams; the options fill in the rest. Must outlive the parsing of the App.
struct Context {
    std::string output = "table";  ///< table, wide, json or yaml
    bool no_color = false;
    /// The operator's address, http(s)://host:port; empty: neither --server nor
    /// $WAVEGATE_SERVER was given, then `configured_server` is asked, then 127.0.0.1:8080.
    std::string server;
    /// Where the bearer stands: "env:NAME" or "file:PATH"; empty: none is sent.
    std::string token_ref;

    /// The listen address of the configuration, as a URL; may be unset or answer "".
    std::function<std::string()> configured_server;
    /// Moves one request and its answer, with a deadline of its own.
    std::function<Result<HttpResponse>(HttpRequest)> exchange;
    /// Waits between two looks, for `get -w` and `probe`.
    std::function<void(Duration)> pause;
    /// For ages in tables.
    std::function<Wall()> now;
    std::ostream* out = nullptr;    ///< data
    std::ostream* error = nullptr;  ///< everything else
    bool terminal = false;          ///< `out` is one: colours, unless `no_color`

    int exit_code = kExitGood;  ///< set by the command that ran
};

/// Registers get, describe, events, rollout, probe and completion, and the options
/// -o/--output, --no-color, --server and --token-ref where `app` has none of that name yet.
/// The command named on the command line runs inside `app.parse()`; its answer is `exit_code`.
void add_commands(CLI::App& app, Context& context);

}  // namespace wavegate::client
