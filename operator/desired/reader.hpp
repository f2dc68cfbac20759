#pragma once

#include "operator/desired/document.hpp"
#include "operator/model/desired.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::desired {

/// Walks a checked document on its way into the model. What the structure check refused reads as
/// empty. Given a trace, it notes each leaf that is read ("spec.waves[].soak"): so a test finds
/// schema leaves that nothing reads.
class Reader {
  public:
    using Trace = std::set<std::string>;

    explicit Reader(const Document& document, Trace* trace = nullptr)
        : Reader(&document.value, document.file, "", trace) {}

    /// The field below this one; absent when it is not there.
    [[nodiscard]] Reader operator[](std::string_view name) const;
    [[nodiscard]] bool present() const { return node_ != nullptr; }

    [[nodiscard]] std::string text() const;
    [[nodiscard]] bool boolean() const;
    [[nodiscard]] int integer() const;
    [[nodiscard]] Duration duration() const;
    [[nodiscard]] Reference reference() const;
    [[nodiscard]] std::optional<std::string> optional_text() const;
    [[nodiscard]] std::optional<Duration> optional_duration() const;
    [[nodiscard]] std::vector<std::string> texts() const;
    [[nodiscard]] std::map<std::string, std::string> text_map() const;
    [[nodiscard]] std::vector<Reader> items() const;
    /// A value of any shape; nullptr when absent.
    [[nodiscard]] const formats::YamlNode* any() const;

  private:
    Reader(const formats::YamlNode* node, std::string file, std::string path, Trace* trace)
        : node_(node), file_(std::move(file)), path_(std::move(path)), trace_(trace) {}
    void note(std::string_view suffix = {}) const;

    const formats::YamlNode* node_;
    std::string file_;
    std::string path_;
    Trace* trace_;
};

}  // namespace wavegate::desired
