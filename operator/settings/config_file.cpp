#include "operator/settings/config_file.hpp"

#include "operator/desired/report.hpp"
#include "operator/formats/yaml.hpp"
#include "operator/settings/config_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace wavegate::settings {
namespace {

using formats::YamlNode;

/// Reads the file's tree into the configuration.
class FileReader {
  public:
    FileReader(std::string file, ParsedConfig& result)
        : file_(std::move(file)),
          folder_(std::filesystem::path(file_).parent_path()),
          result_(result) {}

    void map(const YamlNode& node, const std::string& group) {
        if (node.is_null()) {
            return;
        }
        if (!node.is_map()) {
            add(node, group, "is no map");
            return;
        }
        for (const auto& [key, value] : node.entries) {
            entry(group, key, value);
        }
    }

    void add(const YamlNode& at, const std::string& field, std::string message) {
        add(at.line, at.column, field, std::move(message));
    }
    void add(int line, int column, const std::string& field, std::string message) {
        result_.found.push_back(
            {Severity::Error, {file_, line, column}, {}, field, std::move(message)});
    }

  private:
    void entry(const std::string& group, const YamlNode& key, const YamlNode& value) {
        const auto known = known_below(group);
        if (std::find(known.begin(), known.end(), key.text) == known.end()) {
            add(key,
                group,
                fmt::format(
                    "unknown field {}{}",
                    formats::in_quotes(key.text),
                    desired::suggestion(key.text, known)));
            return;
        }
        const auto name = group.empty() ? key.text : group + "." + key.text;
        if (name == kReferences) {
            references(value);
        } else if (const auto* field = field_named(name)) {
            leaf(*field, value);
        } else {
            map(value, name);
        }
    }

    void leaf(const Field& field, const YamlNode& value) {
        auto text = value.text;
        if (field.list && value.is_sequence()) {
            text = joined(value);
        } else if (!value.is_scalar()) {
            add(value, field.name, "is no text");
            return;
        }
        if (field.path && !text.empty() && std::filesystem::path(text).is_relative()) {
            text = (folder_ / text).lexically_normal().string();
        }
        if (auto wrong = field.take(result_.config, text); !wrong.empty()) {
            add(value, field.name, std::move(wrong));
        }
    }

    /// What is no text in it becomes an empty name, which no list may hold.
    static std::string joined(const YamlNode& list) {
        std::string text;
        for (const auto& item : list.items) {
            text += (text.empty() ? "" : ",") + (item.is_scalar() ? item.text : std::string());
        }
        return text;
    }

    void references(const YamlNode& list) {
        if (!list.is_sequence()) {
            add(list, kReferences, "is no list");
            return;
        }
        for (const auto& item : list.items) {
            reference(item);
        }
    }

    void reference(const YamlNode& item) {
        ReferenceRule rule;
        if (item.is_scalar()) {
            rule.pattern = item.text;
        } else if (!read_pair(item, rule)) {
            add(item, kReferences, "is neither a reference nor { ref: …, host: … }");
            return;
        }
        if (auto wrong = fault_of(rule); !wrong.empty()) {
            add(item, kReferences, std::move(wrong));
            return;
        }
        result_.config.references.push_back(std::move(rule));
    }

    static bool read_pair(const YamlNode& item, ReferenceRule& rule) {
        const auto* reference = item.find("ref");
        const auto* host = item.find("host");
        const bool good = reference != nullptr && host != nullptr && reference->is_scalar() &&
                          host->is_scalar() && !host->text.empty() && item.entries.size() == 2;
        if (good) {
            rule.pattern = reference->text;
            rule.host = host->text;
        }
        return good;
    }

    std::string file_;
    std::filesystem::path folder_;
    ParsedConfig& result_;
};

}  // namespace

void read_config_file(const std::string& file, std::string_view text, ParsedConfig& result) {
    FileReader reader(file, result);
    const auto yaml = formats::read_yaml(text);
    for (const auto& error : yaml.errors) {
        reader.add(error.line, error.column, {}, error.message);
    }
    if (yaml.documents.size() > 1) {
        reader.add(yaml.documents[1], {}, "a second document: there is only one configuration");
    }
    if (!yaml.documents.empty()) {
        reader.map(yaml.documents.front(), {});
    }
}

}  // namespace wavegate::settings
