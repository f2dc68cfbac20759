#include "operator/backends/portainer/fleet_lock.hpp"

#include "operator/backends/portainer/fields.hpp"
#include "operator/backends/portainer/wire.hpp"
#include "operator/base/text.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <utility>

namespace wavegate::portainer {
namespace {

/// "wavegate" in base64: a config must hold something, and it can never be changed.
constexpr std::string_view kContent = "d2F2ZWdhdGU=";
constexpr std::string_view kConfigs = "/configs";

std::string
spec_text(const std::string& name, const LockConfig::Labels& labels, std::string_view data) {
    json::object own;
    for (const auto& [key, value] : labels) {
        own[key] = value;
    }
    json::object spec;
    spec["Name"] = name;
    spec["Labels"] = std::move(own);
    spec["Data"] = data;
    return json::serialize(spec);
}

Result<LockConfig> config_of(const json::value& answer) {
    const auto* object = answer.if_object();
    const auto* spec = object == nullptr ? nullptr : object_at(*object, {"Spec"});
    if (spec == nullptr) {
        return malformed("a config's Spec");
    }
    LockConfig config;
    config.id = text_at(*object, {"ID"});
    config.name = text_at(*spec, {"Name"});
    config.version = static_cast<std::uint64_t>(number_at(*object, {"Version", "Index"}));
    config.data = text_at(*spec, {"Data"});
    if (const auto* labels = object_at(*spec, {"Labels"})) {
        for (const auto& label : *labels) {
            config.labels[label.key()] = text_at(*labels, {label.key()});
        }
    }
    if (config.id.empty() || config.version == 0) {
        return malformed("a config's ID or version");
    }
    return config;
}

/// 409 says of a config that it is there already, not that something is deployed.
Error lock_error(const HttpResponse& answer) {
    if (answer.status == 409) {
        return Error(ErrorKind::Conflict, "portainer: the lock is there already").with_status(409);
    }
    return write_error(answer);
}

/// Without the environment nobody knows whether there is a lock in it.
Error nowhere(Error error) {
    if (error.kind() != ErrorKind::NotFound) {
        return error;
    }
    return Error(ErrorKind::Unavailable, error.message()).with_status(error.status());
}

}  // namespace

Task<std::optional<LockConfig>> LockClient::read(std::string name) {
    auto where = co_await api_.environment();
    if (!where) {
        co_return nowhere(where.take_error());
    }
    auto answer = co_await api_.read_docker(fmt::format("{}/{}", kConfigs, percent_encode(name)));
    if (!answer) {
        if (answer.error().kind() == ErrorKind::NotFound) {
            co_return std::optional<LockConfig>();
        }
        co_return answer.take_error();
    }
    auto config = config_of(*answer);
    if (!config) {
        co_return config.take_error();
    }
    co_return std::optional<LockConfig>(std::move(*config));
}

Task<void> LockClient::create(std::string name, LockConfig::Labels labels) {
    const auto path = fmt::format("{}/create", kConfigs);
    auto body = spec_text(name, labels, kContent);
    co_return co_await post(path, std::move(body), 201);
}

Task<void> LockClient::update(LockConfig seen, LockConfig::Labels labels) {
    const auto path =
        fmt::format("{}/{}/update?version={}", kConfigs, percent_encode(seen.id), seen.version);
    auto body = spec_text(seen.name, labels, seen.data);
    co_return co_await post(path, std::move(body), 200);
}

Task<void> LockClient::post(std::string path, std::string body, int expected) {
    auto where = co_await api_.environment();
    if (!where) {
        co_return nowhere(where.take_error());
    }
    auto request = api_.request_for(
        "POST", fmt::format("/endpoints/{}/docker{}", where->id, path), std::move(body));
    auto answer = co_await api_.send(std::move(request));
    if (!answer) {
        co_return answer.take_error();
    }
    if (answer->status != expected) {
        co_return lock_error(*answer);
    }
    co_return Result<void>();
}

}  // namespace wavegate::portainer
