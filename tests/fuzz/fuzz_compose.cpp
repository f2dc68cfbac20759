#include "operator/formats/compose.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using wavegate::formats::ComposeChange;

void demand(bool holds) {
    if (!holds) {
        std::abort();
    }
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
