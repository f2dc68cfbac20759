#include "reconcilers/stacks/lever.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::stacks {

using formats::ComposeChange;
using formats::ComposeEnv;
using formats::EnvPlace;

namespace {

std::string env_text(const StackEnv& env, const std::string& variable) {
    const auto* value = find_env(env, variable);
    if (value == nullptr || *value == nullptr) {
        return {};
    }
    return (*value)->reveal([](std::string_view text) { return std::string(text); });
}

std::size_t count_references(std::string_view text, const std::string& variable) {
    std::size_t count = 0;
    for (const auto& lead : {"${" + variable, "$" + variable}) {
        for (auto at = text.find(lead); at != std::string_view::npos;
             at = text.find(lead, at + 1)) {
            const auto after = at + lead.size();
            const char next = after < text.size() ? text[after] : '\n';
            const bool longer = std::isalnum(static_cast<unsigned char>(next)) != 0 || next == '_';
            count += longer ? 0 : 1;
        }
    }
    return count;
}

bool equal(const SecretValue& a, const SecretValue& b) {
    return a == nullptr || b == nullptr ? a == b : *a == *b;
}

}  // namespace

struct Lever::Draft {
    std::vector<ComposeChange> file;
    std::vector<EnvChange> env;
    std::vector<std::string> missing;  ///< lines that a file which may not be changed would need
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
    return Lever(stack, std::move(*compose), compose_service, files);
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
    const auto* found = entry(key);
    if (found == nullptr || found->place == EnvPlace::Absent) {
        return nullptr;
    }
    std::map<std::string, std::string> variables;
    for (const auto& item : stack_->env) {
        if (found->place == EnvPlace::Mixed || item.name == found->variable) {
            variables[item.name] = env_text(stack_->env, item.name);
        }
    }
    if (found->place == EnvPlace::Bare) {
        return variables.contains(found->variable)
                   ? make_secret(std::move(variables[found->variable]))
                   : nullptr;
    }
    auto text = formats::substitute(found->text, variables);
    return text ? make_secret(std::move(*text)) : nullptr;
}

const std::string& Lever::written_image() const {
    return compose_->services.at(service_).image;
}

std::string Lever::image() const {
    std::map<std::string, std::string> variables;
    for (const auto& item : stack_->env) {
        variables[item.name] = env_text(stack_->env, item.name);
    }
    auto text = formats::substitute(written_image(), variables);
    return text ? std::move(*text) : std::string();
}

AuthBlock Lever::effective_block() const {
    AuthBlock block;
    for (const auto key : kAuthKeys) {
        if (const auto value = effective(std::string(key)); value != nullptr) {
            value->reveal([&](std::string_view text) { block.emplace(key, text); });
        }
    }
    return block;
}

bool Lever::shared_variable(const std::string& variable) const {
    std::size_t own = 0;
    for (const auto& [key, env] : compose_->services.at(service_).environment) {
        own += env.place == EnvPlace::PassThrough && env.variable == variable ? 1 : 0;
    }
    const bool bare_elsewhere =
        std::any_of(compose_->services.begin(), compose_->services.end(), [&](const auto& other) {
            const auto at = other.second.environment.find(variable);
            return other.first != service_ && at != other.second.environment.end() &&
                   at->second.place == EnvPlace::Bare;
        });
    return bare_elsewhere || count_references(*stack_->file, variable) > own;
}

void Lever::fulfil(const std::string& key, const Wish& wish, Draft& draft) const {
    if (equal(effective(key), wish.value)) {
        return;
    }
    const auto* found = entry(key);
    const auto place = found == nullptr ? EnvPlace::Absent : found->place;
    if (place == EnvPlace::PassThrough || place == EnvPlace::Bare) {
        if (shared_variable(found->variable)) {
            draft.missing.push_back(fmt::format("- {}=${{{}_{}}}", key, key, "OWN"));
            return;
        }
        draft.env.push_back({found->variable, wish.value});
        return;
    }
    if (place == EnvPlace::Mixed) {
        draft.uneditable = fmt::format("{} mixes text and variables", key);
        return;
    }
    if (place == EnvPlace::Absent && wish.value == nullptr) {
        return;
    }
    draft.missing.push_back(fmt::format("- {}=${{{}}}", key, key));
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

Lever::Plan Lever::plan(const std::map<std::string, Wish>& wishes, bool file_may_change) const {
    Draft draft;
    for (const auto& [key, wish] : wishes) {
        fulfil(key, wish, draft);
    }
    Plan plan;
    plan.env = std::move(draft.env);
    if (!draft.uneditable.empty()) {
        plan.obstacle = "UneditableCompose";
        plan.message = draft.uneditable;
        return plan;
    }
    const bool shared = draft.missing.size() > draft.file.size();
    if (shared || (!draft.file.empty() && !file_may_change)) {
        plan.obstacle = "NeedsPassThrough";
        plan.message = fmt::format(
            "add to service {} in the stack's own repository: {}",
            service_,
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

}  // namespace wavegate::stacks
