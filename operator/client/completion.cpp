#include "operator/client/completion.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace wavegate::client {
namespace {

constexpr std::string_view kKinds = "services waves rollouts clients policies events";

/// What may follow at a place in the tree of commands.
struct Follows {
    std::string words;
    bool files = false;  ///< an argument of the command's is a path
};
/// "", "/rollout", "/rollout/pause" → what may follow there.
using ByPlace = std::map<std::string, Follows>;

/// What an option takes: one of some words, a path, or what nobody can guess.
struct Takes {
    std::string words;
    bool files = false;
};
/// "--config", "-o" → what follows it.
using ByOption = std::map<std::string, Takes>;

bool is_path(const CLI::Option& option) {
    const auto named = option.get_positional() ? option.get_name() : option.get_option_text();
    return named.find("FILE") != std::string::npos || named.find("PATH") != std::string::npos ||
           named.find("DIR") != std::string::npos;
}

/// The words of an option that takes one of some, as CLI::IsMember describes them: "TEXT:{a,b}".
std::string choices(const CLI::Option& option) {
    const auto type = option.get_type_name();
    const auto begin = type.find('{');
    const auto end = type.find('}');
    if (begin == std::string::npos || end == std::string::npos) {
        return {};
    }
    auto words = type.substr(begin + 1, end - begin - 1);
    std::replace(words.begin(), words.end(), ',', ' ');
    return words;
}

void add_word(std::string& words, std::string_view word) {
    words += words.empty() || word.empty() ? "" : " ";
    words += word;
}

void collect_option(const CLI::Option& option, Follows& here, ByOption& options) {
    if (option.get_positional()) {
        here.files = here.files || is_path(option);
        add_word(here.words, choices(option));
        return;
    }
    for (const std::string& name : option.get_lnames()) {
        add_word(here.words, "--" + name);
    }
    if (option.get_items_expected_max() == 0) {
        return;
    }
    const Takes takes{choices(option), is_path(option)};
    for (const std::string& name : option.get_lnames()) {
        options["--" + name] = takes;
    }
    for (const std::string& name : option.get_snames()) {
        options["-" + name] = takes;
    }
}

void collect(const CLI::App& app, const std::string& place, ByPlace& places, ByOption& options) {
    Follows& here = places[place];
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (!command->get_name().empty()) {
            add_word(here.words, command->get_name());
            collect(*command, place + "/" + command->get_name(), places, options);
        }
    }
    if (place == "/get" || place == "/describe") {
        add_word(here.words, kKinds);
    }
    for (const CLI::Option* option : app.get_options()) {
        collect_option(*option, here, options);
    }
}

/// Every place but the root, as alternatives of a shell's `case`.
std::string names(const ByPlace& places, std::string_view between) {
    std::string out;
    for (const auto& [place, follows] : places) {
        if (!place.empty()) {
            out += (out.empty() ? "" : std::string(between)) + place;
        }
    }
    return out;
}

/// File names may hold blanks: one a line, and quoted by readline.
constexpr std::string_view kBashFiles =
    "compopt -o filenames 2>/dev/null; mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY "
    "< <(compgen -f -- \"$cur\")";

std::string bash_words(std::string_view words) {
    return fmt::format(R"(COMPREPLY=($(compgen -W "{}" -- "$cur")))", words);
}

std::string bash(const ByPlace& places, const ByOption& options) {
    std::string out =
        "_wavegate() {\n"
        "    local cur=\"${COMP_WORDS[COMP_CWORD]}\" at=\"\" word\n"
        "    COMPREPLY=()\n"
        "    case \"${COMP_WORDS[COMP_CWORD-1]}\" in\n";
    for (const auto& [option, takes] : options) {
        out += fmt::format(
            "        {}) {}; return ;;\n",
            option,
            takes.files ? std::string(kBashFiles) : bash_words(takes.words));
    }
    out +=
        "    esac\n"
        "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
        "        case \"$at/$word\" in\n            " +
        names(places, "|") +
        ") at=\"$at/$word\" ;;\n"
        "        esac\n"
        "    done\n"
        "    case \"$at\" in\n";
    for (const auto& [place, follows] : places) {
        out += fmt::format(
            "        \"{}\") {}{} ;;\n",
            place,
            bash_words(follows.words),
            follows.files ? fmt::format("; {}", kBashFiles) : std::string());
    }
    return out + "    esac\n}\ncomplete -F _wavegate wavegate\n";
}

std::string zsh(const ByPlace& places, const ByOption& options) {
    std::string out =
        "#compdef wavegate\n"
        "_wavegate() {\n"
        "    local at=\"\" word\n"
        "    case \"$words[CURRENT-1]\" in\n";
    for (const auto& [option, takes] : options) {
        out += fmt::format(
            "        ({}) {}; return ;;\n",
            option,
            takes.files ? "_files" : fmt::format("compadd -- {}", takes.words));
    }
    out +=
        "    esac\n"
        "    for word in \"${(@)words[2,CURRENT-1]}\"; do\n"
        "        case \"$at/$word\" in\n            (" +
        names(places, "|") +
        ") at=\"$at/$word\" ;;\n"
        "        esac\n"
        "    done\n"
        "    case \"$at\" in\n";
    for (const auto& [place, follows] : places) {
        out += fmt::format(
            "        (\"{}\") compadd -- {}{} ;;\n",
            place,
            follows.words,
            follows.files ? "; _files" : "");
    }
    return out +
           "    esac\n}\n"
           "if [ \"$funcstack[1]\" = \"_wavegate\" ]; then\n"
           "    _wavegate \"$@\"\n"
           "else\n"
           "    compdef _wavegate wavegate\n"
           "fi\n";
}

std::string fish(const ByPlace& places, const ByOption& options) {
    std::string out =
        "function __wavegate_at\n"
        "    set -l at \"\"\n"
        "    set -l before (commandline -opc)\n"
        "    for word in $before[2..-1]\n"
        "        switch \"$at/$word\"\n"
        "            case " +
        names(places, " ") +
        "\n"
        "                set at \"$at/$word\"\n"
        "        end\n"
        "    end\n"
        "    test \"$at\" = \"$argv[1]\"\n"
        "end\n"
        "complete -c wavegate -f\n";
    for (const auto& [place, follows] : places) {
        out += fmt::format(
            "complete -c wavegate {}-n '__wavegate_at \"{}\"' -a '{}'\n",
            follows.files ? "-F " : "",
            place,
            follows.words);
    }
    for (const auto& [option, takes] : options) {
        const bool long_one = option.starts_with("--");
        out += fmt::format(
            "complete -c wavegate -{} {} -r {}\n",
            long_one ? 'l' : 's',
            option.substr(long_one ? 2 : 1),
            takes.files ? "-F" : fmt::format("-f -a '{}'", takes.words));
    }
    return out;
}

}  // namespace

std::optional<std::string> completion_script(const CLI::App& app, std::string_view shell) {
    ByPlace places;
    ByOption options;
    collect(app, "", places, options);
    if (shell == "bash") {
        return bash(places, options);
    }
    if (shell == "zsh") {
        return zsh(places, options);
    }
    if (shell == "fish") {
        return fish(places, options);
    }
    return std::nullopt;
}

}  // namespace wavegate::client
