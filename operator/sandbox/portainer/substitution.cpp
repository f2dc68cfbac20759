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
        if (rest_.starts_with('{')) {
            const auto close = rest_.find('}');
            if (close == std::string_view::npos) {
                return false;
            }
            const auto inside = rest_.substr(1, close - 1);
            rest_.remove_prefix(close + 1);
            return braced(inside);
        }
        const auto length = name_length(rest_);
        const auto* value = env_value(env_, rest_.substr(0, length));
        out_ += value == nullptr ? std::string() : *value;
        rest_.remove_prefix(length);
        return length > 0;
    }

    bool braced(std::string_view inside) {
        const auto length = name_length(inside);
        const auto name = inside.substr(0, length);
        auto rule = inside.substr(length);
        const auto* value = env_value(env_, name);
        const bool or_empty = rule.starts_with(':');
        if (or_empty) {
            rule.remove_prefix(1);
        }
        const bool set = value != nullptr && !(or_empty && value->empty());
        if (length == 0 || (rule.empty() && or_empty) || (!rule.empty() && !known(rule[0]))) {
            return false;
        }
        if (rule.empty() || set) {
            out_ += value == nullptr ? std::string() : *value;
            return true;
        }
        if (rule[0] == '?') {
            error_ =
                fmt::format("required variable {} is missing a value: {}", name, rule.substr(1));
            return false;
        }
        out_ += rule.substr(1);
        return true;
    }

    static bool known(char sign) { return sign == '-' || sign == '?'; }

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
