#include "operator/cli/client_completion.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <map>

namespace wavegate::cli {
namespace {

constexpr std::string_view kKinds = "services waves rollouts clients policies events";

/// Place in the tree of commands ("", "/rollout", "/rollout/pause") → what may follow there.
using WordsByPlace = std::map<std::string, std::string>;

void collect(const CLI::App& app, const std::string& place, WordsByPlace& words) {
    std::string& here = words[place];
    const auto add = [&here](std::string_view word) {
        here += here.empty() ? "" : " ";
        here += word;
    };
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (!command->get_name().empty()) {
            add(command->get_name());
            collect(*command, place + "/" + command->get_name(), words);
        }
    }
    if (place == "/get" || place == "/describe") {
        add(kKinds);
    }
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) {
            add("--" + name);
        }
    }
}

/// Every place but the root, as alternatives of a shell's `case`.
std::string places(const WordsByPlace& words, std::string_view between) {
    std::string out;
    for (const auto& [place, follow] : words) {
        if (!place.empty()) {
            out += (out.empty() ? "" : std::string(between)) + place;
        }
    }
    return out;
}

std::string bash(const WordsByPlace& words) {
    std::string out =
        "_wavegate() {\n"
        "    local cur=\"${COMP_WORDS[COMP_CWORD]}\" at=\"\" word\n"
        "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
        "        case \"$at/$word\" in\n            " +
        places(words, "|") +
        ") at=\"$at/$word\" ;;\n"
        "        esac\n"
        "    done\n"
        "    case \"$at\" in\n";
    for (const auto& [place, follow] : words) {
        out += fmt::format(
            "        \"{}\") COMPREPLY=($(compgen -W \"{}\" -- \"$cur\")) ;;\n", place, follow);
    }
    return out + "    esac\n}\ncomplete -F _wavegate wavegate\n";
}

std::string zsh(const WordsByPlace& words) {
    std::string out =
        "#compdef wavegate\n"
        "_wavegate() {\n"
        "    local at=\"\" word\n"
        "    for word in \"${(@)words[2,CURRENT-1]}\"; do\n"
        "        case \"$at/$word\" in\n            (" +
        places(words, "|") +
        ") at=\"$at/$word\" ;;\n"
        "        esac\n"
        "    done\n"
        "    case \"$at\" in\n";
    for (const auto& [place, follow] : words) {
        out += fmt::format("        (\"{}\") compadd -- {} ;;\n", place, follow);
    }
    return out +
           "    esac\n}\n"
           "if [ \"$funcstack[1]\" = \"_wavegate\" ]; then\n"
           "    _wavegate \"$@\"\n"
           "else\n"
           "    compdef _wavegate wavegate\n"
           "fi\n";
}

std::string fish(const WordsByPlace& words) {
    std::string out =
        "function __wavegate_at\n"
        "    set -l at \"\"\n"
        "    set -l before (commandline -opc)\n"
        "    for word in $before[2..-1]\n"
        "        switch \"$at/$word\"\n"
        "            case " +
        places(words, " ") +
        "\n"
        "                set at \"$at/$word\"\n"
        "        end\n"
        "    end\n"
        "    test \"$at\" = \"$argv[1]\"\n"
        "end\n";
    for (const auto& [place, follow] : words) {
        out += fmt::format(
            "complete -c wavegate -f -n '__wavegate_at \"{}\"' -a '{}'\n", place, follow);
    }
    return out;
}

}  // namespace

std::optional<std::string> completion_script(const CLI::App& app, std::string_view shell) {
    WordsByPlace words;
    collect(app, "", words);
    if (shell == "bash") {
        return bash(words);
    }
    if (shell == "zsh") {
        return zsh(words);
    }
    if (shell == "fish") {
        return fish(words);
    }
    return std::nullopt;
}

}  // namespace wavegate::cli
