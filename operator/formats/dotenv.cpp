#include "operator/formats/dotenv.hpp"

#include "operator/base/text.hpp"
#include "operator/formats/byte_order_mark.hpp"
#include "operator/formats/dotenv_expansion.hpp"
#include "operator/formats/variables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavegate::formats {
namespace {

using Values = std::map<std::string, SecretValue>;

constexpr std::size_t kMaxSize = std::size_t{1024} * 1024;
constexpr std::size_t kMostNotes = 20;
constexpr const char* kOpenQuote = "a quote is not closed, or text follows it";

bool blank(char c) {
    return c == ' ' || c == '\t';
}

SecretValue value_in(const Values& values, const std::string& name) {
    const auto at = values.find(name);
    return at == values.end() ? nullptr : at->second;
}

/// Walks over the text once; every `take_` leaves `at_` behind what it took and returns what is
/// wrong with it, or nothing.
class Scanner {
  public:
    Scanner(std::string_view text, const Values& before) : text_(text), before_(before) {}

    Result<Dotenv> run() {
        while (at_ < text_.size()) {
            const auto passed = text_.substr(start_, at_ - start_);
            line_ += static_cast<std::size_t>(std::ranges::count(passed, '\n'));
            start_ = at_;
            if (const char* wrong = take_entry()) {
                return Error(ErrorKind::Invalid, told(wrong));
            }
        }
        return std::move(out_);
    }

  private:
    /// One line, or more where quotes span them.
    const char* take_entry() {
        skip_blanks();
        if (ends() || text_[at_] == '#') {
            skip_line();
            return nullptr;
        }
        std::string name = take_name();
        skip_blanks();
        if (name == "export" && !ends() && text_[at_] != '=' && text_[at_] != '#') {
            name = take_name();
            skip_blanks();
        }
        if (is_variable_name(name) && (ends() || text_[at_] == '#')) {
            note("a name without a value is left out");
            skip_line();
            return nullptr;
        }
        if (name.empty() || ends() || text_[at_] != '=') {
            return "not of the form KEY=value";
        }
        ++at_;
        return take_value(std::move(name));
    }

    std::string take_name() {
        constexpr std::string_view ending = "=#\"' \t";
        const auto start = at_;
        while (!ends() && ending.find(text_[at_]) == std::string_view::npos) {
            ++at_;
        }
        return std::string(text_.substr(start, at_ - start));
    }

    const char* take_value(std::string name) {
        const auto start = at_;
        skip_blanks();
        if (ends() || (text_[at_] != '"' && text_[at_] != '\'')) {
            at_ = start;  // the blanks tell whether a '#' begins a comment
            return put_in(std::move(name), take_plain(), false);
        }
        const char quote = text_[at_++];
        const auto close = closing(quote);
        if (close == std::string_view::npos) {
            return kOpenQuote;
        }
        const auto quoted = text_.substr(at_, close - at_);
        at_ = close + 1;
        skip_blanks();
        if (!ends() && text_[at_] != '#') {
            return kOpenQuote;
        }
        skip_line();
        return quote == '"' ? put_in(std::move(name), quoted, true)
                            : keep(std::move(name), std::string(quoted));
    }

    std::string_view take_plain() {
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
        return trim(text_.substr(start, end - start));
    }

    /// Variables are looked for in the lines above, then in the files before this one.
    const char* put_in(std::string name, std::string_view text, bool escapes) {
        auto lookup = [this](const std::string& wanted) {
            auto above = value_in(out_.values, wanted);
            return above != nullptr ? above : value_in(before_, wanted);
        };
        DotenvExpansion expansion(std::move(lookup), escapes, kMaxSize);
        const char* wrong = expansion.run(text);
        if (wrong != nullptr) {
            wipe(expansion.value());
            return wrong;
        }
        if (expansion.missed()) {
            note("a variable that is not set before it is read as empty");
        }
        return keep(std::move(name), std::move(expansion.value()));
    }

    const char* keep(std::string name, std::string value) {
        size_ += value.size();
        if (size_ > kMaxSize) {
            wipe(value);
            return "the values are too large together";
        }
        if (!is_variable_name(name)) {
            out_.misnamed[std::move(name)] = line_;
            wipe(value);
            return nullptr;
        }
        out_.values.insert_or_assign(std::move(name), make_secret(std::move(value)));
        return nullptr;
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
    [[nodiscard]] std::string told(const char* what) const {
        return fmt::format("line {}: {}", line_, what);
    }
    void note(const char* what) {
        if (out_.notes.size() < kMostNotes) {
            out_.notes.push_back(told(what));
        }
    }

    std::string_view text_;
    const Values& before_;
    Dotenv out_;
    std::size_t at_ = 0;
    std::size_t start_ = 0;  ///< of the entry
    std::size_t line_ = 1;   ///< of the entry
    std::size_t size_ = 0;   ///< of all values so far
};

}  // namespace

Result<Dotenv> parse_dotenv(std::string_view text, const Values& before) {
    if (text.starts_with(kByteOrderMark)) {
        text.remove_prefix(kByteOrderMark.size());
    }
    if (text.size() > kMaxSize) {
        return Error(ErrorKind::Invalid, "the file is too large");
    }
    if (!is_utf8(text) || text.find('\0') != std::string_view::npos) {
        return Error(ErrorKind::Invalid, "the file is not UTF-8 text");
    }
    return Scanner(text, before).run();
}

}  // namespace wavegate::formats
