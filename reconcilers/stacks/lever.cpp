#include "reconcilers/stacks/lever.hpp"

#include "operator/base/text.hpp"
#include "operator/formats/variables.hpp"
#include "reconcilers/stacks/outcome.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace wavegate::stacks {

using formats::ComposeChange;
using formats::ComposeEnv;
using formats::EnvPlace;

struct Lever::Draft {
    std::vector<ComposeChange> file;
    std::vector<EnvChange> env;
    std::vector<std::string> missing;  ///< lines that a file which may not be changed would need
    std::set<std::string> shared;      ///< variables that others read too
    std::string uneditable;
};

Result<Lever> Lever::of(
    const StackView& stack,
    const std::string& compose_service,
    formats::ComposeCache* files) {
    if (stack.file == nullptr) {
        return Error(ErrorKind::Unavailable, "the stack's file was not read yet");
    }
    formats::ComposeCache none;
    auto compose = (files == nullptr ? none : *files).read(stack.file);
    if (!compose) {
        return compose.take_error();
    }
    if (!(*compose)->services.contains(compose_service)) {
        return Error(
            ErrorKind::Invalid, fmt::format("the compose file has no service {}", compose_service));
    }
    Lever lever(stack, std::move(*compose), compose_service, files);
    auto environment =
        formats::environment_of({lever.compose_}, compose_service, lever.variables(stack.env));
    if (!environment) {
        return environment.take_error();
    }
    for (auto& [key, value] : *environment) {
        lever.environment_[key] = make_secret(std::move(value));
    }
    return lever;
}

Lever::Lever(
    const StackView& stack,
    std::shared_ptr<const formats::Compose> compose,
    std::string service,
    formats::ComposeCache* files)
    : stack_(&stack), compose_(std::move(compose)), service_(std::move(service)), files_(files) {}

const ComposeEnv* Lever::entry(const std::string& key) const {
    const auto& environment = compose_->services.at(service_).environment;
    const auto at = environment.find(key);
    return at == environment.end() ? nullptr : &at->second;
}

SecretValue Lever::effective(const std::string& key) const {
    const auto at = environment_.find(key);
    return at == environment_.end() ? nullptr : at->second;
}

std::map<std::string, std::string> Lever::variables(const StackEnv& env) const {
    auto variables = formats::texts_of(env);
    const auto& own = compose_->services.at(service_).environment;
    std::erase_if(variables, [&](const auto& item) {
        // Docker looks names without a value up, too.
        return !compose_->readers.contains(item.first) && !own.contains(item.first);
    });
    return variables;
}

const std::string& Lever::written_image() const {
    return compose_->services.at(service_).image;
}

std::string Lever::image() const {
    auto text = formats::substitute(written_image(), variables(stack_->env));
    return text ? std::move(*text) : std::string();
}

AuthBlock Lever::effective_block(const AuthProfile& profile) const {
    AuthBlock block;
    for (const auto& key : profile.keys) {
        if (const auto value = effective(key.name); value != nullptr) {
            value->reveal([&](std::string_view text) { block.emplace(key.name, text); });
        }
    }
    return block;
}

std::map<std::string, AuthBlock> Lever::neighbours(const AuthProfile& profile) const {
    std::map<std::string, AuthBlock> blocks;
    const auto env = formats::texts_of(stack_->env);
    for (const auto& [name, service] : compose_->services) {
        if (name == service_) {
            continue;
        }
        if (const auto environment = formats::environment_of({compose_}, name, env)) {
            blocks[name] = profile.block_in(*environment);
        }
    }
    return blocks;
}

bool Lever::is_shared(const std::string& variable, const std::string& key, const Wishes& wishes)
    const {
    const auto readers = compose_->readers.find(variable);
    if (readers == compose_->readers.end()) {
        return false;
    }
    const auto& wished = wishes.at(key).value;
    return std::any_of(readers->second.begin(), readers->second.end(), [&](const auto& reader) {
        const auto other = wishes.find(reader.key);
        const bool along = other != wishes.end() && equal(other->second.value, wished);
        return reader.service != service_ || (reader.key != key && !along);
    });
}

std::string Lever::own_variable(const std::string& key) const {
    std::string name = key + "_";
    for (const char c : service_) {
        const auto letter = static_cast<unsigned char>(c);
        name += std::isalnum(letter) != 0 ? static_cast<char>(std::toupper(letter)) : '_';
    }
    while (compose_->readers.contains(name)) {
        name += "_OWN";
    }
    return name;
}

std::string Lever::line_of(const std::string& key, const std::string& variable) const {
    const bool map = compose_->services.at(service_).environment_is_map;
    return map ? fmt::format("{}: ${{{}}}", key, variable)
               : fmt::format("- {}=${{{}}}", key, variable);
}

