#include "tests/unit/formats/random_compose.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace wavegate::formats {
namespace {

constexpr std::array<std::string_view, 10> kNames{
    "AUTH_TYPE",
    "EUNOMIA_TYPE",
    "EUNOMIA_REMOTE_URL",
    "FASTMCP_SERVER_AUTH_JWT_ISSUER",
    "PORT",
    "LOG_LEVEL",
    "A",
    "Y",
    "a.b-c",
    "_x"};

/// Written without quotes these mean themselves in every form.
constexpr std::array<std::string_view, 7>
    kTame{"jwt", "none", "http://keycloak.arpa/realms/master", "a-b_c", "${VAR}", "v1.2", "x=y"};

constexpr std::array<std::string_view, 44> kWild{
    "",     "8000", "true", "no",    "a b",    "x: y", "# no",      "it's",   "\"hi\"",
    "b\\s", "p$w",  "${X}", "grün…", "l1\nl2", "t\tt", " lead",     "trail ", "- d",
    "[a]",  "{a}",  "a,b",  "*x",    "&x",     "!x",   "%x",        "@x",     "`x",
    "|",    "?",    "=",    "~",     "null",   "0x1F", "1e3",       "'",      "\"",
    "\\n",  "a:",   "a #b", "a#b",   "日本語", "😀",    "${A:-b c}", "a\\"};

constexpr std::array<std::string_view, 4> kComments{
    "",
    " # why",
    "   # a: \"b\" 'c' - [d, {e",
    "  # - AUTH_TYPE=none ü"};

std::size_t roll(Dice& dice, std::size_t sides) {
    return static_cast<std::size_t>(dice() % sides);
}

bool chance(Dice& dice, std::size_t one_in) {
    return roll(dice, one_in) == 0;
}

template <class Values>
std::string pick(Dice& dice, const Values& values) {
    return std::string(values[roll(dice, values.size())]);
}

/// The generator's own quoting, apart from the one under test.
std::string enclosed(std::string_view value, char quote) {
    std::string out(1, quote);
    for (const char c : value) {
        if (c == '\n' || c == '\t') {
            out += c == '\n' ? "\\n" : "\\t";
            continue;
        }
        if (c == quote || (quote == '"' && c == '\\')) {
            out += quote == '"' ? '\\' : '\'';
        }
        out += c;
    }
    return out + quote;
}

std::string written(Dice& dice, std::string_view prefix, bool flow) {
    std::string value = pick(dice, kTame);
    if (chance(dice, 2) && !(flow && value.find('{') != std::string::npos)) {
        return std::string(prefix) + value;
    }
    value = pick(dice, kWild);
    const bool single = chance(dice, 2) && value.find_first_of("\n\t") == std::string::npos;
    return enclosed(std::string(prefix) + value, single ? '\'' : '"');
}

std::vector<std::string> some_names(Dice& dice, std::size_t most) {
    std::vector<std::string> names(kNames.begin(), kNames.end());
    std::ranges::shuffle(names, dice);
    names.resize(roll(dice, most + 1));
    return names;
}

class Generator {
  public:
    explicit Generator(Dice& dice) : dice_(dice), step_(chance(dice, 2) ? 2 : 4) {}

    RandomCompose run() {
        out_.line_end = chance(dice_, 3) ? "\r\n" : "\n";
        out_.byte_order_mark = chance(dice_, 5);
        out_.ends_with_newline = !chance(dice_, 5);
        add("version: '3.8' # ünïcode");
        noise("");
        add("services:");
        if (chance(dice_, 2)) {
            add(indent(1) + "other:");
            add(indent(2) + "image: y:1");
            add(indent(2) + "environment: [AUTH_TYPE=none, \"A=1\"]");
        }
        app();
        if (chance(dice_, 2)) {
            add("networks: { caddy: { external: true } }");
        }
        out_.ends_with_newline = out_.ends_with_newline || out_.lines.back().text.empty();
        return std::move(out_);
    }

  private:
    void app() {
        add(indent(1) + "app:" + comment());
        noise(indent(2));
        add(indent(2) + "image: x:1" + comment());
        const auto names = some_names(dice_, 6);
        if (!names.empty()) {
            environment(names);
        }
        noise(indent(2));
        if (chance(dice_, 2)) {
            add(indent(2) + "command: [run, \"--a\"]");
        }
    }

    void environment(const std::vector<std::string>& names) {
        const bool list = chance(dice_, 2);
        if (chance(dice_, 3)) {
            flow(names, list);
            return;
        }
        head(indent(2) + "environment:" + comment());
        // A list may stand as deep as its key.
        const std::string lead = list ? indent(2) + (chance(dice_, 2) ? "" : "  ") : indent(3);
        for (const std::string& name : names) {
            noise(lead);
            const std::string dash = list ? (chance(dice_, 4) ? "-   " : "- ") : "";
            out_.lines.push_back(
                {lead + dash + entry(name, list, false) + comment(), false, {name}});
        }
    }

    void flow(const std::vector<std::string>& names, bool list) {
        const bool lines = chance(dice_, 3);
        std::string text = indent(2) + "environment: " + (list ? "[" : "{");
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (lines) {
                head(text);
                text = indent(4);
            } else if (chance(dice_, 2)) {
                text += " ";
            }
            text += entry(names[i], list, true);
            text += i + 1 < names.size() ? "," + std::string(chance(dice_, 2) ? " " : "  ") : "";
        }
        if (lines) {
            head(text);
            text = indent(3);
        }
        head(text + (list ? "]" : " }") + comment());
    }

    std::string entry(const std::string& name, bool list, bool flow) {
        if (list) {
            return chance(dice_, 8) ? name : written(dice_, name + "=", flow);
        }
        const std::string key = name == "Y" || chance(dice_, 6) ? enclosed(name, '"') : name;
        return key + ":" + (chance(dice_, 5) ? "   " : " ") + written(dice_, "", flow);
    }

    void head(std::string text) { out_.lines.push_back({std::move(text), true, {}}); }
    void add(std::string text) { out_.lines.push_back({std::move(text), false, {}}); }
    void noise(const std::string& lead) {
        if (chance(dice_, 5)) {
            add(chance(dice_, 2) ? "" : lead + "# - AUTH_TYPE=commented: \"out\"");
        }
    }
    std::string comment() { return chance(dice_, 2) ? "" : pick(dice_, kComments); }
    [[nodiscard]] std::string indent(std::size_t depth) const {
        return std::string(depth * step_, ' ');
    }

    Dice& dice_;
    std::size_t step_;
    RandomCompose out_;
};

}  // namespace

std::string RandomCompose::text() const {
    std::string out = byte_order_mark ? "\xEF\xBB\xBF" : "";
    for (std::size_t i = 0; i < lines.size(); ++i) {
        out += lines[i].text;
        out += i + 1 < lines.size() || ends_with_newline ? line_end : "";
    }
    return out;
}

RandomCompose random_compose(Dice& dice) {
    return Generator(dice).run();
}

std::vector<ComposeChange> random_changes(Dice& dice) {
    std::vector<ComposeChange> changes;
    for (const std::string& name : some_names(dice, 5)) {
        if (chance(dice, 3)) {
            changes.push_back({name, std::nullopt, false});
        } else if (chance(dice, 4)) {
            changes.push_back({name, "${" + std::string("VAR") + "}", true});
        } else {
            changes.push_back(
                {name, chance(dice, 3) ? pick(dice, kTame) : pick(dice, kWild), false});
        }
    }
    return changes;
}

}  // namespace wavegate::formats
