#include "operator/formats/yaml.hpp"

#include "operator/formats/byte_order_mark.hpp"
#include "operator/formats/yaml_text.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <exception>
#include <istream>
#include <map>
#include <streambuf>
#include <unordered_map>
#include <utility>

namespace wavegate::formats {
namespace {

/// Ends the event pass; read_yaml turns it into a YamlError.
struct Refused {
    YAML::Mark mark;
    std::string message;
};

/// Of a value and all that is below it, aliases expanded.
struct Size {
    std::size_t height = 1;
    std::size_t nodes = 1;
    std::size_t bytes = 0;  ///< of texts
};

/// A node under construction.
struct Frame {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    std::optional<YamlNode> key;                ///< of a map: read, its value still to come
    std::unordered_map<std::string, int> keys;  ///< and their lines
    Size size;
};

struct Anchored {
    YamlNode node;
    Size size;
};

/// Builds our tree from the parser's events, counting what it costs.
class TreeBuilder : public YAML::EventHandler {
  public:
    TreeBuilder(
        std::string_view text,
        std::size_t shift,
        const YamlLimits& limits,
        YamlOrigin origin,
        YamlFile& out)
        : text_(text), shift_(shift), limits_(limits), origin_(origin), out_(out) {
        out_.nodes = limits.nodes_before;
    }

    /// Counts what the parser was given since it last told of something: it keeps all of a flow
    /// collection's signs until it knows that no `:` comes after it.
    void on_bytes(std::string_view given) {
        signs_ += static_cast<std::size_t>(std::count_if(given.begin(), given.end(), [](char c) {
            return std::string_view(",[]{}").find(c) != std::string_view::npos;
        }));
        if (signs_ > limits_.flow_signs) {
            throw Refused{
                last_,
                fmt::format(
                    "more than {} signs of one [...] or {{...}} from here on; write it in lines",
                    limits_.flow_signs)};
        }
    }

    void OnDocumentStart(const YAML::Mark& mark) override {
        // Without the check a stray comma yields empty documents forever, at the same place.
        if (documents_ > 0 && text_.substr(std::min(place_of(mark), text_.size()), 3) != "---") {
            throw Refused{
                mark,
                "text after the end of the document; wrong indentation or a "
                "stray sign here, or a `---` missing before it"};
        }
        heard(mark);
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
        if (const auto fault = quote_fault(text_, place_of(mark), least_indentation(), origin_)) {
            throw Refused{mark, *fault};
        }
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
        const auto size = at->second.size;
        spend(size, mark);
        check_depth(open_.size() + size.height, mark);
        YamlNode node = at->second.node;
        place(node, mark);
        node.alias = true;
        attach(std::move(node), size);
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
    static std::size_t place_of(const YAML::Mark& mark) {
        return static_cast<std::size_t>(std::max(mark.pos, 0));
    }

    void heard(const YAML::Mark& mark) {
        signs_ = 0;
        last_ = mark;
    }

    void place(YamlNode& node, const YAML::Mark& mark) const {
        node.line = mark.line + 1;
        node.column = mark.column + 1;
        node.offset = place_of(mark) + shift_;
    }

    /// Blanks before a further line of a text at this place (YAML 1.2, 7.4).
    [[nodiscard]] std::size_t least_indentation() const {
        const auto at = std::find_if(open_.rbegin(), open_.rend(), [](const Frame& frame) {
            // An anchor or a tag may stand in another line than what it is of.
            const bool elsewhere = !frame.key && (frame.node.anchored || frame.node.tagged);
            return !frame.node.flow && !elsewhere;
        });
        if (at == open_.rend()) {
            return 0;
        }
        return static_cast<std::size_t>(at->key ? at->key->column : at->node.column);
    }

    void check_tag(const std::string& tag, const YAML::Mark& mark) const {
        constexpr std::string_view core = "tag:yaml.org,2002:";
        static constexpr std::array<std::string_view, 7> known{
            "str", "int", "float", "bool", "null", "map", "seq"};
        if (origin_ == YamlOrigin::Foreign || tag.empty() || tag == "?" || tag == "!") {
            return;
        }
        const auto name = tag.starts_with(core) ? tag.substr(core.size()) : std::string();
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            throw Refused{
                mark, fmt::format("the tag {} means nothing here; remove it", in_quotes(tag))};
        }
    }

    YamlNode make(
        YamlNode::Kind kind,
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor) {
        heard(mark);
        spend({}, mark);
        check_tag(tag, mark);
        YamlNode node;
        node.kind = kind;
        place(node, mark);
        node.anchored = anchor != 0;
        // yaml-cpp's own marks of "plain" and "not plain".
        node.tagged = !tag.empty() && tag != "?" && tag != "!";
        return node;
    }

