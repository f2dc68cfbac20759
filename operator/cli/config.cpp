#include "operator/cli/config.hpp"

#include "operator/base/text.hpp"
#include "operator/desired/report.hpp"
#include "operator/formats/yaml.hpp"
#include "operator/net/endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <utility>

namespace wavegate::cli {
namespace {

using formats::YamlNode;

/// Takes a value; says what is wrong with it, or nothing.
using Take = std::string (*)(Config&, const std::string&);

struct Field {
    const char* name;
    Take take;
    bool path = false;  ///< relative ones of a file are taken from its folder
};

template <auto Member>
std::string take_text(Config& config, const std::string& value) {
    if (value.empty()) {
        return "is empty";
    }
    config.*Member = value;
    return {};
}

template <auto Member>
std::string take_git(Config& config, const std::string& value) {
    if (value.empty()) {
        return "is empty";
    }
    config.git.*Member = value;
    return {};
}

std::string take_reference(Reference& target, const std::string& value) {
    if (!is_reference(value)) {
        // Never quoted: it may be the secret itself.
        return "is no reference: env:NAME or file:/path names where the secret stands";
    }
    if (value.starts_with("openbao:")) {
        return "can't stand in OpenBao, which is known by the desired state alone; use env: or "
               "file:";
    }
    target.text = value;
    return {};
}

std::string take_interval(Config& config, const std::string& value) {
    const auto interval = parse_duration(value);
    if (!interval || *interval < std::chrono::milliseconds(100)) {
        return "is no duration of at least 100ms, like 60s";
    }
    config.interval = *interval;
    return {};
}

std::string take_listen(Config& config, const std::string& value) {
    if (!net::parse_endpoint(value)) {
        return "is no IP address with a port, like 127.0.0.1:8080";
    }
    config.listen = value;
    return {};
}

std::string take_reads(Config& config, const std::string& value) {
    if (value != "open" && value != "token") {
        return "is neither open nor token";
    }
    config.reads_need_token = value == "token";
    return {};
}

std::string take_level(Config& config, const std::string& value) {
    constexpr std::array<std::pair<std::string_view, log::Level>, 4> levels{
        {{"debug", log::Level::Debug},
         {"info", log::Level::Info},
         {"warn", log::Level::Warn},
         {"error", log::Level::Error}}};
    for (const auto& [name, level] : levels) {
        if (value == name) {
            config.log_level = level;
            return {};
        }
    }
    return "is none of debug, info, warn, error";
}

std::string take_format(Config& config, const std::string& value) {
    if (value != "text" && value != "json") {
        return "is neither text nor json";
    }
    config.log_format = value == "json" ? log::Format::Json : log::Format::Text;
    return {};
}

std::string take_token(Config& config, const std::string& value) {
    return take_reference(config.token, value);
}
std::string take_git_token(Config& config, const std::string& value) {
    return take_reference(config.git.token, value);
}
std::string take_webhook(Config& config, const std::string& value) {
    return take_reference(config.git.webhook_secret, value);
}

const std::vector<Field>& fields() {
    static const std::vector<Field> all{
        {"source.git.url", take_git<&GitConfig::url>},
        {"source.git.branch", take_git<&GitConfig::branch>},
        {"source.git.path", take_git<&GitConfig::path>},
        {"source.git.username", take_git<&GitConfig::username>},
        {"source.git.tokenRef", take_git_token},
        {"source.git.sshKeyFile", take_git<&GitConfig::ssh_key_file>, true},
        {"source.git.sshKnownHostsFile", take_git<&GitConfig::ssh_known_hosts_file>, true},
        {"source.git.interval", take_interval},
        {"source.git.webhookSecretRef", take_webhook},
        {"source.folder", take_text<&Config::folder>, true},
        {"store.sqlite", take_text<&Config::database>, true},
        {"listen", take_listen},
        {"auth.tokenRef", take_token},
        {"auth.reads", take_reads},
        {"envRoot", take_text<&Config::env_root>, true},
        {"caFile", take_text<&Config::ca_file>, true},
        {"log.level", take_level},
        {"log.format", take_format}};
    return all;
}

constexpr const char* kReferences = "references";

const Field* field_named(const std::string& name) {
    const auto found = std::find_if(
        fields().begin(), fields().end(), [&](const Field& field) { return name == field.name; });
    return found == fields().end() ? nullptr : &*found;
}

/// What may stand below `group` ("" or "source.git"), by its own name.
std::vector<std::string> known_below(const std::string& group) {
    std::vector<std::string> known;
    if (group.empty()) {
        known.emplace_back(kReferences);
    }
    const auto prefix = group.empty() ? std::string() : group + ".";
    for (const auto& field : fields()) {
        const std::string name = field.name;
        if (!name.starts_with(prefix)) {
            continue;
        }
        auto own = name.substr(prefix.size());
        own.resize(std::min(own.find('.'), own.size()));
        if (std::find(known.begin(), known.end(), own) == known.end()) {
            known.push_back(std::move(own));
        }
    }
    return known;
}

std::string variable_of(std::string_view field) {
    std::string name = "WAVEGATE_";
    for (const char letter : field) {
        const auto byte = static_cast<unsigned char>(letter);
        if (letter == '.') {
            name += '_';
            continue;
        }
        if (std::isupper(byte) != 0) {
            name += '_';
        }
        name += static_cast<char>(std::toupper(byte));
    }
    return name;
}

std::string check_rule(const ReferenceRule& rule) {
    if (!is_reference(rule.pattern)) {
        return "is no reference: env:NAME, file:/path or openbao:path#key, with * for any run";
    }
    if (rule.pattern.find("/../") != std::string::npos) {
        return "may hold no /../";
    }
    return {};
}

/// Reads the file's tree into the configuration.
class FileReader {
  public:
    FileReader(std::string file, ParsedConfig& result)
        : file_(std::move(file)),
          folder_(std::filesystem::path(file_).parent_path()),
          result_(result) {}

