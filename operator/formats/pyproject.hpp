#pragma once

#include "operator/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace wavegate::formats {

/// What a Python package's pyproject.toml says of it.
struct PyProject {
    struct Text {
        std::string text;
        int line = 0;  ///< from 1; 0: it is not there
    };
    struct Script {
        std::string name;
        std::string target;  ///< "package.module:function"
        int line = 0;
    };
    Text name;                    ///< [project] name
    std::vector<Script> scripts;  ///< [project.scripts], in the order of the file
};

/// Reads TOML 1.0 as far as these fields need it: every value is walked over, those of other tables
/// are not looked into. Invalid: "line 3: …" of what is no TOML, a name that stands twice, or a
/// script that is no text; a text over 1 MiB, or values nested deeper than 32.
Result<PyProject> read_pyproject(std::string_view text);

}  // namespace wavegate::formats
