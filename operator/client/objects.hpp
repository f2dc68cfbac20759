#pragma once

#include "operator/client/api.hpp"
#include "operator/desired/crd.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace wavegate::client {

/// A kind of object that the operator's API lists.
struct ObjectKind {
    std::string plural;  ///< as `get` takes it: "services"
    std::string object;  ///< as events name it: "Service"
    std::string crd;     ///< the kind that has its columns; empty: `columns`
    std::string path;    ///< of its list
    std::string id;      ///< member with an object's name
    std::vector<std::string> aliases;
    std::vector<desired::PrinterColumn> columns;
};

/// By plural, singular, the CRD's names or its short names; NotFound with what is known.
Result<const ObjectKind*> find_kind(std::string_view word);
/// What a person names: a kind, and one of its objects or, empty, all.
struct Named {
    const ObjectKind* kind = nullptr;
    std::string name;
};
/// "service" "NAME", or "service/NAME" alone. NotFound with the nearest kind; Invalid where two
/// names are given.
Result<Named> find_named(const std::string& kind, const std::string& name);
/// NotFound that names the object, and the nearest of those that are there.
Error no_such(
    const ObjectKind& kind,
    const std::vector<boost::json::object>& objects,
    const std::string& name);
/// The printer columns of a kind, of its CRD where it has one.
const std::vector<desired::PrinterColumn>& columns_of(const ObjectKind& kind);
/// All objects of a kind, as the operator sends them.
Result<std::vector<boost::json::object>> list(const Api& api, const ObjectKind& kind);
/// The operator's list under `key`: an array, or an object with `items` or `key`; else nothing.
std::vector<boost::json::object> items_of(const boost::json::value& answer, std::string_view key);

/// The name of an object, in its metadata or beside its other members.
std::string name_of(const ObjectKind& kind, const boost::json::object& object);
/// The object as printer columns see it: with metadata, spec and status. What the operator sends
/// flat stands in both spec and status.
boost::json::value shaped(const ObjectKind& kind, const boost::json::object& object);
/// Its status, or the object itself where that stands flat.
const boost::json::object& status_part(const boost::json::object& object);
/// The list under `key`; an object there is a list of one.
std::vector<boost::json::object> part_of(const boost::json::object& object, std::string_view key);
/// A member's text: empty when there is none.
std::string text_of(const boost::json::object& object, std::string_view key);
/// Events about "Kind/name", oldest first.
std::vector<boost::json::object> events_about(
    const std::vector<boost::json::object>& events,
    std::string_view object);

}  // namespace wavegate::client