    void map(const YamlNode& node, const std::string& group) {
        if (node.is_null()) {
            return;
        }
        if (!node.is_map()) {
            add(node, group, "is no map");
            return;
        }
        for (const auto& [key, value] : node.entries) {
            entry(group, key, value);
        }
    }

    void add(const YamlNode& at, const std::string& field, std::string message) {
        add(at.line, at.column, field, std::move(message));
    }
    void add(int line, int column, const std::string& field, std::string message) {
        result_.found.push_back(
            {Severity::Error, {file_, line, column}, {}, field, std::move(message)});
    }

  private:
    void entry(const std::string& group, const YamlNode& key, const YamlNode& value) {
        const auto known = known_below(group);
        if (std::find(known.begin(), known.end(), key.text) == known.end()) {
            add(key,
                group,
                fmt::format(
                    "unknown field {}{}",
                    formats::in_quotes(key.text),
                    desired::suggestion(key.text, known)));
            return;
        }
        const auto name = group.empty() ? key.text : group + "." + key.text;
        if (name == kReferences) {
            references(value);
        } else if (const auto* field = field_named(name)) {
            leaf(*field, value);
        } else {
            map(value, name);
        }
    }

    void leaf(const Field& field, const YamlNode& value) {
        if (!value.is_scalar()) {
            add(value, field.name, "is no text");
            return;
        }
        auto text = value.text;
        if (field.path && !text.empty() && std::filesystem::path(text).is_relative()) {
            text = (folder_ / text).lexically_normal().string();
        }
        if (auto wrong = field.take(result_.config, text); !wrong.empty()) {
            add(value, field.name, std::move(wrong));
        }
    }

    void references(const YamlNode& list) {
        if (!list.is_sequence()) {
            add(list, kReferences, "is no list");
            return;
        }
        for (const auto& item : list.items) {
            reference(item);
        }
    }

    void reference(const YamlNode& item) {
        ReferenceRule rule;
        if (item.is_scalar()) {
            rule.pattern = item.text;
        } else if (!read_pair(item, rule)) {
            add(item, kReferences, "is neither a reference nor { ref: …, host: … }");
            return;
        }
        if (auto wrong = check_rule(rule); !wrong.empty()) {
            add(item, kReferences, std::move(wrong));
            return;
        }
        result_.config.references.push_back(std::move(rule));
    }

