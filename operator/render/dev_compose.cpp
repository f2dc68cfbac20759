#include "operator/render/dev_compose.hpp"

#include "operator/formats/byte_order_mark.hpp"
#include "operator/formats/compose.hpp"
#include "operator/formats/yaml_edit.hpp"
#include "operator/render/mark.hpp"

#include <fmt/format.h>

#include <utility>

namespace wavegate::render {
namespace {

using formats::YamlNode;
using formats::YamlPath;

/// Of that name, or the only one.
Result<std::string> service_of(const formats::Compose& compose, const std::string& name) {
    if (compose.services.contains(name)) {
        return name;
    }
    if (compose.services.size() == 1) {
        return compose.services.begin()->first;
    }
    return Error(
        ErrorKind::Invalid, "services: several, and none is called " + name + "; rename one");
}

/// `A:/src`, `A:/src:ro`, or a long form with that target.
bool mounts_source(const YamlNode& volume) {
    const auto* target = volume.find("target");
    return target != nullptr
               ? target->text == "/src"
               : volume.text.ends_with(":/src") || volume.text.find(":/src:") != std::string::npos;
}

Result<std::string>
with_path(std::string_view text, const formats::Compose& compose, const std::string& service) {
    if (compose.services.at(service).environment.contains("PYTHONPATH")) {
        return std::string(text);
    }
    return formats::edit_compose(text, service, {{"PYTHONPATH", "/src"}});
}

/// The steps of one edit; the first that fails ends it. Each is tried on the text as it was, so
/// that errors name its lines.
class DevEdit {
  public:
    DevEdit(std::string_view before, Result<std::string> text, std::string service)
        : before_(before), text_(std::move(text)), service_(std::move(service)) {}

    DevEdit& set(const YamlPath& below, const std::string& value) {
        return step([&](std::string_view text) {
            return formats::set_yaml_value(text, full(below), value);
        });
    }
    template <class Keep>
    DevEdit& lead(const YamlPath& below, const std::string& first, Keep keep) {
        return step([&](std::string_view text) {
            return formats::change_yaml_list(text, full(below), first, keep);
        });
    }
    Result<std::string> take() { return std::move(text_); }

  private:
    template <class Step>
    DevEdit& step(Step step) {
        if (text_) {
            auto alone = step(before_);
            text_ = alone ? step(*text_) : std::move(alone);
        }
        return *this;
    }
    [[nodiscard]] YamlPath full(const YamlPath& below) const {
        YamlPath path{"services", service_};
        path.insert(path.end(), below.begin(), below.end());
        return path;
    }
    std::string_view before_;
    Result<std::string> text_;
    std::string service_;
};

const YamlNode* find_below(const YamlNode& root, const YamlPath& path) {
    const auto* node = &root;
    for (const auto& key : path) {
        node = node == nullptr ? nullptr : node->find(key);
    }
    return node;
}

Result<std::string>
edited(std::string_view text, const formats::Compose& compose, const DevSource& source) {
    auto service = service_of(compose, source.service);
    if (!service) {
        return service.take_error();
    }
    DevEdit edit(text, with_path(text, compose, *service), *service);
    edit.lead({"volumes"}, source.folder + ":/src:ro", [](const YamlNode& volume) {
        return !mounts_source(volume);
    });
    if (find_below(*compose.tree, {"services", *service, "healthcheck"}) != nullptr) {
        edit.set({"healthcheck", "start_period"}, "40s");
    }
    edit.lead(
        {"deploy", "placement", "constraints"},
        fmt::format("node.labels.name == ${{SERVER:-{}}}", source.server),
        [](const YamlNode&) { return false; });
    if (find_below(*compose.tree, {"services", *service, "deploy", "restart_policy"}) == nullptr) {
        edit.set({"deploy", "restart_policy", "condition"}, "any");
    }
    return edit.take();
}

}  // namespace

Result<std::string> dev_compose(std::string_view production, const DevSource& source) {
    const bool marked = production.starts_with(formats::kByteOrderMark);
    const auto text = production.substr(marked ? formats::kByteOrderMark.size() : 0);
    const auto compose = formats::read_compose(text);
    auto body = compose ? edited(text, *compose, source) : Result<std::string>(compose.error());
    if (!body) {
        return body.take_error();
    }
    const std::string end = text.find("\r\n") == std::string_view::npos ? "\n" : "\r\n";
    return sealed(
        "# compose.yml on its source, for work on it; " + blank_mark() + end +
        "# `wavegate generate dev-compose` writes it anew until a hand changes it." + end + *body);
}

}  // namespace wavegate::render
