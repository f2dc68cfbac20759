#pragma once

#include "operator/base/error.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <initializer_list>
#include <string>

namespace wavegate::portainer {

namespace json = boost::json;

/// The value at the end of a path of object keys; null when any part is missing.
inline const json::value* value_at(
    const json::object& from,
    std::initializer_list<const char*> path) {
    const json::object* here = &from;
    const json::value* found = nullptr;
    for (const char* name : path) {
        found = here == nullptr ? nullptr : here->if_contains(name);
        here = found == nullptr ? nullptr : found->if_object();
    }
    return found;
}

inline const json::object* object_at(
    const json::object& from,
    std::initializer_list<const char*> path) {
    const auto* found = value_at(from, path);
    return found == nullptr ? nullptr : found->if_object();
}

inline std::string text_at(const json::object& from, std::initializer_list<const char*> path) {
    const auto* found = value_at(from, path);
    const auto* text = found == nullptr ? nullptr : found->if_string();
    return text == nullptr ? std::string() : std::string(*text);
}

inline std::int64_t number_at(
    const json::object& from,
    std::initializer_list<const char*> path,
    std::int64_t otherwise = 0) {
    const auto* found = value_at(from, path);
    if (found == nullptr || !found->is_number()) {
        return otherwise;
    }
    boost::system::error_code failed;
    const auto value = found->to_number<std::int64_t>(failed);
    return failed ? otherwise : value;
}

inline bool flag_at(const json::object& from, std::initializer_list<const char*> path) {
    const auto* found = value_at(from, path);
    const auto* flag = found == nullptr ? nullptr : found->if_bool();
    return flag != nullptr && *flag;
}

inline Error malformed(const char* what) {
    return {ErrorKind::Protocol, std::string("portainer: answer without ") + what};
}

}  // namespace wavegate::portainer
