#include "operator/backends/portainer/client.hpp"
#include "operator/backends/portainer/fields.hpp"
#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "operator/formats/deployment.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavegate::portainer {
namespace {

constexpr Duration kPollEvery{1000};
/// Generation B gives up after 15 minutes.
constexpr Duration kPollLimit{16 * 60 * 1000};

/// Why this edit can't be done on this re-read; nothing when it can.
std::optional<Error> unfit(const StackEdit& edit, const std::optional<StackView>& live) {
    if (!live || live->id == 0 || live->id != edit.stack_id) {
        return Error(ErrorKind::Invalid, "portainer: permit without its stack");
    }
    if (live->kind == StackKind::Git) {
        // An update would take the stack off its repository for good.
        if (edit.file || !live->git) {
            return Error(ErrorKind::Invalid, "portainer: a git stack's file is not ours to send");
        }
    } else if (!edit.file && !live->file) {
        return Error(ErrorKind::Invalid, "portainer: permit without the stack's file");
    }
    const bool text = std::all_of(edit.env.begin(), edit.env.end(), [](const EnvChange& change) {
        return !change.value ||
               change.value->reveal([](std::string_view value) { return is_utf8(value); });
    });
    if (!text || (edit.file && !is_utf8(*edit.file))) {
        return Error(ErrorKind::Invalid, "portainer: file or env is not UTF-8");
    }
    return std::nullopt;
}

}  // namespace

Task<Receipt> Client::apply(Permit permit) {
    if (permit.edit().stack() != nullptr) {
        co_return co_await apply_stack(std::move(permit));
    }
    if (permit.edit().restart() != nullptr) {
        co_return co_await apply_restart(std::move(permit));
    }
    co_return Error(ErrorKind::Invalid, "portainer: not an edit of stacks or services");
}

Task<Receipt> Client::apply_stack(Permit permit) {
    const auto& edit = *permit.edit().stack();
    const auto& live = permit.live().stack;
    if (auto problem = unfit(edit, live)) {
        co_return std::move(*problem);
    }
    auto where = co_await environment();
    if (!where) {
        co_return where.take_error();
    }
    const bool git = live->kind == StackKind::Git;
    const auto env = formats::with_changes(live->env, edit.env);
    Receipt receipt;
    receipt.edit = permit.edit().id;
    std::string body;
    std::string path;
    if (git) {
        path = fmt::format("/stacks/{}/git/redeploy?endpointId={}", live->id, where->id);
        body = redeploy_body(*live, env);
    } else {
        const auto& content = edit.file ? *edit.file : *live->file;
        receipt.digest_after = sha256_hex(content);
        path = fmt::format("/stacks/{}?endpointId={}", live->id, where->id);
        body = update_body(*live, content, env);
    }
    auto written = co_await write_stack(std::move(path), std::move(body));
    if (!written) {
        co_return written.take_error();
    }
    if (git && written->git) {
        receipt.digest_after = written->git->config_hash;
    }
    receipt.at = clock_.now();
    co_return receipt;
}

Task<StackView> Client::write_stack(std::string path, std::string body) {
    auto answer = co_await send("PUT", std::move(path), std::move(body));
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

Task<Receipt> Client::apply_restart(Permit permit) {
    const auto& edit = *permit.edit().restart();
    const auto& live = permit.live().service;
    const auto judged = live ? live->template_digest : std::string();
    auto done = co_await restart_once(edit.swarm_service, judged);
    if (!done && done.error().message() == "portainer: update out of sequence") {
        // Refused for sure, and the service's version moves by itself while an update runs.
        done = co_await restart_once(edit.swarm_service, judged);
    }
    if (done) {
        done->edit = permit.edit().id;
        done->at = clock_.now();
    }
    co_return done;
}

Task<Receipt> Client::restart_once(std::string service, std::string judged_digest) {
    const auto where = "/services/" + percent_encode(service);
    auto read = co_await read_docker(where);
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
    const auto path = fmt::format(
        "/endpoints/{}/docker{}/update?version={}",
        environment_ ? environment_->id : 0,
        where,
        view->version);
    auto body = boost::json::serialize(*spec);
    auto answer = co_await send("POST", path, std::move(body));
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
