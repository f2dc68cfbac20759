#include "operator/sandbox/portainer/substitution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace wavegate::sandbox {
namespace {

std::size_t name_length(std::string_view text) {
    std::size_t length = 0;
    while (length < text.size()) {
        const auto c = static_cast<unsigned char>(text[length]);
        const bool fits = c == '_' || std::isalpha(c) != 0 || (length > 0 && std::isdigit(c) != 0);
        if (!fits) {
            break;
        }
        ++length;
    }
    return length;
}

class Substitution {
  public:
    Substitution(std::string_view text, const EnvList& env) : rest_(text), text_(text), env_(env) {}

    std::optional<std::string> run(std::string& error) {
        while (!rest_.empty()) {
            const auto sign = rest_.find('$');
            out_ += rest_.substr(0, sign);
            rest_.remove_prefix(std::min(sign, rest_.size()));
            if (!rest_.empty() && !variable()) {
                error = error_.empty() ? std::string(text_) : error_;
                return std::nullopt;
            }
        }
        return out_;
    }

  private:
    bool variable() {
        rest_.remove_prefix(1);
        if (rest_.starts_with('$')) {
            rest_.remove_prefix(1);
            out_ += '$';
            return true;
        }
        const bool braced = rest_.starts_with('{');
        rest_.remove_prefix(braced ? 1 : 0);
        const auto inside = rest_.substr(0, rule_length(rest_));
        rest_.remove_prefix(inside.size());
        if (inside.empty() || (braced && !rest_.starts_with('}'))) {
            return false;
        }
        rest_.remove_prefix(braced ? 1 : 0);
        return put_in(inside);
    }

    /// A name, and with a rule behind it, in braces or not, all up to the next brace.
    static std::size_t rule_length(std::string_view text) {
        const auto name = name_length(text);
        auto rule = text.substr(name);
        rule.remove_prefix(rule.starts_with(':') ? 1 : 0);
        const bool ruled = name > 0 && (rule.starts_with('-') || rule.starts_with('?'));
        return ruled ? std::min(text.find('}'), text.size()) : name;
    }

    /// The rules are looked for in this order, and anywhere in the text.
    bool put_in(std::string_view inside) {
        for (const std::string_view rule : {":-", "-", ":?", "?"}) {
            const auto at = inside.find(rule);
            if (at == std::string_view::npos) {
                continue;
            }
            const auto name = inside.substr(0, at);
            const auto rest = inside.substr(at + rule.size());
            const auto* value = env_value(env_, name);
            if (value != nullptr && !(rule.size() == 2 && value->empty())) {
                out_ += *value;
                return true;
            }
            if (rule.back() == '-') {
                out_ += rest;
                return true;
            }
            error_ = fmt::format("required variable {} is missing a value: {}", name, rest);
            return false;
        }
        const auto* value = env_value(env_, inside);
        out_ += value == nullptr ? std::string() : *value;
        return true;
    }

    std::string_view rest_;
    std::string_view text_;
    const EnvList& env_;
    std::string out_;
    std::string error_;
};

}  // namespace

const std::string* env_value(const EnvList& env, std::string_view name) {
    const auto at = std::find_if(
        env.rbegin(), env.rend(), [&](const auto& entry) { return entry.first == name; });
    return at == env.rend() ? nullptr : &at->second;
}

std::optional<std::string>
substitute(std::string_view text, const EnvList& env, std::string& error) {
    return Substitution(text, env).run(error);
}

}  // namespace wavegate::sandbox
