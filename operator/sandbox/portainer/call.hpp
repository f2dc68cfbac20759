#pragma once

#include "operator/ports/http.hpp"
#include "operator/sandbox/portainer/substitution.hpp"
#include "operator/sandbox/target.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace wavegate::sandbox {

/// One request to Portainer, with its address taken apart.
struct PortainerCall {
    std::string method;
    Target target;
    bool form = false;  ///< Content-Type says form
    std::string body;
    std::function<bool(std::string_view piece)> each;  ///< HttpRequest's
    boost::json::object payload;                       ///< once `read_payload` has passed

    /// The n-th path segment below /api; empty when there is none.
    [[nodiscard]] std::string at(std::size_t n) const;
    [[nodiscard]] std::size_t depth() const { return target.segments.size(); }
    /// `endpointId` of the query; nothing when missing or no number.
    [[nodiscard]] std::optional<int> endpoint() const;
};

PortainerCall take_apart(HttpRequest request);

/// Portainer's error body; `details` begin with a capital.
HttpResponse refuse(int status, const std::string& message, const std::string& details = {});
/// An error relayed from the engine.
HttpResponse docker_refusal(int status, const std::string& message);
HttpResponse give(const boost::json::value& body, int status = 200);
HttpResponse give_text(std::string body);

/// Reads the JSON body into `payload`; the answer to give when it can't be read.
std::optional<HttpResponse> read_payload(PortainerCall& call);

// Request keys match in any case.
const boost::json::value* field(const boost::json::object& payload, std::string_view name);
std::string text_field(const boost::json::object& payload, std::string_view name);
bool flag_field(const boost::json::object& payload, std::string_view name);
std::optional<EnvList> env_field(const boost::json::object& payload);

}  // namespace wavegate::sandbox
