#pragma once

#include "operator/formats/yaml.hpp"

#include <string>
#include <string_view>

namespace wavegate::formats {

/// What Docker's YAML reader takes a scalar for, and how it prints it where text is wanted: an
/// unquoted `3.10` runs as `3.1`, `010` as `8`, `2024-1-2` as `2024-01-02 00:00:00 +0000 UTC`.
struct ComposeScalar {
    enum class Kind {
        Text,
        Number,   ///< printed as Go prints it
        Date,     ///< printed so too; with a time of day: not printed, `text` is as written
        Boolean,  ///< refused where text is wanted
        Endless,  ///< `.inf`, `.nan`: refused everywhere
    };
    Kind kind = Kind::Text;
    std::string text;
};

/// `node` is a scalar. Tags other than `!!str` are not looked at.
ComposeScalar read_compose_scalar(const YamlNode& node);

}  // namespace wavegate::formats
