#include "operator/program/generated_files.hpp"

#include "operator/client/table.hpp"
#include "operator/program/atomic_file.hpp"
#include "operator/render/mark.hpp"
#include "operator/render/names.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <ostream>
#include <utility>

namespace wavegate::program {
namespace {

namespace fs = std::filesystem;

/// What a file is now, beside what it would be.
enum class Standing { Same, Missing, Outdated, ByHand };

struct Found {
    Standing standing = Standing::Missing;
    std::optional<mode_t> mode;
};

bool is_plain(const fs::path& path) {
    return path.is_relative() && !path.empty() &&
           std::all_of(path.begin(), path.end(), [](const fs::path& one) {
               return render::is_file_name(one.string());
           });
}

/// The folder that the file lies in. NotFound: not there yet.
Result<FolderHandle> folder_of(const std::string& root, const fs::path& path, bool make) {
    auto folder = FolderHandle::open(root);
    for (const auto& name : path.parent_path()) {
        if (!folder) {
            break;
        }
        auto next = folder->below(name.string(), make);
        if (!next) {
            return next.take_error();
        }
        folder.emplace(std::move(*next));
    }
    return folder;
}

Result<Found> look_at(const std::string& root, const GeneratedFile& file) {
    std::error_code ignored;
    if (!fs::exists(root, ignored)) {
        return Found();
    }
    auto folder = folder_of(root, file.path, false);
    if (!folder) {
        return folder.error().kind() == ErrorKind::NotFound ? Result<Found>(Found())
                                                            : folder.take_error();
    }
    auto there = folder->read(fs::path(file.path).filename().string());
    if (!there) {
        return there.take_error();
    }
    if (!*there) {
        return Found();
    }
    const auto& [text, mode] = **there;
    if (text == file.text) {
        return Found{Standing::Same, mode};
    }
    return Found{render::is_untouched(text) ? Standing::Outdated : Standing::ByHand, mode};
}

Result<void> write(const std::string& root, const GeneratedFile& file, std::optional<mode_t> mode) {
    std::error_code failed;
    fs::create_directories(root, failed);
    auto folder = folder_of(root, file.path, true);
    if (!folder) {
        return folder.take_error();
    }
    return folder->replace(fs::path(file.path).filename().string(), file.text, mode);
}

/// Does a run without --check write it?
bool is_due(Standing standing, bool force) {
    return standing == Standing::Missing || standing == Standing::Outdated ||
           (standing == Standing::ByHand && force);
}

class Placing {
  public:
    Placing(const Globals& globals, std::string root, const GenerateOptions& options)
        : globals_(globals), root_(std::move(root)), options_(options) {}

    int place(const std::vector<GeneratedFile>& files) {
        std::vector<Found> found;
        for (const auto& file : files) {
            auto one =
                is_plain(file.path)
                    ? look_at(root_, file)
                    : Result<Found>(Error(ErrorKind::Invalid, file.path + ": no plain path"));
            if (!one) {
                return refuse(globals_, one.error());
            }
            found.push_back(*one);
        }
        for (std::size_t i = 0; i < files.size(); ++i) {
            auto placed =
                options_.check ? tell(files[i], found[i].standing) : bring(files[i], found[i]);
            if (!placed) {
                return refuse(globals_, placed.error());
            }
        }
        return exit_;
    }

  private:
    Result<void> tell(const GeneratedFile& file, Standing standing) {
        if (standing != Standing::Same) {
            exit_ = kExitChanges;
            say(standing == Standing::Missing ? "missing" : "differs", file);
        }
        return {};
    }

    Result<void> bring(const GeneratedFile& file, const Found& found) {
        if (is_due(found.standing, options_.force)) {
            auto written = write(root_, file, found.mode);
            if (written) {
                say(found.standing == Standing::Missing ? "made" : "changed", file);
            }
            return written;
        }
        if (found.standing == Standing::ByHand) {
            exit_ = kExitChanges;
            *globals_.client.error << "kept " << client::printable(shown(file))
                                   << ": a hand made or changed it; --force overwrites it\n";
        }
        return {};
    }

    [[nodiscard]] std::string shown(const GeneratedFile& file) const {
        return (fs::path(root_) / file.path).string();
    }
    void say(const char* what, const GeneratedFile& file) {
        *globals_.client.out << what << " " << client::printable(shown(file)) << "\n";
    }

    const Globals& globals_;
    std::string root_;
    const GenerateOptions& options_;
    int exit_ = client::kExitGood;
};

}  // namespace

void add_generate_options(CLI::App& command, GenerateOptions& options) {
    command.add_flag("--check", options.check, "write nothing: exit 2 where a file differs");
    command.add_flag("--force", options.force, "overwrite what a hand made or changed, too");
}

int refuse(const Globals& globals, const Error& error) {
    *globals.client.error << client::printable(error.message()) << "\n";
    return client::kExitError;
}

int place_files(
    const Globals& globals,
    const std::string& folder,
    const std::vector<GeneratedFile>& files,
    const GenerateOptions& options) {
    return Placing(globals, folder, options).place(files);
}

int place_file(
    const Globals& globals,
    const std::string& path,
    const std::string& text,
    const GenerateOptions& options) {
    if (path == "-") {
        *globals.client.out << text;
        return client::kExitGood;
    }
    const fs::path whole(path);
    const auto folder = whole.has_parent_path() ? whole.parent_path().string() : ".";
    return place_files(globals, folder, {{whole.filename().string(), text}}, options);
}

}  // namespace wavegate::program
