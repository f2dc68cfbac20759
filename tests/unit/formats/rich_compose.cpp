#include "tests/unit/formats/rich_compose.hpp"

#include <fmt/format.h>

#include <array>
#include <random>
#include <string_view>
#include <vector>

namespace wavegate::formats {
namespace {

constexpr std::array<std::string_view, 6>
    kKeys{"AUTH_TYPE", "EUNOMIA_TYPE", "PORT", "A", "B", "LOG_LEVEL"};
constexpr std::array<std::string_view, 4> kVariables{"V", "W", "AUTH_TYPE", "A"};

/// Block maps alone may hold these as they are.
constexpr std::array<std::string_view, 34> kUnquoted{
    "none",  "jwt",         "3.10", "010",        "0x1F", "0o17",      "1_000",   "1e3", "yes",
    "off",   "~",           "null", "2024-02-01", "08",   "1234567.0", ".5",      "+1",  "-0",
    "12:30", "1.2.3",       "a b",  "9.",         "0b11", "0777",      "1e-7",    "_1",  "a # c",
    "x#y",   "http://a/b?", "tRue", "!!str 3.10", "-17",  "1e400",     "20240201"};
constexpr std::array<std::string_view, 18> kTexts{
    "none",
    "",
    "3.10",
    "true",
    "$$V",
    "$${V}",
    "${V}",
    "$V",
    "${V:-d}",
    "${V-d e}",
    "${V:-${W}}",
    "${V:?need}",
    "${V?a-b}",
    "$V-x",
    "a${V}b$W",
    "${W:-a:-b}",
    "${AUTH_TYPE}",
    "$$$V"};
/// Docker refuses files with one of these; rare, or nothing would be deployed.
constexpr std::array<std::string_view, 6> kRefused{"true", ".inf", "${V:+a}", "a$", "${V", "$1"};

class RichGenerator {
  public:
    explicit RichGenerator(std::uint64_t seed) : dice_(seed) {}

    RichCompose run() {
        const auto maps = 1 + roll(3);
        for (std::size_t i = 0; i < maps; ++i) {
            shared_map(i);
        }
        add("x-list: &list");
        for (std::size_t i = 0, count = 1 + roll(3); i < count; ++i) {
            add("  - " + quoted(fmt::format("{}={}", key(), text())));
        }
        add("x-svc: &svc\n  image: shared:1\n  environment:");
        entries("    ");
        add("services:");
        const auto services = 1 + roll(3);
        for (std::size_t i = 0; i < services; ++i) {
            service(fmt::format("s{}", i));
        }
        env();
        return std::move(out_);
    }

  private:
    std::size_t roll(std::size_t sides) { return static_cast<std::size_t>(dice_() % sides); }
    bool chance(std::size_t one_in) { return roll(one_in) == 0; }
    template <class Values>
    std::string pick(const Values& values) {
        return std::string(values[roll(values.size())]);
    }
    void add(const std::string& line) { out_.text += line + "\n"; }
    std::string key() { return pick(kKeys); }
    std::string text() { return chance(60) ? pick(kRefused) : pick(kTexts); }

    std::string quoted(const std::string& text) {
        return chance(2) ? "'" + text + "'" : "\"" + text + "\"";
    }
    /// A value in a block map.
    std::string scalar() {
        if (chance(2)) {
            return chance(80) ? pick(kRefused) : pick(kUnquoted);
        }
        const auto value = text();
        return value.empty() || chance(2) || value.find(": ") != std::string::npos ? quoted(value)
                                                                                   : value;
    }
    std::string comment() { return chance(4) ? "  # see ${V} and $A" : ""; }

    void shared_map(std::size_t number) {
        add(fmt::format("x-m{0}: &m{0}", number));
        shared_.push_back(fmt::format("*m{}", number));
        if (number > 0 && chance(2)) {
            add(fmt::format("  <<: *m{}", number - 1));
        }
        entries("  ");
    }

    /// Each key at most once.
    void entries(const std::string& lead) {
        bool any = false;
        for (const auto name : kKeys) {
            if (chance(3) || (!any && name == kKeys.back())) {
                add(fmt::format("{}{}: {}{}", lead, name, scalar(), comment()));
                any = true;
            }
        }
    }

    std::string merge_source() {
        switch (roll(4)) {
            case 0:
                return "[" + pick(shared_) + ", " + pick(shared_) + "]";
            case 1:
                return "{" + key() + ": " + quoted(text()) + "}";
            case 2:
                return "[{" + key() + ": " + quoted(text()) + "}, " + pick(shared_) + "]";
            default:
                return pick(shared_);
        }
    }

    void service(const std::string& name) {
        add("  " + name + ":" + comment());
        const bool merged = chance(4);
        add(merged ? "    <<: *svc" : "    image: own:1");
        add("    # - AUTH_TYPE=${AUTH_TYPE}");
        environment();
        if (chance(4)) {
            add("    labels: {l: '${W:-x}'}");
        }
    }

    void environment() {
        switch (roll(7)) {
            case 0:
                return;
            case 1:
                add("    environment: " + pick(shared_));
                return;
            case 2:
                add("    environment: *list");
                return;
            case 3:
                add("    environment:");
                add("      <<: " + merge_source());
                entries("      ");
                return;
            case 4:
                add("    environment: {" + key() + ": " + quoted(text()) + "}");
                return;
            case 5:
                add("    environment:");
                entries("      ");
                return;
            default:
                list();
        }
    }

    void list() {
        add("    environment:");
        for (std::size_t i = 0, count = 1 + roll(5); i < count; ++i) {
            const auto bare = chance(5);
            add("      - " + (bare ? key() : quoted(key() + "=" + text())) + comment());
        }
    }

    void env() {
        for (const auto name : kVariables) {
            if (!chance(3)) {
                out_.env[std::string(name)] = chance(3) ? "" : pick(std::array{"x", "3.10", "$V"});
            }
        }
    }

    std::mt19937_64 dice_;
    std::vector<std::string> shared_;
    RichCompose out_;
};

}  // namespace

RichCompose rich_compose(std::uint64_t seed) {
    return RichGenerator(seed).run();
}

}  // namespace wavegate::formats
