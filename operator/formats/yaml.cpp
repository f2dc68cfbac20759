#include "operator/formats/yaml.hpp"

#include "operator/base/text.hpp"
#include "operator/formats/byte_order_mark.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <map>
#include <set>
#include <sstream>
#include <utility>

namespace wavegate::formats {
namespace {

/// Ends the event pass; read_yaml turns it into a YamlError.
struct Refused {
    YAML::Mark mark;
    std::string message;
};

/// A node under construction.
struct Frame {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    std::optional<YamlNode> key;  ///< of a map: read, its value still to come
    std::set<std::string> keys;
    std::size_t height = 1;  ///< of what is below, aliases expanded
    std::size_t nodes = 1;
};

struct Anchored {
    YamlNode node;
    std::size_t height = 1;
    std::size_t nodes = 1;
};

/// Builds our tree from the parser's events, counting what it costs.
class TreeBuilder : public YAML::EventHandler {
  public:
    TreeBuilder(std::string_view text, std::size_t shift, const YamlLimits& limits, YamlFile& out)
        : text_(text), shift_(shift), limits_(limits), out_(out) {}

    void OnDocumentStart(const YAML::Mark& mark) override {
        // Without the check a stray comma yields empty documents forever, at the same place.
        const auto at = static_cast<std::size_t>(std::max(mark.pos, 0));
        if (documents_ > 0 && text_.substr(std::min(at, text_.size()), 3) != "---") {
            throw Refused{
                mark,
                "text after the end of the document; wrong indentation or a "
                "stray sign here, or a `---` missing before it"};
        }
        if (++documents_ > limits_.documents) {
            throw Refused{mark, fmt::format("more than {} documents", limits_.documents)};
        }
        anchors_.clear();
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        leaf(make(YamlNode::Kind::Null, mark, {}, anchor), anchor);
    }

    void OnScalar(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        const std::string& value) override {
        auto node = make(YamlNode::Kind::Scalar, mark, tag, anchor);
        node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
        node.text = value;
        leaf(std::move(node), anchor);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        if (++aliases_ > limits_.aliases) {
            throw Refused{mark, fmt::format("more than {} aliases", limits_.aliases)};
        }
        const auto at = anchors_.find(anchor);
        if (at == anchors_.end()) {
            throw Refused{mark, "an alias inside its own anchor never ends"};
        }
        spend(at->second.nodes, mark);
        check_depth(open_.size() + at->second.height, mark);
        YamlNode node = at->second.node;
        place(node, mark);
        node.alias = true;
        attach(std::move(node), at->second.height, at->second.nodes);
    }

    void OnSequenceStart(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value style) override {
        open(YamlNode::Kind::Sequence, mark, tag, anchor, style);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value style) override {
        open(YamlNode::Kind::Map, mark, tag, anchor, style);
    }
    void OnMapEnd() override { close(); }

  private:
    void place(YamlNode& node, const YAML::Mark& mark) const {
        node.line = mark.line + 1;
        node.column = mark.column + 1;
        node.offset = static_cast<std::size_t>(std::max(mark.pos, 0)) + shift_;
    }

    YamlNode make(
        YamlNode::Kind kind,
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor) {
        spend(1, mark);
        YamlNode node;
        node.kind = kind;
        place(node, mark);
        node.anchored = anchor != 0;
        // yaml-cpp's own marks of "plain" and "not plain".
        node.tagged = !tag.empty() && tag != "?" && tag != "!";
        return node;
    }

    void spend(std::size_t nodes, const YAML::Mark& mark) {
        nodes_ += nodes;
        if (nodes_ > limits_.nodes) {
            throw Refused{mark, fmt::format("more than {} values, aliases counted", limits_.nodes)};
        }
    }

    void check_depth(std::size_t depth, const YAML::Mark& mark) const {
        if (depth > limits_.depth) {
            throw Refused{mark, fmt::format("nested deeper than {} levels", limits_.depth)};
        }
    }

    void open(
        YamlNode::Kind kind,
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value style) {
        check_depth(open_.size() + 1, mark);
        Frame frame;
        frame.node = make(kind, mark, tag, anchor);
        frame.node.flow = style == YAML::EmitterStyle::Flow;
        frame.anchor = anchor;
        open_.push_back(std::move(frame));
    }

    void close() {
        Frame frame = std::move(open_.back());
        open_.pop_back();
        remember(frame.anchor, frame.node, frame.height, frame.nodes);
        attach(std::move(frame.node), frame.height, frame.nodes);
    }

    void leaf(YamlNode node, YAML::anchor_t anchor) {
        remember(anchor, node, 1, 1);
        attach(std::move(node), 1, 1);
    }

    void
    remember(YAML::anchor_t anchor, const YamlNode& node, std::size_t height, std::size_t nodes) {
        if (anchor == 0) {
            return;
        }
        YAML::Mark mark;
        mark.line = node.line - 1;
        mark.column = node.column - 1;
        spend(nodes, mark);
        anchors_[anchor] = Anchored{node, height, nodes};
    }

