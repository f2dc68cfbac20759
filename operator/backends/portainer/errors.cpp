#include "operator/backends/portainer/fields.hpp"
#include "operator/backends/portainer/wire.hpp"
#include "operator/base/text.hpp"

#include <array>

namespace wavegate::portainer {
namespace {

struct Phrase {
    std::string_view theirs;
    ErrorKind kind;
    Effect effect;
    const char* ours;
};

constexpr std::string_view kSchema = "Additional property";

// A deployment is not atomic: what fails in it may have removed or changed services before.
constexpr std::array<Phrase, 15> kPhrases{
    {{"update out of sequence", ErrorKind::Conflict, Effect::None, "update out of sequence"},
     {"already in progress", ErrorKind::Conflict, Effect::None, "another deployment is running"},
     {"authentication failed", ErrorKind::Denied, Effect::None, "git credentials are refused"},
     {"Unable to clone", ErrorKind::Unavailable, Effect::None, "the repository can't be cloned"},
     {"could not be found", ErrorKind::Invalid, Effect::Maybe, "an external network is missing"},
     {"secret not found", ErrorKind::Invalid, Effect::Maybe, "a secret is missing"},
     {"config not found", ErrorKind::Invalid, Effect::Maybe, "a config is missing"},
     {"only updates to Labels", ErrorKind::Invalid, Effect::Maybe, "a secret or config changed"},
     {"is already in use by service", ErrorKind::Invalid, Effect::Maybe, "a port is taken"},
     {"is missing a value", ErrorKind::Invalid, Effect::Maybe, "a required variable is not set"},
     {"invalid interpolation", ErrorKind::Invalid, Effect::Maybe, "a substitution is malformed"},
     {kSchema, ErrorKind::Invalid, Effect::Maybe, "the file breaks the schema"},
     {"yaml: ", ErrorKind::Invalid, Effect::Maybe, "the file is not YAML"},
     {"top-level object", ErrorKind::Invalid, Effect::Maybe, "the file is empty"},
     {"Cannot connect to the Docker daemon",
      ErrorKind::Unavailable,
      Effect::Maybe,
      "the engine is unreachable"}}};

struct Kind {
    int status;
    ErrorKind kind;
    const char* ours;
};
constexpr std::array<Kind, 11> kKinds{
    {{400, ErrorKind::Invalid, "request refused"},
     {401, ErrorKind::Denied, "credentials refused"},
     {403, ErrorKind::Denied, "not allowed"},
     {404, ErrorKind::NotFound, "not found"},
     {408, ErrorKind::Unavailable, "a backup is running"},
     {409, ErrorKind::Conflict, "another deployment is running"},
     {422, ErrorKind::Denied, "credentials refused"},
     {429, ErrorKind::Throttled, "too many requests"},
     {502, ErrorKind::Unavailable, "the engine is unreachable"},
     {503, ErrorKind::Unavailable, "server unavailable"},
     {504, ErrorKind::Unavailable, "server unavailable"}}};

/// Of a refusal that names keys and roles; others repeat values of the file.
std::string with_words(std::string text, std::string_view said) {
    const auto words = their_words(said);
    return words.empty() ? text : std::move(text) + ": " + words;
}

Error by_status(int status, Effect effect) {
    for (const auto& known : kKinds) {
        if (known.status == status) {
            return Error(known.kind, std::string("portainer: ") + known.ours, effect)
                .with_status(status);
        }
    }
    const auto kind = status >= 500 ? ErrorKind::Unavailable : ErrorKind::Protocol;
    return Error(kind, "portainer: unexpected status", effect).with_status(status);
}

std::string message_of(const HttpResponse& answer) {
    const auto body = parse_body(answer.body);
    if (!body || !body->is_object()) {
        return {};
    }
    return text_at(body->get_object(), {"message"}) + "\n" +
           text_at(body->get_object(), {"details"});
}

}  // namespace

Error read_error(const HttpResponse& answer) {
    return by_status(answer.status, Effect::None);
}

Error write_error(const HttpResponse& answer) {
    const auto message = message_of(answer);
    for (const auto& phrase : kPhrases) {
        if (answer.status == 500 && message.find(phrase.theirs) != std::string::npos) {
            auto text = std::string("portainer: ") + phrase.ours;
            if (phrase.theirs == kSchema) {
                text = with_words(std::move(text), message);
            }
            return Error(phrase.kind, std::move(text), phrase.effect).with_status(answer.status);
        }
    }
    // Below 500 Portainer refuses before it does anything.
    auto error = by_status(answer.status, answer.status < 500 ? Effect::None : Effect::Maybe);
    const bool stays = answer.status == 400 || answer.status == 403;
    if (!stays) {
        return error;
    }
    return Error(error.kind(), with_words(error.message(), message), error.effect())
        .with_status(answer.status);
}

}  // namespace wavegate::portainer
