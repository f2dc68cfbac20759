#pragma once

#include "operator/client/commands.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace wavegate::client {

/// JSON requests to a running operator. Errors say what a person can do about them; the token
/// appears in none.
class Api {
  public:
    explicit Api(const Context& context) : context_(&context) {}

    /// `path` begins with a slash. Invalid: the server's address; Denied: no or a wrong token;
    /// NotFound, Conflict, Protocol: as the operator answered.
    [[nodiscard]] Result<boost::json::value> get(std::string_view path) const;
    [[nodiscard]] Result<boost::json::value> post(
        std::string_view path,
        const boost::json::object& body) const;

  private:
    [[nodiscard]] Result<boost::json::value> send(HttpRequest request) const;
    [[nodiscard]] Result<std::string> server() const;

    const Context* context_;
};

/// The bearer that "env:NAME" or "file:PATH" points to, without blanks around it; null for "".
/// Invalid: another form, an empty variable or file, or signs that no header may hold.
Result<SecretValue> read_token(std::string_view reference);

}  // namespace wavegate::client