    void spend(const Size& size, const YAML::Mark& mark) {
        out_.nodes += size.nodes;
        bytes_ += size.bytes;
        if (out_.nodes > limits_.nodes) {
            throw Refused{mark, fmt::format("more than {} values, aliases counted", limits_.nodes)};
        }
        if (bytes_ > limits_.bytes) {
            throw Refused{mark, fmt::format("aliases repeat more than {} bytes", limits_.bytes)};
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
        frame.node.items.shrink_to_fit();
        frame.node.entries.shrink_to_fit();
        remember(frame.anchor, frame.node, frame.size);
        attach(std::move(frame.node), frame.size);
    }

    void leaf(YamlNode node, YAML::anchor_t anchor) {
        Size size;
        size.bytes = node.text.size();
        remember(anchor, node, size);
        attach(std::move(node), size);
    }

    /// Keeps a copy, which is paid for.
    void remember(YAML::anchor_t anchor, const YamlNode& node, const Size& size) {
        if (anchor == 0) {
            return;
        }
        spend(size, mark_of(node));
        anchors_[anchor] = Anchored{node, size};
    }

    void attach(YamlNode node, const Size& size) {
        if (open_.empty()) {
            out_.documents.push_back(std::move(node));
            return;
        }
        Frame& parent = open_.back();
        parent.size.height = std::max(parent.size.height, size.height + 1);
        parent.size.nodes += size.nodes;
        parent.size.bytes += size.bytes;
        check_room(parent.node, node);
        if (parent.node.is_sequence()) {
            parent.node.items.push_back(std::move(node));
        } else if (!parent.key) {
            parent.key = checked_key(std::move(node));
        } else {
            add_entry(parent, std::move(node));
        }
    }

    void check_room(const YamlNode& parent, const YamlNode& next) const {
        if (parent.items.size() >= limits_.in_one || parent.entries.size() >= limits_.in_one) {
            throw Refused{
                mark_of(next), fmt::format("more than {} values in one place", limits_.in_one)};
        }
    }

    static YAML::Mark mark_of(const YamlNode& node) {
        YAML::Mark mark;
        mark.line = node.line - 1;
        mark.column = node.column - 1;
        return mark;
    }

    static YamlNode checked_key(YamlNode node) {
        if (!node.is_scalar()) {
            throw Refused{
                mark_of(node),
                node.is_null() ? "an empty key; name it" : "a key that is no simple text"};
        }
        return node;
    }

    void add_entry(Frame& map, YamlNode value) {
        YamlNode key = std::move(*map.key);
        map.key.reset();
        const auto [first, is_new] = map.keys.emplace(key.text, key.line);
        if (!is_new) {
            if (out_.errors.size() >= limits_.errors) {
                throw Refused{mark_of(key), "too many duplicate keys"};
            }
            out_.errors.push_back(
                {key.line,
                 key.column,
                 fmt::format(
                     "duplicate key {}, first in line {}; remove one",
                     in_quotes(key.text),
                     first->second)});
            return;
        }
        map.node.entries.push_back({std::move(key), std::move(value)});
    }

    std::string_view text_;
    std::size_t shift_;
    const YamlLimits& limits_;
    YamlOrigin origin_;
    YamlFile& out_;
    YAML::Mark last_;  ///< of what the parser told last
    std::size_t signs_ = 0;
    std::vector<Frame> open_;
    std::map<YAML::anchor_t, Anchored> anchors_;
    std::size_t documents_ = 0;
    std::size_t bytes_ = 0;
    std::size_t aliases_ = 0;
};

/// The text, on its way to the parser.
class CountedText final : public std::streambuf {
  public:
    CountedText(std::string& text, TreeBuilder& builder) : builder_(builder) {
        setg(text.data(), text.data(), text.data() + text.size());
    }

  protected:
    std::streamsize xsgetn(char* to, std::streamsize most) override {
        const auto size = std::min<std::streamsize>(most, egptr() - gptr());
        builder_.on_bytes({gptr(), static_cast<std::size_t>(size)});
        std::copy_n(gptr(), size, to);
        gbump(static_cast<int>(size));
        return size;
    }

  private:
    TreeBuilder& builder_;
};

void parse_documents(
    std::string_view text,
    std::size_t shift,
    const YamlLimits& limits,
    YamlOrigin origin,
    YamlFile& out) {
    TreeBuilder builder(text, shift, limits, origin, out);
    std::string given(text);
    CountedText counted(given, builder);
    std::istream in(&counted);
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

YamlFile read_yaml(std::string_view text, const YamlLimits& limits, YamlOrigin origin) {
    YamlFile out;
    const std::size_t shift = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    text.remove_prefix(shift);
    if (auto refused = refuse_bytes(text, limits)) {
        out.errors.push_back(std::move(*refused));
        return out;
    }
    parse_documents(text, shift, limits, origin, out);
    return out;
}

}  // namespace wavegate::formats
