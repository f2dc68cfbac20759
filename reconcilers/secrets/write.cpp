#include "reconcilers/secrets/write.hpp"

#include "operator/formats/json_secret.hpp"
#include "operator/model/client_rules.hpp"

#include <utility>
#include <variant>

namespace wavegate::secrets {
namespace {

const SecretValue* find(const std::map<std::string, SecretValue>& values, const std::string& key) {
    const auto at = values.find(key);
    return at == values.end() || at->second == nullptr ? nullptr : &at->second;
}

VaultMarks marks_of(const SecretEdit& edit, const std::optional<VaultEntry>& there) {
    VaultMarks marks;
    if (there) {
        marks.custom = there->custom_metadata;
        marks.cas = there->metadata_version;
    }
    marks.custom[kOwnerMetadata] = edit.owner;
    return marks;
}

}  // namespace

Result<Write> write_of(const Edit& edit, const Live& live) {
    const auto* body = std::get_if<SecretEdit>(&edit.body);
    if (body == nullptr) {
        return Error(ErrorKind::Invalid, "not an edit of an entry");
    }
    // In its place from the start: moved into it, g++ 12 takes its marks for uninitialized.
    Write whole(std::in_place_type<VaultWrite>);
    auto& write = std::get<VaultWrite>(whole);
    write.path = body->path;
    write.cas = body->cas;
    if (body->mark_first) {
        write.marks = marks_of(*body, live.vault);
    }
    static const VaultEntry none;
    const auto& there = live.vault ? *live.vault : none;
    for (const auto& [key, value] : body->data) {
        const auto* now = find(there.data, key);
        if (now == nullptr || !(**now == *value)) {
            write.data[key] = formats::json_text(*value);
            continue;
        }
        const auto* bytes = find(there.json, key);
        if (bytes == nullptr) {
            return Error(ErrorKind::Invalid, "how what stays of the entry stands there is unknown");
        }
        write.data[key] = *bytes;
    }
    return whole;
}

}  // namespace wavegate::secrets
