// Namespaces: which of them a request means, and who may act there.
#include "operator/sandbox/openbao/namespaces.hpp"

#include "operator/sandbox/openbao/openbao.hpp"

namespace wavegate::sandbox {
namespace bao {

std::string namespace_of(std::string_view header) {
    while (header.starts_with('/')) {
        header.remove_prefix(1);
    }
    while (header.ends_with('/')) {
        header.remove_suffix(1);
    }
    return header == "root" ? std::string() : std::string(header);
}

std::optional<std::string> path_between(const std::string& outer, const std::string& inner) {
    if (outer == inner) {
        return std::string();
    }
    const auto above = outer.empty() ? std::string() : outer + "/";
    if (!inner.starts_with(above)) {
        return std::nullopt;
    }
    return inner.substr(above.size()) + "/";
}

}  // namespace bao

bool OpenBao::enter_namespace(Call& call) {
    call.name_space = bao::namespace_of(call.request.headers.get("X-Vault-Namespace").value_or(""));
    if (!spaces_.contains(call.name_space)) {
        return false;
    }
    // A path may go on with the names of further ones.
    auto& segments = call.target.segments;
    while (segments.size() > 2) {
        const auto below =
            call.name_space.empty() ? segments[1] : call.name_space + "/" + segments[1];
        if (!spaces_.contains(below)) {
            break;
        }
        call.name_space = below;
        segments.erase(segments.begin() + 1);
    }
    return true;
}

void OpenBao::add_namespace(const std::string& name) {
    spaces_.try_emplace(name);
}

}  // namespace wavegate::sandbox
