#include "operator/backends/portainer/client.hpp"
#include "operator/backends/portainer/fields.hpp"
#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavegate::portainer {
namespace {

constexpr Duration kPollEvery{1000};
/// Generation B gives up after 15 minutes.
constexpr Duration kPollLimit{16 * 60 * 1000};

/// Why this can't be sent; nothing when it can.
std::optional<Error> unfit(const StackWrite& write) {
    // An update would take the stack off its repository for good; a commit is not ours to make.
    if (write.stack_id == 0 || write.commit) {
        return Error(ErrorKind::Invalid, "portainer: permit without its stack, or with a commit");
    }
    const bool text = std::all_of(write.env.begin(), write.env.end(), [](const EnvEntry& entry) {
        return entry.value != nullptr &&
               entry.value->reveal([](std::string_view value) { return is_utf8(value); });
    });
    if (!text || (write.file() != nullptr && !is_utf8(*write.file()))) {
        return Error(ErrorKind::Invalid, "portainer: file or env is not UTF-8");
    }
    return std::nullopt;
}

}  // namespace

Task<Receipt> Client::apply(Permit permit) {
    Result<Receipt> receipt;
    if (const auto* stack = permit.as<StackWrite>()) {
        receipt = co_await apply_stack(*stack, permit.good_until());
    } else if (const auto* restart = permit.as<ServiceRestart>()) {
        receipt = co_await apply_restart(*restart, permit.good_until());
    } else {
        co_return Error(ErrorKind::Invalid, "portainer: not a write of stacks or services");
    }
    if (receipt) {
        receipt->edit = permit.edit();
        receipt->at = clock_.now();
    }
    co_return receipt;
}

Task<Receipt> Client::apply_stack(const StackWrite& write, std::optional<Mono> good_until) {
    if (auto problem = unfit(write)) {
        co_return std::move(*problem);
    }
    auto where = co_await api_.environment();
    if (!where) {
        co_return where.take_error();
    }
    const auto* file = write.file();
    Receipt receipt;
    if (file != nullptr) {
        receipt.digest_after = sha256_hex(*file);
    }
    const auto path = fmt::format(
        "/stacks/{}{}?endpointId={}",
        write.stack_id,
        file == nullptr ? "/git/redeploy" : "",
        where->id);
    auto request = api_.request_for("PUT", path, stack_body(write));
    request.good_until = good_until;
    auto written = co_await write_stack(std::move(request));
    if (!written) {
        co_return written.take_error();
    }
    if (file == nullptr && written->git) {
        receipt.digest_after = written->git->config_hash;
    }
    co_return receipt;
}

Task<StackView> Client::write_stack(HttpRequest request) {
    auto answer = co_await api_.send(std::move(request));
    if (!answer) {
        co_return answer.take_error();
    }
    if (answer->status != 200) {
        co_return write_error(*answer);
    }
    auto value = parse_body(answer->body);
    if (!value) {
        co_return value.take_error().with_effect(Effect::Maybe);
    }
    auto stack = stack_view(*value);
    if (!stack) {
        co_return stack.take_error().with_effect(Effect::Maybe);
    }
    co_return co_await settled(std::move(*stack));
}

/// Generation B answers before it deploys: waits until it has.
Task<StackView> Client::settled(StackView stack) {
    const auto limit = clock_.now().mono + kPollLimit;
    while (stack.status == StackStatus::Deploying) {
        if (clock_.now().mono >= limit) {
            co_return Error(ErrorKind::Timeout, "portainer: still deploying", Effect::Maybe);
        }
        const auto waited = co_await clock_.sleep_until(clock_.now().mono + kPollEvery);
        if (!waited) {
            co_return Error(ErrorKind::Cancelled, "portainer: wait was cancelled", Effect::Maybe);
        }
        auto now = co_await record(stack.id);
        if (!now) {
            co_return now.take_error().with_effect(Effect::Maybe);
        }
        stack = std::move(*now);
    }
    if (stack.status == StackStatus::Error) {
        co_return Error(ErrorKind::Invalid, "portainer: deployment failed", Effect::Maybe);
    }
    co_return std::move(stack);
}

Task<Receipt> Client::apply_restart(const ServiceRestart& restart, std::optional<Mono> good_until) {
    auto done = co_await restart_once(restart.swarm_service, restart.template_digest, good_until);
    if (!done && done.error().message() == "portainer: update out of sequence") {
        // Refused for sure, and the service's version moves by itself while an update runs.
        done = co_await restart_once(restart.swarm_service, restart.template_digest, good_until);
    }
    co_return done;
}

Task<Receipt> Client::restart_once(
    std::string service,
    std::string judged_digest,
    std::optional<Mono> good_until) {
    const auto at = co_await api_.environment();
    if (!at) {
        co_return at.error();
    }
    const auto where = "/services/" + percent_encode(service);
    auto read = co_await api_.read_docker(where);
    if (!read) {
        co_return read.take_error();
    }
    auto* object = read->if_object();
    auto* spec = object == nullptr ? nullptr : object->if_contains("Spec");
    if (spec == nullptr || object_at(*object, {"Spec", "TaskTemplate"}) == nullptr) {
        co_return malformed("a service's Spec");
    }
    auto view = reader_.service(*object);
    if (!view) {
        co_return view.take_error();
    }
    if (!judged_digest.empty() && judged_digest != view->template_digest) {
        co_return Error(ErrorKind::Conflict, "portainer: service changed since it was judged");
    }
    spec->at("TaskTemplate").as_object()["ForceUpdate"] = view->force_update + 1;
    const auto path =
        fmt::format("/endpoints/{}/docker{}/update?version={}", at->id, where, view->version);
    auto request = api_.request_for("POST", path, boost::json::serialize(*spec));
    request.good_until = good_until;
    auto answer = co_await api_.send(std::move(request));
    if (!answer) {
        co_return answer.take_error();
    }
    if (answer->status != 200) {
        co_return write_error(*answer);
    }
    Receipt receipt;
    receipt.digest_after = fmt::format("force-update/{}", view->force_update + 1);
    co_return receipt;
}

}  // namespace wavegate::portainer
