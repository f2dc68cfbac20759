#include "operator/model/edit.hpp"

namespace wavegate {

bool Edit::is_flip() const {
    const auto* edit = stack();
    return edit != nullptr && edit->purpose == StackPurpose::Flip;
}

bool Edit::is_way_back() const {
    const auto* edit = stack();
    return edit != nullptr && edit->purpose == StackPurpose::WayBack;
}

}  // namespace wavegate
