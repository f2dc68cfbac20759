#include "operator/sandbox/git/site.hpp"

#include "operator/sandbox/target.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <string>
#include <utility>

namespace wavegate::sandbox {
namespace {

namespace json = boost::json;

std::string header(const HttpRequest& request, std::string_view name) {
    return std::string(request.headers.get(name).value_or(""));
}

std::string text_of(const json::object& body, const char* name) {
    const auto* value = body.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
}

/// Do two commits differ in that one file and in nothing else?
bool differ_in(const std::string& path, GitRepository::Files a, GitRepository::Files b) {
    const bool here = a[path] != b[path];
    a.erase(path);
    b.erase(path);
    return here && a == b;
}

}  // namespace

asio::awaitable<HttpResponse> GitSite::answer(HttpRequest request) {
    const auto found = repositories_.find(request.url.substr(0, request.url.find('?')));
    if (found == repositories_.end()) {
        co_return HttpResponse(404);
    }
    if (!found->second.opens(header(request, "X-Git-User"), header(request, "X-Git-Token"))) {
        co_return HttpResponse(401);
    }
    co_return request.method == "POST" ? take(found->second, request)
                                       : show(found->second, request);
}

HttpResponse GitSite::show(const GitRepository& repository, const HttpRequest& request) {
    const auto query = parse_target(request.url).query;
    const auto* head = repository.at(query.get("reference"));
    const auto* before = repository.before(query.get("reference"));
    const auto path = query.get("path");
    if (head == nullptr || !head->files.contains(path)) {
        return HttpResponse(404);
    }
    json::object shown;
    shown["commit"] = head->hash;
    shown["parent"] = before == nullptr ? std::string() : before->hash;
    shown["fileAlone"] = before != nullptr && differ_in(path, head->files, before->files);
    shown["text"] = head->files.at(path);
    return HttpResponse(200, json::serialize(shown));
}

HttpResponse GitSite::take(GitRepository& repository, const HttpRequest& request) const {
    boost::system::error_code failed;
    const auto value = json::parse(request.body, failed);
    if (failed || !value.is_object()) {
        return HttpResponse(400);
    }
    const auto& body = value.get_object();
    const auto reference = text_of(body, "reference");
    const auto* head = repository.at(reference);
    if (head == nullptr) {
        return HttpResponse(404);
    }
    if (refuses_pushes) {
        return HttpResponse(403);
    }
    if (head->hash != text_of(body, "expected")) {
        return HttpResponse(409);
    }
    json::object made;
    made["commit"] = repository.commit(
        repository.branch_of(reference), {{text_of(body, "path"), text_of(body, "text")}});
    return HttpResponse(200, json::serialize(made));
}

}  // namespace wavegate::sandbox
