#pragma once

#include "operator/base/error.hpp"
#include "operator/formats/json_fields.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>

namespace wavegate::portainer {

namespace json = boost::json;

using formats::array_at;
using formats::flag_at;
using formats::number_at;
using formats::object_at;
using formats::text_at;
using formats::value_at;

inline Error malformed(const char* what) {
    return {ErrorKind::Protocol, std::string("portainer: answer without ") + what};
}

}  // namespace wavegate::portainer
