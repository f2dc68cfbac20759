#pragma once

#include "operator/desired/reader.hpp"
#include "operator/model/desired.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavegate::desired {

/// A Fleet document: the model's spec, and what only this folder needs of it.
struct FleetDocument {
    FleetSpec spec;
    AuthMode default_auth = AuthMode::None;
    std::string default_wave;
    std::vector<std::string> default_policies;
    std::string url_pattern;
    std::string health_pattern;  ///< empty: /health on the host of the url
};

/// A McpService document as it stands; merge.hpp fills in what it leaves out.
struct ServiceDocument {
    std::string name;
    AuthMode auth = AuthMode::None;
    Modes modes;
    std::optional<std::string> wave;
    std::optional<std::vector<std::string>> policies;
    ProbeSpec probe;
    std::map<std::string, std::string> env;
    std::vector<EnvFileSpec> env_from;
    std::optional<std::string> stack;
    std::optional<std::string> service;
    std::optional<std::string> child;
    std::optional<std::string> url;
    std::optional<std::string> health;
    std::optional<std::string> image;
    std::optional<Duration> soak;
    std::optional<Duration> deadline;
};

/// One function a kind, one file a function. They never fail: what is wrong was reported by the
/// structure check and reads as empty.
FleetDocument bind_fleet(const Reader& document, const Origin& origin);
ServiceDocument bind_service(const Reader& document);
OidcClientSpec bind_client(const Reader& document, const Origin& origin);
PolicySpec bind_policy(const Reader& document, const Origin& origin);
MonitoringSpec bind_monitoring(const Reader& document, const Origin& origin);

}  // namespace wavegate::desired
