#include "operator/formats/pyproject.hpp"

#include "operator/base/text.hpp"
#include "operator/formats/compose_text.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace wavegate::formats {
namespace {

constexpr std::size_t kLargestProject = std::size_t{1} << 20U;
constexpr int kDeepestToml = 32;

using TomlPath = std::vector<std::string>;

bool is_bare(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

/// Walks over the whole text, and keeps the texts that are asked for. The first error ends it.
class TomlWalk {
  public:
    explicit TomlWalk(std::string_view text) : text_(text) {}

    Result<PyProject> read() {
        while (!failed_ && skip_lines()) {
            if (text_[at_] == '[') {
                read_header();
            } else {
                read_pair(table_, 0);
            }
            end_line();
        }
        if (failed_) {
            return std::move(*failed_);
        }
        return std::move(found_);
    }

  private:
    [[nodiscard]] bool ended() const { return at_ >= text_.size(); }
    [[nodiscard]] char here() const { return ended() ? '\n' : text_[at_]; }

    void fail(std::string_view what) {
        if (!failed_) {
            failed_ = invalid_at(line_, what);
        }
        at_ = text_.size();
    }
    bool take(std::string_view sign) {
        const bool there = text_.substr(at_, sign.size()) == sign;
        at_ += there ? sign.size() : 0;
        return there;
    }
    void skip_space() { at_ = std::min(text_.find_first_not_of(" \t", at_), text_.size()); }
    void skip_comment() {
        if (here() == '#') {
            at_ = std::min(text_.find('\n', at_), text_.size());
        }
    }
    /// To the next sign that is no blank, line end or comment; false at the end.
    bool skip_lines() {
        for (;;) {
            skip_space();
            skip_comment();
            if (!take("\n") && !take("\r\n")) {
                return !ended();
            }
            ++line_;
        }
    }
    void end_line() {
        skip_space();
        skip_comment();
        if (!ended() && here() != '\n' && text_.substr(at_, 2) != "\r\n") {
            fail("more than a key and its value");
        }
    }

    void read_header() {
        const bool many = take("[[");
        if (!many) {
            take("[");
        }
        table_ = read_key();
        skip_space();
        if (!take(many ? "]]" : "]")) {
            fail("a table's name is not closed");
        }
        if (many) {
            table_.insert(table_.begin(), "[]");  // one of a list: none that is asked for
        }
    }

    TomlPath read_key() {
        TomlPath key;
        do {
            skip_space();
            key.push_back(read_name());
            skip_space();
        } while (!failed_ && take("."));
        return key;
    }

    std::string read_name() {
        if (here() == '"' || here() == '\'') {
            return read_text(false);
        }
        const auto begin = at_;
        while (!ended() && is_bare(text_[at_])) {
            ++at_;
        }
        if (at_ == begin) {
            fail("a key is missing");
        }
        return std::string(text_.substr(begin, at_ - begin));
    }

    void read_pair(const TomlPath& table, int depth) {
        TomlPath path = table;
        const int line = line_;
        for (auto& name : read_key()) {
            path.push_back(std::move(name));
        }
        skip_space();
        if (!take("=")) {
            return fail("a key without `=` and a value");
        }
        skip_space();
        read_value(path, line, depth);
    }

    void read_value(const TomlPath& path, int line, int depth) {
        if (depth > kDeepestToml) {
            return fail("values are nested too deep");
        }
        if (here() == '"' || here() == '\'') {
            return note(path, read_text(true), line);
        }
        if (is_wanted(path) && here() != '\n' && here() != '\r') {
            return fail("must be a text");
        }
        if (take("[")) {
            return read_array(depth + 1);
        }
        if (take("{")) {
            return read_inline(path, depth + 1);
        }
        read_plain();
    }

    /// A number, a boolean or a date: to the next sign that can't be in one.
    void read_plain() {
        const auto begin = at_;
        at_ = std::min(text_.find_first_of(",]}#\r\n\"'={[", at_), text_.size());
        if (trim(text_.substr(begin, at_ - begin)).empty()) {
            fail("a value is missing");
        }
    }

    void read_array(int depth) {
        for (bool more = true; skip_lines() && !take("]");) {
            if (!more) {
                return fail("a list without a comma between its values");
            }
            read_value({"[]"}, line_, depth);
            more = skip_lines() && take(",");
        }
        if (at_ == 0 || text_[at_ - 1] != ']') {
            fail("a list is not closed");
        }
    }

    void read_inline(const TomlPath& path, int depth) {
        skip_space();
        if (take("}")) {
            return;
        }
        do {
            read_pair(path, depth);
            skip_space();
        } while (!failed_ && take(","));
        if (!take("}")) {
            fail("an inline table is not closed");
        }
    }

    std::string read_text(bool may_have_lines) {
        const char quote = here();
        const std::string three(3, quote);
        if (may_have_lines && take(three)) {
            return read_until(three, quote == '"', true);
        }
        ++at_;
        return read_until(std::string(1, quote), quote == '"', false);
    }

    std::string read_until(const std::string& end, bool escapes, bool lines) {
        std::string out;
        while (!ended() && (lines || here() != '\n')) {
            if (text_.substr(at_, end.size()) == end) {
                at_ += end.size();
                while (lines && take(end.substr(0, 1))) {
                    out += end.front();
                }
                return out;
            }
            line_ += here() == '\n' ? 1 : 0;
            if (escapes && here() == '\\') {
                // What is asked for are names, which need none: such a text is kept as it stands.
                out += text_[at_++];
                line_ += here() == '\n' ? 1 : 0;
            }
            if (!ended()) {
                out += text_[at_++];
            }
        }
        fail("a text is not closed");
        return out;
    }

    static bool is_wanted(const TomlPath& path) {
        return path == TomlPath{"project", "name"} ||
               (path.size() == 3 && path[0] == "project" && path[1] == "scripts");
    }

    void note(const TomlPath& path, std::string text, int line) {
        if (failed_ || !is_wanted(path)) {
            return;
        }
        if (!seen_.insert(path).second) {
            line_ = line;
            return fail("stands twice");
        }
        if (path.size() == 2) {
            found_.name = {std::move(text), line};
        } else {
            found_.scripts.push_back({path.back(), std::move(text), line});
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
    TomlPath table_;
    std::set<TomlPath> seen_;
    PyProject found_;
    std::optional<Error> failed_;
};

}  // namespace

Result<PyProject> read_pyproject(std::string_view text) {
    if (text.size() > kLargestProject) {
        return Error(ErrorKind::Invalid, "is larger than 1 MiB");
    }
    if (!is_utf8(text) || text.find('\0') != std::string_view::npos) {
        return Error(ErrorKind::Invalid, "is no UTF-8 text");
    }
    return TomlWalk(text).read();
}

}  // namespace wavegate::formats
