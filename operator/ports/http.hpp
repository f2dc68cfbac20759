#pragma once

#include "operator/base/secret.hpp"
#include "operator/base/time.hpp"
#include "operator/model/credential.hpp"

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wavegate {

/// Names are compared without case; order and repeats are kept.
class Headers {
  public:
    using Field = std::pair<std::string, std::string>;

    Headers() = default;
    Headers(std::initializer_list<Field> fields) : fields_(fields) {}

    void add(std::string name, std::string value);
    /// Replaces every field of that name.
    void set(std::string name, std::string value);
    void erase(std::string_view name);
    /// The first field's value.
    [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;
    [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }

  private:
    std::vector<Field> fields_;
};

/// Deliberately without printing: bodies and headers may hold secrets.
struct HttpRequest {
    HttpRequest() = default;
    HttpRequest(std::string verb, std::string address)
        : method(std::move(verb)), url(std::move(address)) {}

    /// Adds a secret header, and whose it is.
    void add_secret(std::string name, SecretValue value, Credential credential) {
        secret_headers.emplace_back(std::move(name), std::move(value));
        credentials.push_back(std::move(credential));
    }

    std::string method = "GET";
    std::string url;  ///< absolute, http or https; never holds a credential
    Headers headers;
    /// Sent as headers too, revealed at the wire only: {"Authorization", "Bearer …"}.
    std::vector<std::pair<std::string, SecretValue>> secret_headers;
    /// Whose these headers and the body are: asked for before anything leaves (access/gate.hpp).
    std::vector<Credential> credentials;
    std::string body;
    /// Bytes of the answer's body. Who asks for more than a small answer says how much.
    std::size_t response_limit = 1U << 20U;
    /// Asked with the body so far after each piece; true ends the transfer as a good answer. For
    /// servers that send an answer and keep the stream open (SSE).
    std::function<bool(std::string_view body)> enough;
    /// Set: given each piece of a 2xx answer's body as it comes, of which nothing is kept then, and
    /// before these an empty one, when the head has come. False ends the transfer as a good answer.
    /// For answers that go on until somebody ends them: neither retried nor held to a deadline.
    std::function<bool(std::string_view piece)> each;
    /// Not sent after it (Permit::good_until); unset: whenever its turn comes.
    std::optional<Mono> good_until;
    /// The head of a 2xx answer is the whole answer: for what is only to be taken, and may be
    /// answered by a stream that stays open.
    bool head_is_enough = false;
};

struct HttpResponse {
    HttpResponse() = default;
    explicit HttpResponse(int code, std::string content = {})
        : status(code), body(std::move(content)) {}

    int status = 0;
    Headers headers;
    std::string body;
};

}  // namespace wavegate