    static bool read_pair(const YamlNode& item, ReferenceRule& rule) {
        const auto* reference = item.find("ref");
        const auto* host = item.find("host");
        const bool good = reference != nullptr && host != nullptr && reference->is_scalar() &&
                          host->is_scalar() && !host->text.empty() && item.entries.size() == 2;
        if (good) {
            rule.pattern = reference->text;
            rule.host = host->text;
        }
        return good;
    }

    std::string file_;
    std::filesystem::path folder_;
    ParsedConfig& result_;
};

void add_variable(ParsedConfig& result, const std::string& variable, std::string message) {
    result.found.push_back({Severity::Error, {}, {}, variable, std::move(message)});
}

void read_reference_list(const std::string& list, ParsedConfig& result) {
    std::vector<ReferenceRule> rules;
    std::string_view rest = list;
    while (!rest.empty()) {
        const auto end = std::min(rest.find(','), rest.size());
        const auto item = trim(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const auto at = item.rfind('@');
        ReferenceRule rule;
        rule.pattern = std::string(item.substr(0, at));
        if (at != std::string_view::npos) {
            rule.host = std::string(item.substr(at + 1));
        }
        if (auto wrong = check_rule(rule); !wrong.empty()) {
            add_variable(result, variable_of(kReferences), "an entry " + wrong);
            return;
        }
        rules.push_back(std::move(rule));
    }
    result.config.references = std::move(rules);
}

void read_environment(const Environment& environment, ParsedConfig& result) {
    for (const auto& field : fields()) {
        const auto variable = variable_of(field.name);
        const auto value = environment(variable);
        if (!value) {
            continue;
        }
        if (auto wrong = field.take(result.config, *value); !wrong.empty()) {
            add_variable(result, variable, std::move(wrong));
        }
    }
    const bool git = environment(variable_of("source.git.url")).has_value();
    if (git != environment(variable_of("source.folder")).has_value()) {
        // A variable that names one kind of source takes the place of the file's other kind.
        (git ? result.config.folder : result.config.git.url).clear();
    }
    if (const auto list = environment(variable_of(kReferences))) {
        read_reference_list(*list, result);
    }
}

void check_whole(const std::string& file, ParsedConfig& result) {
    const auto& config = result.config;
    if (config.git.url.empty() == config.folder.empty() && result.found.empty()) {
        result.found.push_back(
            {Severity::Error,
             {file, 0, 0},
             {},
             "source",
             config.folder.empty() ? "needs source.git.url or source.folder"
                                   : "has both git and folder: one of them must go"});
    }
}

}  // namespace

bool is_reference(std::string_view text) {
    return (text.starts_with("env:") && text.size() > 4) || text.starts_with("file:/") ||
           (text.starts_with("openbao:") && text.size() > 8);
}

bool fits(std::string_view pattern, std::string_view text) {
    std::size_t p = 0;
    std::size_t t = 0;
    auto star = std::string_view::npos;
    std::size_t resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') {
        ++p;
    }
    return p == pattern.size();
}

std::vector<ConfigName> config_names() {
    std::vector<ConfigName> names;
    for (const auto& field : fields()) {
        names.push_back({field.name, variable_of(field.name)});
    }
    names.push_back({kReferences, variable_of(kReferences)});
    return names;
}

ParsedConfig
parse_config(const std::string& file, std::string_view text, const Environment& environment) {
    ParsedConfig result;
    FileReader reader(file, result);
    const auto yaml = formats::read_yaml(text);
    for (const auto& error : yaml.errors) {
        reader.add(error.line, error.column, {}, error.message);
    }
    if (yaml.documents.size() > 1) {
        reader.add(yaml.documents[1], {}, "a second document: there is only one configuration");
    }
    if (!yaml.documents.empty()) {
        reader.map(yaml.documents.front(), {});
    }
    read_environment(environment, result);
    check_whole(file, result);
    return result;
}

ParsedConfig config_of_environment(const Environment& environment) {
    ParsedConfig result;
    read_environment(environment, result);
    check_whole({}, result);
    return result;
}

}  // namespace wavegate::cli
