#pragma once

#include "operator/base/result.hpp"
#include "operator/desired/schema.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::desired {

inline constexpr std::string_view kGroup = "wavegate.dev";
inline constexpr std::string_view kApiVersion = "wavegate.dev/v1";

/// A column of `get`, as Kubernetes prints it; priority 0 is always shown.
struct PrinterColumn {
    std::string name;
    std::string type;
    std::string json_path;
    std::int64_t priority = 0;
};

/// What a CustomResourceDefinition file says of one kind.
struct Crd {
    std::string kind;
    std::string plural;
    std::string singular;
    std::vector<std::string> short_names;
    std::vector<PrinterColumn> columns;
    Schema schema;
};

/// All kinds, by name: the one source for validation, defaults, columns, `explain` and editors.
class Schemas {
  public:
    /// From the texts of CRD files, by file name. Invalid: no CRD of our group, or a keyword that
    /// our validator does not know (names file, line and keyword).
    static Result<Schemas> read(const std::map<std::string, std::string, std::less<>>& texts);
    /// Those of crd-schemas/, as they were when this program was built.
    static const Schemas& embedded();

    [[nodiscard]] const Crd* find(std::string_view kind) const;
    [[nodiscard]] const std::map<std::string, Crd>& kinds() const { return kinds_; }

  private:
    std::map<std::string, Crd> kinds_;
};

/// Written at build time by embed.cmake.
const std::map<std::string, std::string, std::less<>>& embedded_schema_texts();

}  // namespace wavegate::desired
