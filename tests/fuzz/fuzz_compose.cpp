#include "operator/formats/compose.hpp"
#include "operator/formats/compose_effect.hpp"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace {

using wavegate::Result;
using wavegate::formats::ComposeChange;
using wavegate::formats::StackEffect;

void demand(bool holds) {
    if (!holds) {
        std::abort();
    }
}

Result<StackEffect> effect(std::string_view text) {
    auto compose = wavegate::formats::read_compose(text);
    if (!compose) {
        return compose.take_error();
    }
    const auto file = std::make_shared<const wavegate::formats::Compose>(std::move(*compose));
    return wavegate::formats::effect_of({file}, {{"V", "value"}, {"EMPTY", ""}});
}

/// A deployment gives the service what was asked for, and all else what it gave before.
void try_effect(std::string_view before, std::string_view after, const std::string& name) {
    auto old = effect(before);
    const auto now = effect(after);
    if (!old) {
        return;
    }
    demand(now.has_value());
    auto& environment = old->services.at(name).environment;
    environment["AUTH_TYPE"] = "jwt";
    environment["PORT"] = "80: #\n";
    environment.erase("OLD");
    demand(now->services == old->services);
}

void try_service(std::string_view text, const std::string& name) {
    const std::vector<ComposeChange> changes{
        {"AUTH_TYPE", "jwt", false}, {"PORT", "80: #\n", false}, {"OLD", std::nullopt, false}};
    const auto edited = wavegate::formats::edit_compose(text, name, changes);
    if (!edited) {
        return;
    }
    const auto after = wavegate::formats::read_compose(*edited);
    demand(after.has_value());
    const auto& environment = after->services.at(name).environment;
    demand(environment.at("AUTH_TYPE").text == "jwt");
    demand(environment.at("PORT").text == "80: #\n");
    demand(!environment.contains("OLD"));
    try_effect(text, *edited, name);
    const auto again = wavegate::formats::edit_compose(*edited, name, changes);
    demand(again.has_value() && *again == *edited);
}

}  // namespace

/// What can be read and edited says afterwards what was asked for, and a second edit is none.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    (void)wavegate::formats::substitute(text, {{"V", "value"}});
    const auto compose = wavegate::formats::read_compose(text);
    if (!compose) {
        return 0;
    }
    for (const auto& [name, service] : compose->services) {
        try_service(text, name);
    }
    return 0;
}
