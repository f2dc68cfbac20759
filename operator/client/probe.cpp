#include "operator/client/objects.hpp"
#include "operator/client/output.hpp"
#include "operator/client/verbs.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ostream>

namespace wavegate::client {
namespace json = boost::json;
namespace {

constexpr Duration kLookEvery = std::chrono::milliseconds(500);

std::optional<std::uint64_t> number_of(const json::value& value, std::string_view key) {
    const auto* object = value.if_object();
    const auto* member = object == nullptr ? nullptr : object->if_contains(key);
    if (member == nullptr || !member->is_number()) {
        return std::nullopt;
    }
    boost::system::error_code wrong;
    const auto number = member->to_number<std::uint64_t>(wrong);
    return wrong ? std::nullopt : std::optional(number);
}

/// The newest request that a whole pass followed.
std::uint64_t answered(const json::value& status) {
    const auto* object = status.if_object();
    const auto* look = object == nullptr ? nullptr : object->if_contains("lookNow");
    return look == nullptr ? 0 : number_of(*look, "answered").value_or(0);
}

/// Asks for a pass and waits until one that began afterwards is over.
Result<void> look_now(const Api& api, const Context& context, Duration patience) {
    const auto asked = api.post("/api/v1/reconcile", {});
    if (!asked) {
        return asked.error();
    }
    const auto id = number_of(*asked, "id");
    if (!id) {
        return Error(ErrorKind::Protocol, "the operator's answer to reconcile has no id");
    }
    for (Duration waited{}; waited <= patience; waited += kLookEvery) {
        const auto status = api.get("/status");
        if (!status) {
            return status.error();
        }
        if (answered(*status) >= *id) {
            return {};
        }
        context.pause(kLookEvery);
    }
    return Error(
        ErrorKind::Timeout,
        "the operator has not looked within " + to_text(patience) + "; see `wavegate get events`");
}

Result<json::object> find_service(const Api& api, const std::string& name) {
    const auto kind = find_kind("services");
    const auto all = list(api, **kind);
    if (!all) {
        return all.error();
    }
    const auto named = [&](const json::object& one) { return name_of(**kind, one) == name; };
    const auto found = std::find_if(all->begin(), all->end(), named);
    if (found == all->end()) {
        return Error(ErrorKind::NotFound, "no such service: " + name);
    }
    return *found;
}

/// Does this check speak about a service in the mode that it runs in?
bool counts(const std::string& check, bool open) {
    if (check == "Unauthorized" || check == "Direct") {
        return !open;
    }
    return check == "Converged" || check == "Through" || (check == "Open" && open);
}

/// Good needs at least one check of the mode, and none of them other than passed: a check that
/// could not be made proves nothing.
int judge(const std::vector<json::object>& evidence, bool open) {
    bool any = false;
    for (const json::object& one : evidence) {
        if (!counts(text_of(one, "kind"), open)) {
            continue;
        }
        if (text_of(one, "verdict") != "Pass") {
            return kExitCheckFailed;
        }
        any = true;
    }
    return any ? kExitGood : kExitCheckFailed;
}

json::object
probe_value(const std::string& service, const std::vector<json::object>& evidence, bool passed) {
    json::object out;
    out["name"] = service;
    out["passed"] = passed;
    out["evidence"] = json::array(evidence.begin(), evidence.end());
    return out;
}

}  // namespace

int probe_service(const Context& context, const std::string& service, Duration patience) {
    const Api api(context);
    // Before the operator is sent looking: a slip of the hand need not cost the fleet a pass.
    if (const auto known = find_service(api, service); !known) {
        return fail(context, known.error());
    }
    if (const auto looked = look_now(api, context, patience); !looked) {
        return fail(context, looked.error());
    }
    const auto object = find_service(api, service);
    if (!object) {
        return fail(context, object.error());
    }
    const auto& status = status_part(*object);
    const auto evidence = newest_evidence(status);
    const int code = judge(evidence, text_of(status, "auth") == "none");
    if (!wants_text(context)) {
        print_value(context, probe_value(service, evidence, code == kExitGood));
        return code;
    }
    if (evidence.empty()) {
        *context.error << "no check of " << printable(service) << " has been made yet\n";
        return code;
    }
    *context.out << evidence_table(evidence, context.now()).text(in_color(context));
    return code;
}

}  // namespace wavegate::client
