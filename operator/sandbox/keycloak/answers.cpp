#include "operator/sandbox/keycloak/answers.hpp"

#include <boost/json/serialize.hpp>

namespace wavegate::sandbox {
namespace json = boost::json;
namespace {

HttpResponse with_body(int status, const json::value& body, std::string_view type) {
    HttpResponse response(status, json::serialize(body));
    response.headers.add("Content-Type", std::string(type));
    return response;
}

}  // namespace

HttpResponse admin_answer(const json::value& body) {
    auto response = with_body(200, body, "application/json;charset=UTF-8");
    response.headers.add("Cache-Control", "no-cache");
    return response;
}

HttpResponse admin_created(std::string location) {
    HttpResponse response(201);
    response.headers.add("Location", std::move(location));
    return response;
}

HttpResponse admin_refusal(const KeycloakRefusal& refusal) {
    return with_body(refusal.status, refusal.body, "application/json");
}

HttpResponse admin_error(int status, std::string_view error) {
    return admin_refusal(*refused(status, error));
}

HttpResponse token_answer(const json::value& body) {
    auto response = with_body(200, body, "application/json");
    response.headers.add("Cache-Control", "no-store");
    return response;
}

HttpResponse token_error(int status, std::string_view error, std::string_view description) {
    const json::object body{{"error", error}, {"error_description", description}};
    auto response = with_body(status, body, "application/json");
    response.headers.add("Cache-Control", "no-store");
    return response;
}

}  // namespace wavegate::sandbox
