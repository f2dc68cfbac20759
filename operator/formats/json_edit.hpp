#pragma once

#include "operator/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace wavegate::formats {

/// A member of an object of a JSON text, which shall be this text.
struct JsonMember {
    std::string key;
    std::string value;
    bool only_if_missing = false;  ///< one that is there stays, whatever it is
};

/// What stands at a place of a JSON text.
enum class JsonPlace { Missing, Object, Text, Other };

struct JsonNodeMember;

/// A value: where it stands, and what is below it.
struct JsonNode {
    JsonPlace kind = JsonPlace::Other;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::vector<JsonNodeMember> members;  ///< of an object
};

struct JsonNodeMember {
    std::string key;
    std::size_t begin = 0;  ///< of the key's quote
    std::size_t end = 0;    ///< behind its other one
    JsonNode value;
};

/// A JSON text that is another program's: read strictly, changed surgically. RFC 8259, a byte order
/// mark before it passed over; at most 128 levels deep. The text must outlive it.
class JsonFile {
  public:
    /// Invalid, with line and column: no JSON, a key that stands twice in an object, deeper, no
    /// UTF-8. Never with what stands there.
    static Result<JsonFile> read(std::string_view text);

    using Path = std::vector<std::string>;
    [[nodiscard]] JsonPlace at(const Path& path) const;
    /// The text there, without its escapes; empty where there is none.
    [[nodiscard]] std::string text_at(const Path& path) const;
    /// The keys of the object there.
    [[nodiscard]] std::vector<std::string> keys_at(const Path& path) const;

    /// The whole text with these members in the object at the path, which is made where it alone is
    /// missing; in the manner of its neighbours, and not a byte changed elsewhere. Invalid: what
    /// holds it is no object.
    [[nodiscard]] Result<std::string> with(const Path& path, const std::vector<JsonMember>& wanted)
        const;

  private:
    JsonFile(std::string_view text, JsonNode root) : text_(text), root_(std::move(root)) {}
    [[nodiscard]] const JsonNode* find(const Path& path) const;

    std::string_view text_;
    JsonNode root_;
};

}  // namespace wavegate::formats
