#pragma once

#include "operator/base/result.hpp"
#include "operator/model/observed.hpp"
#include "operator/ports/http.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// JSON of Grafana's annotations (monitoring.md, "Grafana").
namespace wavegate::grafana {

/// Grafana cuts a tag at its colons into key and value, drops what stands behind a second colon,
/// trims both, and finds a tag again only if no other tag of the annotation has its key.
/// Invalid: a tag would not come back as it is, or not be found.
Result<void> check_tags(const std::vector<std::string>& tags);

/// Body of POST and PATCH. Invalid: no text (a create needs one), not UTF-8.
Result<std::string> annotation_body(const Annotation& annotation);
Result<std::vector<Annotation>> parse_annotations(std::string_view body);
/// The id in the answer to a create.
Result<std::int64_t> parse_created(std::string_view body);

/// An answer that is no success, with the server's own words for a refusal. `write`: a 5xx may have
/// changed something.
Error refusal(const HttpResponse& response, bool write);

}  // namespace wavegate::grafana
