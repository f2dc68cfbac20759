#include "operator/sandbox/git/repositories.hpp"

#include "operator/base/text.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace wavegate::sandbox {
namespace {

namespace json = boost::json;

/// What a status other than 200 means; nothing was changed by any of them.
Error refusal(int status) {
    switch (status) {
        case 409:
            return {ErrorKind::Conflict, "the branch moved on"};
        case 404:
            return {ErrorKind::NotFound, "no such repository, branch or file"};
        case 401:
        case 403:
            return {ErrorKind::Denied, "the repository refuses"};
        default:
            return {ErrorKind::Unavailable, "the repository can't be reached"};
    }
}

Result<BranchHead> head_of(const std::string& body) {
    boost::system::error_code failed;
    const auto value = json::parse(body, failed);
    if (failed || !value.is_object()) {
        return Error(ErrorKind::Protocol, "the head can't be read");
    }
    const auto& shown = value.get_object();
    BranchHead head;
    head.commit = shown.at("commit").as_string();
    head.parent = shown.at("parent").as_string();
    head.file_alone = shown.at("fileAlone").as_bool();
    head.file = std::make_shared<const std::string>(shown.at("text").as_string());
    return head;
}

std::string push_body(const BranchCommit& commit, const std::string& author) {
    json::object body;
    body["reference"] = commit.reference;
    body["expected"] = commit.parent;
    body["path"] = commit.path;
    body["text"] = commit.text;
    body["author"] = author;
    return json::serialize(body);
}

}  // namespace

SimulatedRepositories::SimulatedRepositories(
    Transport& transport,
    Credentials& credentials,
    StackRepoSpec spec)
    : transport_(transport), credentials_(credentials), spec_(std::move(spec)) {}

Task<HttpResponse> SimulatedRepositories::send(HttpRequest request) {
    auto token = co_await credentials_.resolve(spec_.token, request.url);
    if (!token) {
        co_return token.take_error();
    }
    request.headers.add("X-Git-User", spec_.username);
    request.add_secret("X-Git-Token", std::move(*token), Credential::given(spec_.token.text));
    auto answer = co_await transport_.send(std::move(request));
    if (answer && answer->status != 200) {
        co_return refusal(answer->status);
    }
    co_return answer;
}

Task<BranchHead> SimulatedRepositories::head(GitSource git) {
    HttpRequest request(
        "GET",
        git.url + "?reference=" + percent_encode(git.reference) +
            "&path=" + percent_encode(git.config_path));
    auto answer = co_await send(std::move(request));
    if (!answer) {
        co_return answer.take_error().with_effect(Effect::None);
    }
    co_return head_of(answer->body);
}

Task<Permit> SimulatedRepositories::push(Permit permit) {
    const auto* stack = permit.as<wavegate::StackWrite>();
    if (stack == nullptr || !stack->commit) {
        co_return Error(ErrorKind::Invalid, "no commit to a stack's branch");
    }
    HttpRequest request("POST", stack->commit->url);
    request.body = push_body(*stack->commit, spec_.author);
    auto answer = co_await send(std::move(request));
    if (!answer) {
        co_return answer.take_error();
    }
    co_return std::move(permit).committed();
}

}  // namespace wavegate::sandbox
