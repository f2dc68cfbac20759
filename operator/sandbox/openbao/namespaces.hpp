#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Names of namespaces, without slashes at their ends; the root one's is empty (openbao.md,
/// "Namespace").
namespace wavegate::sandbox::bao {

/// What a header names: "ns1", "ns1/" and "/ns1/" are one, "root" and "/" the root one.
std::string namespace_of(std::string_view header);

/// Where a path of `inner` begins as `outer` writes it: "" in the same, "ns1/" one below. Nothing:
/// `inner` does not lie in `outer`, so that who belongs there has no business here.
std::optional<std::string> path_between(const std::string& outer, const std::string& inner);

}  // namespace wavegate::sandbox::bao
