#pragma once

#include "operator/importer/import.hpp"

#include <string>

namespace wavegate::importer {

inline constexpr const char* kVaultSecret = "hunter2-of-the-vault";
inline constexpr const char* kServiceSecret = "sk-of-a-service-1234567890";

/// A fleet as it may be found: a multiplexer, and the children that a test adds.
struct RunningFleet {
    RunningFleet();

    /// A stack of its own with this auth block; each has a secret in its environment.
    SwarmService& add(const std::string& name, const AuthBlock& block);
    SwarmService& add_open(const std::string& name);
    SwarmService& add_enforcing(const std::string& name);
    /// Something that is no MCP service.
    void add_other(const std::string& name);
    /// The multiplexer's client, by hand: without a mark.
    ClientView& add_client();
    Policy& add_policy(const std::string& name, const std::string& description = "");

    [[nodiscard]] LiveFleet live() const;
    [[nodiscard]] Result<Imported> imported() const { return import_fleet(live()); }

    LiveFleet seen;
    std::vector<SwarmService> services;
};

/// The block that this fleet's services enforce with.
AuthBlock enforcing_block();
/// The rule of upstream's baseline.
PolicyRule rule_for(const std::string& principal);
/// Why something was not expressed; empty: it was.
std::string why_left(const Imported& imported, const std::string& object);

}  // namespace wavegate::importer
