#include "operator/client/table.hpp"
#include "operator/program/desired_input.hpp"
#include "operator/program/generate.hpp"
#include "operator/program/generated_files.hpp"
#include "operator/render/alerts.hpp"
#include "operator/render/collectors.hpp"
#include "operator/render/dashboards.hpp"
#include "operator/render/names.hpp"
#include "operator/render/targets.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>
#include <string_view>
#include <utility>

namespace wavegate::program {
namespace {

struct MonitoringOptions : GenerateOptions {
    std::vector<std::string> paths;
    std::string root = "/var/lib/monitoring";
    std::string out;  ///< empty: the root itself
};

/// The files of one document, below the root.
class MonitoringFiles {
  public:
    MonitoringFiles(std::string root, const DesiredState& desired, const MonitoringSpec& spec)
        : root_(std::move(root)), desired_(desired), spec_(spec) {}

    Result<std::vector<GeneratedFile>> make() {
        if (!spec_.targets_file.empty()) {
            add(spec_.targets_file, render::prometheus_targets(desired_));
        }
        if (!spec_.rules_file.empty()) {
            add(spec_.rules_file, render::alert_rules());
        }
        if (!spec_.dashboards_folder.empty()) {
            add(spec_.dashboards_folder + "/wavegate.yml", render::dashboard_provider(spec_));
            for (auto& one : render::dashboards(spec_)) {
                add(spec_.dashboards_folder + "/" + one.file, std::move(one.text));
            }
        }
        if (!spec_.collectors_folder.empty()) {
            add_collectors();
        }
        if (outside_.empty()) {
            return std::move(files_);
        }
        const auto& at = spec_.origin;
        return Error(
            ErrorKind::Invalid,
            at.file + ":" + std::to_string(at.line) + ": Monitoring/" + spec_.name + ": " +
                outside_ + " is not below " + root_ + "; name another --root");
    }

  private:
    void add_collectors() {
        const auto& folder = spec_.collectors_folder;
        add(folder + "/scrape.yml", render::scrape_config(spec_));
        add(folder + "/blackbox.yml", render::blackbox_config());
        if (spec_.promtail) {
            add(folder + "/promtail.yml", render::promtail_config(spec_));
        } else {
            add(folder + "/config.alloy", render::alloy_config(spec_));
        }
    }

    void add(const std::string& path, std::string text) {
        const auto top = root_ + "/";
        if (!path.starts_with(top) || !render::is_plain_path(path)) {
            outside_ = outside_.empty() ? path : outside_;
            return;
        }
        files_.push_back({path.substr(top.size()), std::move(text)});
    }

    std::string root_;
    const DesiredState& desired_;
    const MonitoringSpec& spec_;
    std::vector<GeneratedFile> files_;
    std::string outside_;  ///< the first path that is
};

int generate_monitoring(const Globals& globals, MonitoringOptions& options) {
    while (options.root.size() > 1 && options.root.ends_with('/')) {
        options.root.pop_back();
    }
    const auto desired = read_desired(globals, options.paths);
    if (!desired) {
        return client::kExitError;
    }
    if (!desired->monitoring) {
        return refuse(
            globals, {ErrorKind::NotFound, "the desired state has no Monitoring document"});
    }
    const auto& spec = *desired->monitoring;
    const auto files = MonitoringFiles(options.root, *desired, spec).make();
    if (!files) {
        return refuse(globals, files.error());
    }
    constexpr std::string_view file = "file:";
    if (!spec.bearer_token.empty() && !spec.bearer_token.text.starts_with(file)) {
        *globals.client.error << "Prometheus can't read "
                              << client::printable(spec.bearer_token.text)
                              << ": put the token into "
                              << client::printable(render::metrics_token_file(spec))
                              << ", readable by Prometheus alone\n";
    }
    return place_files(globals, options.out.empty() ? options.root : options.out, *files, options);
}

}  // namespace

void add_generate_monitoring(CLI::App& generate, Globals& globals) {
    auto options = std::make_shared<MonitoringOptions>();
    auto* command = generate.add_subcommand(
        "monitoring",
        "the files of the Monitoring document: targets, alert rules, dashboards, scrape jobs, "
        "collectors of logs");
    command
        ->add_option("PATH", options->paths, "the desired state: files, or folders of YAML files")
        ->required();
    command->add_option("--root", options->root, "the folder that all of its paths must lie below")
        ->option_text("DIR")
        ->capture_default_str();
    command
        ->add_option("--out", options->out, "write below this folder what would be below the root")
        ->option_text("DIR");
    add_generate_options(*command, *options);
    command->callback(
        [&globals, options] { globals.client.exit_code = generate_monitoring(globals, *options); });
}

}  // namespace wavegate::program
