#include "operator/desired/document.hpp"

#include "operator/desired/unsupported.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace wavegate::desired {
namespace {

using formats::in_quotes;
using formats::YamlNode;

constexpr std::size_t kMostFiles = 10'000;
constexpr std::size_t kMostBytes = std::size_t{6} << 20U;
/// 6,000 services with all their documents have 230,000; each takes some 130 bytes.
constexpr std::size_t kMostValues = 280'000;

/// Of one document: others are to be seen beside it.
constexpr std::size_t kMostFaults = 100;

struct Raw {
    std::string file;
    YamlNode node;
};

std::string without_dot(std::string_view path) {
    while (path.starts_with("./")) {
        path.remove_prefix(2);
    }
    return std::string(path);
}

class Reading {
  public:
    Reading(const Revision& revision, const Schemas& schemas, Report& report)
        : revision_(revision), schemas_(schemas), report_(report) {
        for (const auto& [name, crd] : schemas.kinds()) {
            kinds_.push_back(name);
        }
    }

    Documents documents() && {
        read_files();
        set_registry_aside();
        for (auto& raw : raw_) {
            if (report_.full()) {
                break;
            }
            if (raw.file != out_.registry_file && !raw.node.is_null() && !is_lost_registry(raw)) {
                add(std::move(raw));
            }
        }
        return std::move(out_);
    }

  private:
    void read_files() {
        std::size_t files = 0;
        std::size_t bytes = 0;
        for (const auto& [path, text] : revision_.files) {
            if (!is_desired_file(path)) {
                continue;
            }
            bytes += text.size();
            if (++files > kMostFiles || bytes > kMostBytes) {
                report_.file(
                    path,
                    0,
                    0,
                    fmt::format(
                        "too much to read; at most {} files and {} MiB",
                        kMostFiles,
                        kMostBytes >> 20U));
                out_.incomplete = true;
                return;
            }
            if (report_.full()) {
                return;
            }
            read_file(path, text);
        }
    }

    void read_file(const std::string& path, const std::string& text) {
        formats::YamlLimits limits;
        limits.nodes = kMostValues;
        limits.nodes_before = values_;
        auto file = formats::read_yaml(text, limits, formats::YamlOrigin::Ours);
        values_ = file.nodes;
        for (auto& error : file.errors) {
            report_.file(path, error.line, error.column, std::move(error.message));
            out_.incomplete = true;
        }
        for (auto& document : file.documents) {
            raw_.push_back({path, std::move(document)});
        }
    }

    /// The registry is upstream's file and no document; only the fleet says which one it is.
    void set_registry_aside() {
        for (const auto& raw : raw_) {
            if (text_at(raw.node, "kind") == "Fleet") {
                out_.registry_file = without_dot(text_at(raw.node, "spec.registry"));
                break;
            }
        }
        const auto at = std::find_if(raw_.begin(), raw_.end(), [&](const Raw& raw) {
            return raw.file == out_.registry_file;
        });
        if (at != raw_.end()) {
            out_.registry = std::move(at->node);
        }
    }

    /// Where no fleet could be read, its registry must not look like a broken document.
    [[nodiscard]] bool is_lost_registry(const Raw& raw) const {
        return out_.registry_file.empty() && raw.node.find("kind") == nullptr &&
               raw.node.find("version") != nullptr && raw.node.find("services") != nullptr;
    }

    void add(Raw raw) {
        if (!raw.node.is_map()) {
            report_.file(
                raw.file, raw.node.line, raw.node.column, "must be a map with apiVersion and kind");
            out_.incomplete = true;
            return;
        }
        const auto kind = text_at(raw.node, "kind");
        const auto* crd = schemas_.find(kind);
        if (crd == nullptr) {
            unknown_kind(raw, kind);
            return;
        }
        auto name = text_at(raw.node, "metadata.name");
        auto checked =
            check(std::move(raw.node), crd->schema, std::min(kMostFaults, report_.room()));
        Document document{
            std::move(raw.file),
            kind,
            std::move(name),
            std::move(checked.value),
            std::move(checked.faults)};
        out_.incomplete |= document.name.empty();
        refuse_faults(document);
        out_.all.push_back(std::move(document));
    }

    void unknown_kind(const Raw& raw, const std::string& kind) {
        out_.incomplete = true;
        const auto* at = raw.node.find("kind");
        const auto& place = at == nullptr ? raw.node : *at;
        report_.add(
            {Severity::Error,
             {raw.file, place.line, place.column},
             {},
             "kind",
             kind.empty()
                 ? "is required" + report_.suggestion({}, kinds_)
                 : fmt::format(
                       "unknown kind {}{}", in_quotes(kind), report_.suggestion(kind, kinds_))});
    }

    void refuse_faults(Document& document) {
        for (auto& fault : document.faults) {
            if (fault.unknown) {
                if (auto known = why_unknown(document.kind, fault.field); !known.empty()) {
                    fault.message = std::move(known);
                }
            } else {
                fault.message += what_to_write(document, fault.field);
            }
            report_.add(
                {Severity::Error,
                 {document.file, fault.line, fault.column},
                 document.object(),
                 fault.field,
                 fault.message});
        }
    }

    const Revision& revision_;
    const Schemas& schemas_;
    Report& report_;
    std::vector<std::string> kinds_;
    std::vector<Raw> raw_;
    std::size_t values_ = 0;
    Documents out_;
};

/// Cuts the next step off `field`: a key, or the number of "[3]".
std::string_view next_step(std::string_view& field) {
    if (field.starts_with('.')) {
        field.remove_prefix(1);
    }
    const auto end = std::min(field.find_first_of(".[", 1), field.size());
    const auto step = field.substr(0, end);
    field.remove_prefix(end);
    return step;
}

const YamlNode* item_at(const YamlNode& list, std::string_view step) {
    std::size_t index = 0;
    const auto result = std::from_chars(step.data() + 1, step.data() + step.size(), index);
    return result.ec == std::errc() && index < list.items.size() ? &list.items[index] : nullptr;
}

}  // namespace

const YamlNode* value_at(const YamlNode& root, std::string_view field) {
    const YamlNode* node = &root;
    while (node != nullptr && !field.empty()) {
        // Keys of free maps may hold dots: the whole rest is tried first.
        if (const auto* whole = node->find(field.starts_with('.') ? field.substr(1) : field)) {
            return whole;
        }
        const auto step = next_step(field);
        node = step.starts_with('[') ? item_at(*node, step) : node->find(step);
    }
    return node;
}

std::string text_at(const YamlNode& root, std::string_view field) {
    const auto* value = value_at(root, field);
    return value != nullptr && value->is_scalar() ? value->text : std::string();
}

bool Document::is_faulty(std::string_view field) const {
    const auto within = [](std::string_view inner, std::string_view outer) {
        return inner.starts_with(outer) &&
               (inner.size() == outer.size() || inner[outer.size()] == '.' ||
                inner[outer.size()] == '[');
    };
    return std::any_of(faults.begin(), faults.end(), [&](const Fault& fault) {
        return !fault.unknown && (within(field, fault.field) || within(fault.field, field));
    });
}

std::vector<const Document*> Documents::of(std::string_view kind) const {
    std::vector<const Document*> out;
    for (const auto& document : all) {
        if (document.kind == kind) {
            out.push_back(&document);
        }
    }
    return out;
}

Documents read_documents(const Revision& revision, const Schemas& schemas, Report& report) {
    return Reading(revision, schemas, report).documents();
}

}  // namespace wavegate::desired
