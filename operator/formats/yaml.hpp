#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::formats {

struct YamlEntry;

/// A value of a YAML document in our own tree. Aliases stand expanded, `<<` is a key like others.
struct YamlNode {
    enum class Kind { Null, Scalar, Sequence, Map };

    Kind kind = Kind::Null;
    int line = 0;            ///< from 1, of the value's first sign: a quote, `&`, `!`, `|` or `*`
    int column = 0;          ///< from 1, in bytes; a byte order mark does not count
    std::size_t offset = 0;  ///< of that sign in the whole text, a byte order mark counts
    bool quoted = false;     ///< scalar that is not plain: quotes, a block, `!!str`
    bool flow = false;       ///< `[…]` or `{…}`
    bool alias = false;      ///< written as `*name`; what is below stands elsewhere in the text
    bool anchored = false;   ///< `&name` before it
    bool tagged = false;     ///< `!tag` before it
    std::string text;        ///< of a scalar
    std::vector<YamlNode> items;     ///< of a sequence
    std::vector<YamlEntry> entries;  ///< of a map, in order

    [[nodiscard]] bool is_null() const { return kind == Kind::Null; }
    [[nodiscard]] bool is_scalar() const { return kind == Kind::Scalar; }
    [[nodiscard]] bool is_sequence() const { return kind == Kind::Sequence; }
    [[nodiscard]] bool is_map() const { return kind == Kind::Map; }
    /// The value under `key`, nullptr when this is no map or has no such key.
    [[nodiscard]] const YamlNode* find(std::string_view key) const;
    [[nodiscard]] const YamlEntry* find_entry(std::string_view key) const;
};

struct YamlEntry {
    YamlNode key;  ///< a scalar
    YamlNode value;
};

struct YamlError {
    int line = 0;  ///< 0 when the text as a whole is meant
    int column = 0;
    std::string message;
};

/// What a text may cost. Values count aliases as often as they are used.
struct YamlLimits {
    std::size_t bytes = std::size_t{2} << 20U;  ///< also of texts that aliases repeat
    std::size_t nodes = 400'000;                ///< values
    std::size_t nodes_before = 0;               ///< of these, spent on other texts
    std::size_t in_one = 20'000;                ///< values of one list, or keys of one map
    std::size_t flow_signs = 30'000;            ///< `,` and brackets of one `[…]` or `{…}`
    std::size_t errors = 200;                   ///< that do not end the reading
    std::size_t depth = 64;
    std::size_t aliases = 1'000;
    std::size_t documents = 20'000;
};

struct YamlFile {
    std::vector<YamlNode> documents;  ///< the complete ones; an empty document is Null
    std::vector<YamlError> errors;    ///< all that were found, in order of the text
    std::size_t nodes = 0;            ///< values that were read, with those before
};

/// Ours: written for us, so what other parsers would read otherwise is refused, tags but YAML's own
/// and quoted texts that go on at a lesser indentation. Foreign: as it comes.
enum class YamlOrigin { Ours, Foreign };

/// The gate that every YAML text goes through: always ends, never throws, needs time in proportion
/// to the text and memory in proportion to the limits. Errors: over a limit, no UTF-8, control
/// bytes, what the parser refuses, a quote that is not closed (yaml-cpp 0.7 closes it at the end),
/// a document that begins without `---` after another (yaml-cpp makes endless empty documents of a
/// stray comma), duplicate keys, keys that are no scalars, an alias in its own anchor. After
/// duplicate keys reading goes on (the first counts), after all others it stops.
YamlFile read_yaml(
    std::string_view text,
    const YamlLimits& limits = {},
    YamlOrigin origin = YamlOrigin::Foreign);

/// Foreign text as it may stand in a message: quoted, cut at 60 bytes, printable ASCII only.
std::string in_quotes(std::string_view text);

/// Plain `true` or `false`, nothing else: `yes` and `"true"` are no booleans here.
std::optional<bool> to_bool(const YamlNode& node);
/// A plain decimal integer: no leading zeros, no `0x`, no `1_000`.
std::optional<std::int64_t> to_integer(const YamlNode& node);
/// A plain decimal number: `20`, `0.05`, `1e-3`.
std::optional<double> to_number(const YamlNode& node);

}  // namespace wavegate::formats
