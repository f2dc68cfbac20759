#pragma once

#include "operator/sandbox/openbao/kv.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

/// JSON of the KV v2 engine, and how it reads bodies.
namespace wavegate::sandbox::bao {

/// The flat record that data reads, writes and patches carry.
boost::json::object version_record(const BaoEntry& entry, std::uint64_t number);
/// What a metadata read answers.
boost::json::object metadata_record(const BaoEntry& entry);
/// A number, also as a string.
std::optional<std::uint64_t> number_at(const boost::json::object& object, std::string_view key);
/// The request's object; an empty one when it has none.
boost::json::object body_of(const KvRequest& request);
/// A PATCH needs its own content type.
std::optional<BaoReply> check_patch(const KvRequest& request);

}  // namespace wavegate::sandbox::bao
