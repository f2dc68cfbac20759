#pragma once

#include "operator/base/result.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// Texts in pieces that a store takes, and together again. Pure.
namespace wavegate::store {

/// JSON of one thing, its long lists cut into parts that are named by what they hold: of a fleet's
/// thousand members the parts that changed are written, and no others.
struct Document {
    std::string head;                          ///< JSON; where a list was, the names of its parts
    std::map<std::string, std::string> parts;  ///< by name
};

/// `text`: a JSON object. A part holds `group` items of a list, and never more than `most` bytes.
Document split(std::string_view text, std::size_t group, std::size_t most);
/// The parts that a head names.
std::set<std::string> parts_of(std::string_view head);
/// Invalid: a part is missing, or what is there is no document.
Result<std::string> join(const Document& document);

struct Packed {
    std::string text;  ///< a JSON list
    std::size_t items = 0;
};
/// JSON texts as few: lists of them, of `most` bytes each, or of one text where it is longer.
std::vector<Packed> pack(const std::vector<std::string>& texts, std::size_t most);
/// Invalid: no such list.
Result<std::vector<std::string>> unpack(std::string_view packed);

}  // namespace wavegate::store