    void attach(YamlNode node, std::size_t height, std::size_t nodes) {
        if (open_.empty()) {
            out_.documents.push_back(std::move(node));
            return;
        }
        Frame& parent = open_.back();
        parent.height = std::max(parent.height, height + 1);
        parent.nodes += nodes;
        if (parent.node.is_sequence()) {
            parent.node.items.push_back(std::move(node));
        } else if (!parent.key) {
            parent.key = checked_key(std::move(node));
        } else {
            add_entry(parent, std::move(node));
        }
    }

    static YamlNode checked_key(YamlNode node) {
        if (!node.is_scalar()) {
            YAML::Mark mark;
            mark.line = node.line - 1;
            mark.column = node.column - 1;
            throw Refused{
                mark, node.is_null() ? "an empty key; name it" : "a key that is no simple text"};
        }
        return node;
    }

    void add_entry(Frame& map, YamlNode value) {
        YamlNode key = std::move(*map.key);
        map.key.reset();
        if (!map.keys.insert(key.text).second) {
            const auto* first = map.node.find_entry(key.text);
            out_.errors.push_back(
                {key.line,
                 key.column,
                 fmt::format(
                     "duplicate key {}, first in line {}; remove one",
                     in_quotes(key.text),
                     first->key.line)});
            return;
        }
        map.node.entries.push_back({std::move(key), std::move(value)});
    }

    std::string_view text_;
    std::size_t shift_;
    const YamlLimits& limits_;
    YamlFile& out_;
    std::vector<Frame> open_;
    std::map<YAML::anchor_t, Anchored> anchors_;
    std::size_t documents_ = 0;
    std::size_t nodes_ = 0;
    std::size_t aliases_ = 0;
};

YamlError error_at(std::string_view text, std::size_t offset, std::string message) {
    const auto before = text.substr(0, offset);
    const auto line = std::count(before.begin(), before.end(), '\n');
    const auto start = before.rfind('\n');
    const auto column = start == std::string_view::npos ? offset : offset - start - 1;
    return {static_cast<int>(line) + 1, static_cast<int>(column) + 1, std::move(message)};
}

/// C0 (but tab and line ends), DEL, and C1 (but NEL): 0x00 and 0x04 mean "end" inside yaml-cpp,
/// the others have no place in YAML.
std::size_t find_control(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        const bool c0 = c < 0x20 && c != '\t' && c != '\n' && c != '\r';
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
        const bool c1 = c == 0xC2 && next < 0xA0 && next != 0x85;
        if (c0 || c == 0x7F || c1) {
            return i;
        }
    }
    return std::string_view::npos;
}

/// Where the text stops being UTF-8. Lines are good places to split: no sequence holds a \n.
std::size_t find_broken_utf8(std::string_view text) {
    std::size_t line = 0;
    while (line < text.size()) {
        const auto end = std::min(text.find('\n', line), text.size());
        if (!is_utf8(text.substr(line, end - line))) {
            break;
        }
        line = end + 1;
    }
    std::size_t at = line;
    // A sequence has at most four bytes: the first prefix that no completion mends is the place.
    while (at < text.size()) {
        std::size_t length = 1;
        while (length <= 4 && !is_utf8(text.substr(at, length))) {
            ++length;
        }
        if (length > 4) {
            break;
        }
        at += length;
    }
    return at;
}

/// Checks the bytes, before any parser sees them.
std::optional<YamlError> refuse_bytes(std::string_view text, const YamlLimits& limits) {
    if (text.size() > limits.bytes) {
        return YamlError{
            0, 0, fmt::format("{} bytes, at most {} are read", text.size(), limits.bytes)};
    }
    if (!is_utf8(text)) {
        return error_at(text, find_broken_utf8(text), "not UTF-8; save the file as UTF-8");
    }
    if (const auto at = find_control(text); at != std::string_view::npos) {
        return error_at(text, at, "a control character; remove it");
    }
    return std::nullopt;
}

void parse_documents(
    std::string_view text,
    std::size_t shift,
    const YamlLimits& limits,
    YamlFile& out) {
    std::istringstream in{std::string(text)};
    TreeBuilder builder(text, shift, limits, out);
    try {
        YAML::Parser parser(in);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const Refused& refused) {
        out.errors.push_back({refused.mark.line + 1, refused.mark.column + 1, refused.message});
    } catch (const YAML::Exception& e) {
        out.errors.push_back({e.mark.line + 1, e.mark.column + 1, "not YAML: " + e.msg});
    } catch (const std::exception&) {
        out.errors.push_back({0, 0, "not YAML: the parser gave up"});
    }
}

}  // namespace

YamlFile read_yaml(std::string_view text, const YamlLimits& limits) {
    YamlFile out;
    const std::size_t shift = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    text.remove_prefix(shift);
    if (auto refused = refuse_bytes(text, limits)) {
        out.errors.push_back(std::move(*refused));
        return out;
    }
    parse_documents(text, shift, limits, out);
    return out;
}

}  // namespace wavegate::formats
