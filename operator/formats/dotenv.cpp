#include "operator/formats/dotenv.hpp"

#include "operator/base/text.hpp"
#include "operator/formats/byte_order_mark.hpp"
#include "operator/formats/variables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace wavegate::formats {
namespace {

constexpr std::size_t kMaxSize = std::size_t{1024} * 1024;

bool blank(char c) {
    return c == ' ' || c == '\t';
}

bool in_name(char c) {
    return starts_name(c) || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

/// Walks over the text once; every `take_` leaves `at_` behind what it took.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {}

    Result<std::map<std::string, SecretValue>> run() {
        std::map<std::string, SecretValue> values;
        while (at_ < text_.size()) {
            const auto start = at_;
            const char* wrong = take_entry(values);
            if (wrong != nullptr) {
                return Error(ErrorKind::Invalid, fmt::format("line {}: {}", line_of(start), wrong));
            }
        }
        return values;
    }

  private:
    /// One line, or more where quotes span them. Returns what is wrong with it, or nothing.
    const char* take_entry(std::map<std::string, SecretValue>& values) {
        skip_blanks();
        if (ends() || text_[at_] == '#') {
            skip_line();
            return nullptr;
        }
        std::string name = take_name();
        if (name == "export" && at_ < text_.size() && blank(text_[at_])) {
            skip_blanks();
            if (!ends() && text_[at_] != '=') {
                name = take_name();
            }
        }
        skip_blanks();
        if (name.empty() || ends() || text_[at_] != '=') {
            return "not of the form KEY=value";
        }
        ++at_;
        auto value = take_value();
        if (!value) {
            return "a quote is not closed, or text follows it";
        }
        values.insert_or_assign(std::move(name), make_secret(std::move(*value)));
        return nullptr;
    }

    std::string take_name() {
        const auto start = at_;
        while (at_ < text_.size() &&
               (at_ == start ? starts_name(text_[at_]) : in_name(text_[at_]))) {
            ++at_;
        }
        return std::string(text_.substr(start, at_ - start));
    }

    std::optional<std::string> take_value() {
        const auto start = at_;
        skip_blanks();
        if (ends() || (text_[at_] != '"' && text_[at_] != '\'')) {
            at_ = start;  // the blanks tell whether a '#' begins a comment
            return take_plain();
        }
        auto value = take_quoted(text_[at_++]);
        skip_blanks();
        if (!value || (!ends() && text_[at_] != '#')) {
            return std::nullopt;
        }
        skip_line();
        return value;
    }

    std::string take_plain() {
        const auto start = at_;
        auto end = at_;
        while (!ends()) {
            if (text_[at_] == '#' && at_ > start && blank(text_[at_ - 1])) {
                break;
            }
            ++at_;
            end = at_;
        }
        skip_line();
        return std::string(trim(text_.substr(start, end - start)));
    }

    /// Up to the closing quote; in double quotes \n \r \t \" \\ \$ mean what they do in a shell.
    std::optional<std::string> take_quoted(char quote) {
        const auto close = closing(quote);
        if (close == std::string_view::npos) {
            return std::nullopt;
        }
        std::string value;
        value.reserve(close - at_);  // no growth: nothing of it is left behind in freed memory
        while (at_ < close) {
            const char c = text_[at_++];
            value += c == '\\' && quote == '"' ? take_escaped(value) : c;
        }
        ++at_;
        return value;
    }

    [[nodiscard]] std::size_t closing(char quote) const {
        for (auto at = at_; at < text_.size(); ++at) {
            if (text_[at] == quote) {
                return at;
            }
            if (text_[at] == '\\' && quote == '"') {
                ++at;
            }
        }
        return std::string_view::npos;
    }

    char take_escaped(std::string& value) {
        const char c = text_[at_++];
        switch (c) {
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case '"':
            case '\\':
            case '$':
                return c;
            default:
                value += '\\';
                return c;
        }
    }

    [[nodiscard]] bool ends() const {
        return at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '\r';
    }
    void skip_blanks() {
        while (at_ < text_.size() && blank(text_[at_])) {
            ++at_;
        }
    }
    void skip_line() {
        while (!ends()) {
            ++at_;
        }
        at_ += text_.substr(std::min(at_, text_.size()), 2) == "\r\n" ? 2 : 1;
    }
    [[nodiscard]] std::size_t line_of(std::size_t at) const {
        const auto before = text_.substr(0, at);
        return 1 + static_cast<std::size_t>(std::ranges::count(before, '\n'));
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

Result<std::map<std::string, SecretValue>> parse_dotenv(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) {
        text.remove_prefix(kByteOrderMark.size());
    }
    if (text.size() > kMaxSize) {
        return Error(ErrorKind::Invalid, "the file is too large");
    }
    if (!is_utf8(text) || text.find('\0') != std::string_view::npos) {
        return Error(ErrorKind::Invalid, "the file is not UTF-8 text");
    }
    return Scanner(text).run();
}

}  // namespace wavegate::formats
