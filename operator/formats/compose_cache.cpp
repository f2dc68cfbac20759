#include "operator/formats/compose_cache.hpp"

#include <algorithm>

namespace wavegate::formats {

ComposeCache::Known& ComposeCache::know(const Text& text) {
    if (known_.size() >= most_) {
        // What nobody else holds any more is looked at no more.
        std::erase_if(known_, [](const auto& entry) { return entry.second.text.use_count() == 1; });
        most_ = std::max<std::size_t>(64, 2 * known_.size());
    }
    auto& known = known_[text.get()];
    known.text = text;
    return known;
}

Result<std::shared_ptr<const Compose>> ComposeCache::read(const Text& text) {
    auto& known = know(text);
    if (!known.compose) {
        auto compose = read_compose(*text);
        if (compose) {
            known.compose.emplace(std::make_shared<const Compose>(std::move(*compose)));
        } else {
            known.compose.emplace(compose.take_error());
        }
    }
    return *known.compose;
}

Result<std::string> ComposeCache::edit(
    const Text& text,
    const std::string& service,
    const std::vector<ComposeChange>& changes) {
    std::string key = service;
    for (const auto& change : changes) {
        key += '\0' + change.key + (change.value ? (change.raw ? "$" : "=") + *change.value : "-");
    }
    auto& edits = know(text).edits;
    const auto at = edits.find(key);
    if (at != edits.end()) {
        return at->second;
    }
    return edits.emplace(std::move(key), edit_compose(*text, service, changes)).first->second;
}

Result<void> ComposeCache::verdict(
    const Text& text,
    const std::string& key,
    const std::function<Result<void>()>& find) {
    auto& verdicts = know(text).verdicts;
    const auto at = verdicts.find(key);
    if (at != verdicts.end()) {
        return at->second;
    }
    // Env changes and its verdicts go with it: no text gathers them without end.
    constexpr std::size_t most = 64;
    if (verdicts.size() >= most) {
        verdicts.clear();
    }
    return verdicts.emplace(key, find()).first->second;
}

}  // namespace wavegate::formats
