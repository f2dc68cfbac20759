#include "operator/backends/eunomia/client.hpp"

#include "operator/backends/eunomia/wire.hpp"
#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace wavegate::eunomia {

namespace {

constexpr std::size_t kBulkLimit = 100;  // BULK_CHECK_MAX_REQUESTS
/// Rules name every tool that they are about: of 6,000 services about 4 MB.
constexpr std::size_t kListLimit = std::size_t{16} << 20U;
constexpr std::string_view kPolicies = "/admin/policies";

HttpRequest json_post(std::string url, std::string body) {
    HttpRequest request("POST", std::move(url));
    // Any other content type is a 422.
    request.headers.add("Content-Type", "application/json");
    request.body = std::move(body);
    return request;
}

}  // namespace

Client::Client(Transport& transport, Credentials& credentials, const Clock& clock, EunomiaSpec spec)
    : transport_(transport),
      credentials_(credentials),
      clock_(clock),
      spec_(std::move(spec)),
      base_(spec_.url) {
    while (base_.ends_with('/')) {
        base_.pop_back();
    }
}

Task<HttpResponse> Client::admin(HttpRequest request) {
    if (!spec_.api_key.empty()) {
        auto key = co_await credentials_.resolve(spec_.api_key, base_);
        if (!key) {
            co_return key.take_error();
        }
        request.add_secret("WAY-API-KEY", std::move(*key), Credential::given(spec_.api_key.text));
    }
    co_return co_await transport_.send(std::move(request));
}

Task<std::vector<Policy>> Client::list() {
    HttpRequest request("GET", base_ + std::string(kPolicies));
    request.response_limit = kListLimit;
    auto response = co_await admin(std::move(request));
    if (!response) {
        co_return response.take_error().in("eunomia: list policies");
    }
    if (response->status != 200) {
        co_return refusal(response->status, false).in("eunomia: list policies");
    }
    auto policies = parse_policies(response->body);
    if (!policies) {
        co_return policies.take_error().in("eunomia: list policies");
    }
    co_return policies;
}

Task<std::vector<PolicyAnswer>> Client::check(HttpRequest request, std::size_t expected) {
    const bool alone = request.url.ends_with("/check");
    auto response = co_await transport_.send(std::move(request));
    if (!response) {
        co_return response.take_error().in("eunomia: check");
    }
    if (response->status != 200) {
        co_return refusal(response->status, false).in("eunomia: check");
    }
    std::vector<PolicyAnswer> answers;
    if (alone) {
        auto answer = parse_answer(response->body);
        if (!answer) {
            co_return answer.take_error().in("eunomia: check");
        }
        answers.push_back(std::move(*answer));
    } else {
        auto many = parse_answers(response->body);
        if (!many) {
            co_return many.take_error().in("eunomia: check");
        }
        answers = std::move(*many);
    }
    if (answers.size() != expected) {
        co_return Error(ErrorKind::Protocol, "eunomia: check: another number of decisions");
    }
    co_return answers;
}

Task<std::vector<PolicyAnswer>> Client::ask(std::vector<PolicyQuestion> questions) {
    if (questions.size() == 1 && questions.front().action == PolicyAction::Execute) {
        auto request = json_post(base_ + "/check", question_body(questions.front()));
        co_return co_await check(std::move(request), 1);
    }
    std::vector<PolicyAnswer> all;
    all.reserve(questions.size());
    const std::span<const PolicyQuestion> every(questions);
    for (std::size_t first = 0; first < every.size(); first += kBulkLimit) {
        const auto chunk = every.subspan(first, std::min(kBulkLimit, every.size() - first));
        auto request = json_post(base_ + "/check/bulk", questions_body(chunk));
        auto answers = co_await check(std::move(request), chunk.size());
        if (!answers) {
            co_return answers.take_error();
        }
        std::move(answers->begin(), answers->end(), std::back_inserter(all));
    }
    co_return all;
}

Task<Receipt> Client::apply(Permit permit) {
    const auto* write = permit.as<PolicyWrite>();
    if (write == nullptr) {
        co_return Error(ErrorKind::Internal, "eunomia: not a policy's write");
    }
    std::string digest;
    if (const auto* made = std::get_if<PolicyCreate>(write)) {
        auto created = co_await create(made->policy, permit.good_until());
        if (!created) {
            co_return created.take_error().in("eunomia: create policy");
        }
        digest = std::move(*created);
    } else {
        const auto& gone = std::get<PolicyDelete>(*write);
        auto removed = co_await remove(gone.name, permit.good_until());
        if (!removed) {
            co_return removed.take_error().in("eunomia: delete policy");
        }
    }
    Receipt receipt;
    receipt.edit = permit.edit();
    receipt.digest_after = std::move(digest);
    receipt.at = clock_.now();
    co_return receipt;
}

Task<std::string> Client::create(Policy policy, std::optional<Mono> until) {
    auto wanted = canonical(std::move(policy));
    if (!wanted) {
        co_return wanted.take_error();
    }
    const auto body = policy_body(*wanted);
    if (!body) {
        co_return body.error();
    }
    auto request = json_post(base_ + std::string(kPolicies), *body);
    request.good_until = until;
    auto response = co_await admin(std::move(request));
    if (!response) {
        co_return response.take_error();
    }
    if (response->status == 400 && says_already_exists(response->body)) {
        // Perhaps our own, from an answer that was lost.
        auto same = co_await compare(*wanted);
        if (!same) {
            co_return same.take_error();
        }
        co_return sha256_hex(*body);
    }
    if (response->status != 200) {
        co_return write_refusal(*response);
    }
    const auto kept = parse_policy(response->body);
    if (!kept || *kept != *wanted) {
        co_return Error(
            ErrorKind::Protocol, "the server kept another body than was sent", Effect::Maybe);
    }
    co_return sha256_hex(*body);
}

Task<void> Client::compare(Policy policy) {
    HttpRequest request("GET", base_ + std::string(kPolicies) + "/" + percent_encode(policy.name));
    auto response = co_await admin(std::move(request));
    if (!response) {
        co_return response.take_error();
    }
    if (response->status != 200) {
        co_return refusal(response->status, false);
    }
    const auto there = parse_policy(response->body);
    if (!there) {
        co_return there.error();
    }
    if (*there != policy) {
        co_return Error(ErrorKind::Conflict, "that name exists with another body");
    }
    co_return Result<void>();
}

Task<std::string> Client::remove(std::string name, std::optional<Mono> until) {
    HttpRequest request("DELETE", base_ + std::string(kPolicies) + "/" + percent_encode(name));
    request.good_until = until;
    auto response = co_await admin(std::move(request));
    if (!response) {
        co_return response.take_error();
    }
    if (response->status != 200) {
        co_return write_refusal(*response);
    }
    // True or false: either way it is gone.
    const auto was_there = parse_deleted(response->body);
    if (!was_there) {
        auto error = was_there.error();
        co_return std::move(error).with_effect(Effect::Maybe);
    }
    co_return std::string();
}

}  // namespace wavegate::eunomia