void Lever::fulfil(const std::string& key, const Wishes& wishes, Draft& draft) const {
    const auto& wish = wishes.at(key);
    if (fulfils(effective(key), wish.value)) {
        return;
    }
    const auto* found = entry(key);
    const auto place = found == nullptr ? EnvPlace::Absent : found->place;
    if (place == EnvPlace::PassThrough || place == EnvPlace::Bare) {
        if (is_shared(found->variable, key, wishes)) {
            draft.shared.insert(found->variable);
            draft.missing.push_back(line_of(key, own_variable(key)));
            return;
        }
        draft.env.push_back({found->variable, wish.value});
        return;
    }
    if (place == EnvPlace::Mixed) {
        draft.uneditable = fmt::format("{} mixes text and variables", key);
        return;
    }
    draft.missing.push_back(line_of(key, key));
    ComposeChange change;
    change.key = key;
    if (wish.value != nullptr && wish.open) {
        change.value = wish.value->reveal([](std::string_view text) { return std::string(text); });
    } else if (wish.value != nullptr) {
        // A secret never goes into a file: the file passes a variable through, Env holds it.
        change.value = "${" + key + "}";
        change.raw = true;
        draft.env.push_back({key, wish.value});
    }
    draft.file.push_back(std::move(change));
}

Lever::Plan Lever::plan(const Wishes& wishes, bool file_may_change) const {
    Draft draft;
    for (const auto& [key, wish] : wishes) {
        fulfil(key, wishes, draft);
    }
    auto plan = plan_of(std::move(draft), file_may_change);
    if (plan.obstacle.empty() && (plan.file || !plan.env.empty())) {
        verify(plan, wishes);
    }
    return plan;
}

Lever::Plan Lever::plan_of(Draft draft, bool file_may_change) const {
    Plan plan;
    plan.env = std::move(draft.env);
    if (!draft.uneditable.empty()) {
        plan.obstacle = "UneditableCompose";
        plan.message = draft.uneditable;
        return plan;
    }
    if (!draft.shared.empty() || (!draft.file.empty() && !file_may_change)) {
        plan.obstacle = "NeedsPassThrough";
        const auto why = draft.shared.empty() ? std::string()
                                              : fmt::format(
                                                    "{} {} read in another place too; ",
                                                    fmt::join(draft.shared, ", "),
                                                    draft.shared.size() == 1 ? "is" : "are");
        plan.message = fmt::format(
            "{}add to service {} in the stack's own {}: {}",
            why,
            service_,
            stack_->git ? "repository" : "file",
            fmt::join(draft.missing, ", "));
        return plan;
    }
    if (!draft.file.empty()) {
        formats::ComposeCache none;
        auto edited = (files_ == nullptr ? none : *files_).edit(stack_->file, service_, draft.file);
        if (!edited) {
            plan.obstacle = "UneditableCompose";
            plan.message = edited.error().message();
            return plan;
        }
        plan.file = std::move(*edited);
    }
    return plan;
}

void Lever::verify(Plan& plan, const Wishes& wishes) const {
    formats::ComposeCache none;
    auto& files = files_ == nullptr ? none : *files_;
    const auto env = formats::with_changes(stack_->env, plan.env);
    const auto verdict = files.verdict(
        stack_->file, fingerprint(env, plan, wishes), [&] { return judge(plan, env, wishes); });
    if (!verdict) {
        const bool shared = verdict.error().kind() == ErrorKind::Conflict;
        plan.obstacle = shared ? "NeedsPassThrough" : "UneditableCompose";
        plan.message = verdict.error().message();
    }
}

Result<void> Lever::judge(const Plan& plan, const StackEnv& env, const Wishes& wishes) const {
    const Outcome now{compose_, stack_->env};
    if (!plan.file) {
        return check_outcome(now, {compose_, env}, service_, wishes);
    }
    auto edited = formats::read_compose(*plan.file);
    if (!edited) {
        return edited.take_error();
    }
    const auto then = std::make_shared<const formats::Compose>(std::move(*edited));
    return check_outcome(now, {then, env}, service_, wishes);
}

/// Of all that the verdict depends on beside the file: the service, Env before and after, wishes.
std::string Lever::fingerprint(const StackEnv& env, const Plan& plan, const Wishes& wishes) const {
    std::size_t hash = 0;
    const auto add = [&](std::string_view text) {
        hash = hash * 31 + std::hash<std::string_view>()(text);
    };
    const auto add_value = [&](const SecretValue& value) {
        add(value == nullptr ? "-" : "=");
        if (value != nullptr) {
            value->reveal(add);
        }
    };
    for (const auto* entries : {&stack_->env, &env}) {
        for (const auto& [name, value] : *entries) {
            add(name);
            add_value(value);
        }
    }
    for (const auto& [key, wish] : wishes) {
        add(key);
        add_value(wish.value);
    }
    return fmt::format("{} {:x} {}", service_, hash, plan.file.has_value());
}

}  // namespace wavegate::stacks
