#pragma once

#include "operator/base/result.hpp"
#include "operator/formats/compose_text.hpp"
#include "operator/formats/yaml.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::formats {

/// Replaces bytes of the text.
struct Patch {
    Span span;
    std::string text;
};

/// The environment of one service in one state of the text.
class Environment {
  public:
    /// Text and tree must outlive it. Invalid: no such service, or an environment that nobody can
    /// edit safely.
    static Result<Environment>
    find(std::string_view text, const YamlNode& root, std::string_view service);

    /// What to patch; nothing when it says so already. Invalid: the reason, with the line.
    Result<std::vector<Patch>> set(const std::string& key, const std::string& value) const;
    Result<std::vector<Patch>> remove(const std::string& key) const;

  private:
    /// In a list both nodes are the item.
    struct Entry {
        std::string key;
        const YamlNode* name = nullptr;
        const YamlNode* value = nullptr;
    };

    Result<void> read(const YamlNode& service);
    [[nodiscard]] Result<const Entry*> entry(const std::string& key) const;
    [[nodiscard]] std::optional<EntryPlace> place_of(const Entry& entry) const;
    [[nodiscard]] bool stands_alone(Span entry, bool item) const;
    [[nodiscard]] std::string write(const std::string& key, const std::string& value, Quotes quotes)
        const;
    [[nodiscard]] std::string write_name(const std::string& name) const;
    [[nodiscard]] bool says(const Entry& entry, const std::string& wanted) const;
    [[nodiscard]] Result<std::vector<Patch>> replace(const Entry& entry, const std::string& value)
        const;
    [[nodiscard]] Result<std::vector<Patch>> insert(
        const std::string& key,
        const std::string& value) const;
    [[nodiscard]] Result<std::vector<Patch>> create(
        const std::string& key,
        const std::string& value) const;
    [[nodiscard]] Result<std::vector<Patch>> create_in_flow(
        const std::string& key,
        const std::string& value) const;
    [[nodiscard]] Patch insert_in_flow(const std::string& key, const std::string& value) const;
    [[nodiscard]] Patch cut_from_flow(Span entry) const;
    [[nodiscard]] Patch cut_line(Span entry) const;
    [[nodiscard]] Patch add_behind(Span entry, const std::vector<std::string>& lines) const;

    std::string_view text_;
    const YamlNode* service_ = nullptr;
    const YamlEntry* own_ = nullptr;  ///< `environment: …`, if the service has it
    bool list_ = true;
    bool flow_ = false;
    bool json_ = false;  ///< the whole file is JSON, and stays it
    std::vector<Entry> entries_;
};

}  // namespace wavegate::formats
