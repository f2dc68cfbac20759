#include "operator/desired/registry.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace wavegate::desired {
namespace {

using formats::in_quotes;
using formats::YamlNode;

constexpr std::size_t kMostServices = 10'000;
constexpr std::size_t kLongestName = 63;

bool is_name(const std::string& text) {
    return !text.empty() && text.size() <= kLongestName &&
           text.find_first_not_of(
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
               std::string::npos;
}

class RegistryReader {
  public:
    RegistryReader(const std::string& file, Report& report) : file_(file), report_(report) {}

    std::vector<RegistryEntry> read(const YamlNode& root) {
        const auto* version = root.find("version");
        if (version == nullptr || formats::to_integer(*version) != 1) {
            wrong(version == nullptr ? root : *version, "version", "must be 1");
        }
        const auto* services = root.find("services");
        if (services == nullptr || !services->is_sequence()) {
            wrong(root, "services", "must be a list of services");
            return {};
        }
        if (services->items.size() > kMostServices) {
            wrong(*services, "services", fmt::format("at most {} services", kMostServices));
            return {};
        }
        const auto* defaults = root.find("defaults");
        default_port_ = defaults == nullptr ? 0 : port(*defaults, "container_port", "defaults");
        for (std::size_t i = 0; i < services->items.size() && !report_.full(); ++i) {
            add(services->items[i], fmt::format("services[{}]", i));
        }
        return std::move(entries_);
    }

  private:
    void wrong(const YamlNode& at, const std::string& field, std::string message) {
        report_.add(
            {Severity::Error, {file_, at.line, at.column}, "registry", field, std::move(message)});
    }

    /// 0 when it is not there.
    int port(const YamlNode& in, const std::string& key, const std::string& where) {
        const auto* value = in.find(key);
        if (value == nullptr) {
            return 0;
        }
        const auto number = formats::to_integer(*value);
        if (!number || *number < 1 || *number > 65'535) {
            wrong(*value, where + "." + key, "must be a port, 1 to 65535");
            return 0;
        }
        return static_cast<int>(*number);
    }

    void add(const YamlNode& item, const std::string& where) {
        const auto* name = item.find("name");
        if (name == nullptr || !name->is_scalar() || !is_name(name->text)) {
            wrong(
                item,
                where + ".name",
                "must be a name of at most 63 letters, digits, '.', '_' and '-'");
            return;
        }
        const auto [first, is_new] = lines_.emplace(name->text, name->line);
        if (!is_new) {
            wrong(
                *name,
                where + ".name",
                fmt::format("{} stands in line {} already", in_quotes(name->text), first->second));
            return;
        }
        RegistryEntry entry;
        entry.name = name->text;
        entry.origin = {file_, item.line, item.column};
        if (const auto* package = item.find("package"); package != nullptr) {
            entry.package = package->text;
        }
        if (const auto* image = item.find("image"); image != nullptr && image->is_scalar()) {
            entry.image = image_repository(image->text);
        }
        const auto own = port(item, "container_port", where);
        entry.container_port = own != 0 ? own : default_port_;
        entry.host_port = port(item, "host_port", where);
        entries_.push_back(std::move(entry));
    }

    const std::string& file_;
    Report& report_;
    int default_port_ = 0;
    std::map<std::string, int> lines_;
    std::vector<RegistryEntry> entries_;
};

}  // namespace

std::string image_repository(const std::string& image) {
    const auto digest = image.find('@');
    const auto name = image.substr(0, digest);
    const auto slash = name.rfind('/');
    const auto tag = name.find(':', slash == std::string::npos ? 0 : slash);
    return name.substr(0, tag);
}

std::vector<RegistryEntry>
read_registry(const YamlNode& root, const std::string& file, Report& report) {
    return RegistryReader(file, report).read(root);
}

}  // namespace wavegate::desired
