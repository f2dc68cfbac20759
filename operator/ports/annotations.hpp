#pragma once

#include "operator/base/task.hpp"
#include "operator/model/observed.hpp"
#include "operator/model/permit.hpp"

#include <string>
#include <vector>

namespace wavegate {

/// Grafana's annotations.
class Annotations {
  public:
    virtual ~Annotations() = default;
    /// All annotations that carry every one of `tags`.
    virtual Task<std::vector<Annotation>> list(std::vector<std::string> tags) = 0;

    /// Performs an AnnotationWrite. An answer lost after a create is Maybe: list before retrying.
    virtual Task<Receipt> apply(Permit permit) = 0;
};

}  // namespace wavegate
