#include "operator/serve/commands.hpp"

#include "operator/base/text.hpp"
#include "operator/serve/answers.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace wavegate::serve {
namespace json = boost::json;
namespace {

constexpr std::array<std::string_view, 2> kNotYet{"approve", "undo"};

bool is_word(std::string_view text) {
    constexpr std::size_t most = 253;
    return text.size() <= most && std::all_of(text.begin(), text.end(), [](unsigned char sign) {
               return sign >= 0x20 && sign != 0x7F;
           });
}

/// The members of the body, all of them texts of one line, all of them among `known`.
Result<std::map<std::string, std::string>> members_of(
    const HttpRequest& request,
    std::initializer_list<std::string_view> known) {
    std::map<std::string, std::string> members;
    if (trim(request.body).empty()) {
        return members;
    }
    boost::system::error_code broken;
    const auto body = json::parse(request.body, broken);
    if (broken || !body.is_object()) {
        return Error(ErrorKind::Invalid, "the body is no JSON object");
    }
    for (const auto& member : body.get_object()) {
        const auto* text = member.value().if_string();
        if (std::find(known.begin(), known.end(), std::string_view(member.key())) == known.end()) {
            return Error(ErrorKind::Invalid, "the body has a member that means nothing here");
        }
        if (text == nullptr || !is_word(*text)) {
            return Error(ErrorKind::Invalid, "a member of the body is no text of one line");
        }
        members[std::string(member.key())] = std::string(*text);
    }
    return members;
}

}  // namespace

std::variant<Command, net::ServerResponse>
read_command(std::string_view rollout, std::string_view verb, const HttpRequest& request) {
    if (std::find(kNotYet.begin(), kNotYet.end(), verb) != kNotYet.end()) {
        return problem(501, std::string(verb) + " is not yet supported");
    }
    const auto known = verb_of(verb);
    if (!known) {
        return problem(
            404,
            "no such command; there are pause, resume, abort, freeze, unfreeze, retry and accept");
    }
    auto members = members_of(request, {"service", "client", "reason", "until"});
    if (!members) {
        return problem(400, members.error().message());
    }
    Command command;
    command.verb = *known;
    command.rollout = rollout;
    command.service = (*members)["service"];
    command.client = (*members)["client"];
    command.why = (*members)["reason"];
    command.until = (*members)["until"];
    return command;
}

Result<Acceptance> read_acceptance(const HttpRequest& request) {
    auto members = members_of(request, {"revision", "reason"});
    if (!members) {
        return members.take_error();
    }
    if ((*members)["revision"].empty()) {
        return Error(ErrorKind::Invalid, "revision: the id of the revision that is held back");
    }
    return Acceptance{(*members)["revision"], (*members)["reason"]};
}

}  // namespace wavegate::serve
