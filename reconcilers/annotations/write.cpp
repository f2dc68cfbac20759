#include "reconcilers/annotations/write.hpp"

#include <algorithm>
#include <utility>

namespace wavegate::annotations {

Result<Write> write_of(const Edit& edit, const Live& /*live*/) {
    const auto* body = std::get_if<AnnotationEdit>(&edit.body);
    if (body == nullptr) {
        return Error(ErrorKind::Invalid, "not an edit of an annotation");
    }
    AnnotationWrite write;
    write.id = body->id;
    write.body = body->wanted;
    write.body.id = body->id;
    auto& tags = write.body.tags;
    if (!body->key.empty() && std::find(tags.begin(), tags.end(), body->key) == tags.end()) {
        tags.push_back(body->key);
    }
    return Write(std::move(write));
}

}  // namespace wavegate::annotations
