#pragma once

#include <string_view>

namespace wavegate::render {

// What may stand in a path or a generated line: upstream's own rules (upstream.md §2), none with
// `..` in it.

/// A service, package or network: lower-case letters, digits, `.`, `_`, `-`, at most 128.
bool is_component(std::string_view text);
/// A node's label or its value: as above, capitals too.
bool is_placement(std::string_view text);
/// "registry.example:5000/team"
bool is_image_prefix(std::string_view text);
bool is_image_tag(std::string_view text);
/// "512M", as compose takes it.
bool is_memory(std::string_view text);
/// One name of a path: letters, digits, `.`, `_`, `-`, neither `.` nor `..`.
bool is_file_name(std::string_view text);
/// An absolute path of such names.
bool is_plain_path(std::string_view text);

}  // namespace wavegate::render
