#pragma once

#include "tests/sim/rig.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace wavegate::testing {

// What wires, people and other hands do to a fleet under test, and what people read of it.

/// The next writes of this stack arrive so much later than they are sent, whoever waits for them.
void land_late(Rig& rig, const std::string& stack, Duration by, int times = 1);
/// The next write of this stack lands, and its answer does not come.
void lose_reply(Rig& rig, const std::string& stack);
/// Writes of this stack that were sent so far.
std::size_t writes_sent(const Rig& rig, const std::string& stack);

/// A person's command, as the API hands it over.
Result<void> tell(Rig& rig, Command::Verb verb, const std::string& service = "");
/// Commits and has the operator look at once.
void commit_now(Rig& rig, const sandbox::DesiredPlan& desired);
/// Somebody opens a service without asking the operator.
void open_by_hand(Rig& rig, const std::string& service);
/// Somebody makes a new secret for the multiplexer's client.
void replace_secret(Rig& rig);
/// Does the multiplexer run with the secret that its client has?
bool has_secret_in_force(Rig& rig);

/// The condition of that type among "conditions" of a status document's entry; empty: none.
boost::json::object condition(const boost::json::object& of, const std::string& type);
/// The status document as GET /status shows it.
boost::json::object status_now(const Rig& rig);
/// Its entry of one service.
boost::json::object status_of(const Rig& rig, const std::string& service);
/// "True", "False" or "Unknown"; of the fleet, or of one service.
std::string told(const Rig& rig, const std::string& type, const std::string& service = "");
/// Events of that reason since then, oldest first.
std::vector<Event> events(const Rig& rig, const std::string& reason, Time since = {});

}  // namespace wavegate::testing
