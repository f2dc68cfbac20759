// The strict reader of json_edit.hpp: Boost.JSON tells no places, and takes the last of two keys.
#include "operator/base/secret.hpp"
#include "operator/base/text.hpp"
#include "operator/formats/byte_order_mark.hpp"
#include "operator/formats/json_edit.hpp"
#include "operator/formats/json_strings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace wavegate::formats {
namespace {

constexpr int kDeepestJson = 128;
constexpr std::string_view kJsonBlanks = " \t\r\n";

class JsonReader {
  public:
    explicit JsonReader(std::string_view text) : text_(text) {
        at_ = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    }

    Result<JsonNode> read() {
        if (!is_utf8(text_)) {
            return Error(ErrorKind::Invalid, "is no UTF-8 text");
        }
        auto root = value(0);
        skip_blank();
        if (!failed_ && at_ < text_.size()) {
            fail("more than one value");
        }
        if (failed_) {
            return std::move(*failed_);
        }
        return root;
    }

  private:
    void fail(std::string_view what) {
        if (failed_) {
            return;
        }
        const auto before = text_.substr(0, at_);
        const auto newline = before.rfind('\n');
        const auto column = at_ - (newline == std::string_view::npos ? 0 : newline + 1) + 1;
        failed_ = Error(
            ErrorKind::Invalid,
            fmt::format(
                "line {}, column {}: {}",
                std::count(before.begin(), before.end(), '\n') + 1,
                column,
                what));
    }
    [[nodiscard]] char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void skip_blank() { at_ = std::min(text_.find_first_not_of(kJsonBlanks, at_), text_.size()); }
    bool take(char sign) {
        const bool there = here() == sign && at_ < text_.size();
        at_ += there ? 1 : 0;
        return there;
    }

    JsonNode value(int depth) {
        skip_blank();
        JsonNode node;
        node.begin = at_;
        if (depth > kDeepestJson) {
            fail("nested deeper than 128 levels");
        } else if (here() == '{') {
            object(node, depth);
        } else if (here() == '[') {
            array(depth);
        } else if (here() == '"') {
            node.kind = JsonPlace::Text;
            skip_string();
        } else if (!literal() && !number()) {
            fail("no JSON value");
        }
        node.end = at_;
        return node;
    }

    void object(JsonNode& node, int depth) {
        node.kind = JsonPlace::Object;
        ++at_;
        skip_blank();
        if (take('}')) {
            return;
        }
        std::set<std::string> keys;
        do {
            skip_blank();
            JsonNodeMember member;
            member.begin = at_;
            if (here() != '"') {
                return fail("a key is missing");
            }
            skip_string();
            member.end = at_;
            if (failed_) {
                return;
            }
            member.key = json_string(text_.substr(member.begin, member.end - member.begin));
            if (!keys.insert(member.key).second) {
                at_ = member.begin;
                return fail("a key stands twice");
            }
            skip_blank();
            if (!take(':')) {
                return fail("a colon is missing");
            }
            member.value = value(depth + 1);
            node.members.push_back(std::move(member));
            skip_blank();
        } while (!failed_ && take(','));
        if (!failed_ && !take('}')) {
            fail("a comma or } is missing");
        }
    }

    void array(int depth) {
        ++at_;
        skip_blank();
        if (take(']')) {
            return;
        }
        do {
            value(depth + 1);
            skip_blank();
        } while (!failed_ && take(','));
        if (!failed_ && !take(']')) {
            fail("a comma or ] is missing");
        }
    }

    void skip_string() {
        for (++at_; at_ < text_.size(); ++at_) {
            const auto c = static_cast<unsigned char>(text_[at_]);
            if (c == '"') {
                ++at_;
                return;
            }
            if (c < 0x20) {
                return fail("a control character in a text");
            }
            if (c == '\\' && !skip_escape()) {
                return fail("an unknown escape in a text");
            }
        }
        fail("a text is not closed");
    }

    /// From the backslash to the last sign of the escape.
    bool skip_escape() {
        ++at_;
        if (here() != 'u') {
            return std::string_view("\"\\/bfnrt").find(here()) != std::string_view::npos &&
                   here() != '\0';
        }
        const auto digits = text_.substr(at_ + 1, 4);
        at_ += digits.size();
        return digits.size() == 4 &&
               digits.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
    }

    bool literal() { return take_word("true") || take_word("false") || take_word("null"); }
    bool take_word(std::string_view word) {
        const bool there = text_.substr(at_, word.size()) == word;
        at_ += there ? word.size() : 0;
        return there;
    }

    bool digits() {
        const auto end = std::min(text_.find_first_not_of("0123456789", at_), text_.size());
        const bool some = end > at_;
        at_ = end;
        return some;
    }

    bool number() {
        take('-');
        const bool zero = here() == '0';
        const auto begin = at_;
        if (!digits() || (zero && at_ - begin > 1)) {
            return false;
        }
        if (take('.') && !digits()) {
            return false;
        }
        if (take('e') || take('E')) {
            if (!take('+')) {
                take('-');
            }
            return digits();
        }
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::optional<Error> failed_;
};

}  // namespace

Result<JsonFile> JsonFile::read(std::string_view text) {
    auto root = JsonReader(text).read();
    if (!root) {
        return root.take_error();
    }
    return JsonFile(text, std::move(*root));
}

}  // namespace wavegate::formats
