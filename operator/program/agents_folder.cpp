#include "operator/program/agents_folder.hpp"

#include "operator/base/file_error.hpp"
#include "operator/base/text.hpp"
#include "operator/program/atomic_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

namespace wavegate::program {
namespace {

namespace fs = std::filesystem;

constexpr int kMostEntries = 200'000;

bool is_environment(const std::string& name) {
    return name == "site-packages" || name == "node_modules" || name == ".git" ||
           name.find(".venv") != std::string::npos;
}

/// Looked for in no link, and not without end.
Result<bool> holds_server(const fs::path& folder) {
    std::error_code failed;
    fs::recursive_directory_iterator walk(folder, failed);
    int seen = 0;
    for (const fs::recursive_directory_iterator end; !failed && walk != end;
         walk.increment(failed)) {
        const auto name = walk->path().filename().string();
        if (walk->is_directory() && is_environment(name)) {
            walk.disable_recursion_pending();
        } else if (name == "mcp_server.py") {
            return true;
        }
        if (++seen > kMostEntries) {
            return Error(
                ErrorKind::Invalid,
                fmt::format("{}: holds more than {} files", folder.string(), kMostEntries));
        }
    }
    return failed ? Result<bool>(unreadable(folder.string(), failed.value())) : false;
}

Result<AgentPackage> read_agent(const fs::path& folder, const fs::path& file) {
    AgentPackage agent;
    agent.folder = folder.filename().string();
    agent.file = file.string();
    const auto text = read_input(agent.file);
    if (!text) {
        return text.error();
    }
    auto project = formats::read_pyproject(*text);
    if (!project) {
        return wrong_input(agent.file, project.error());
    }
    agent.project = std::move(*project);
    auto serves = holds_server(folder);
    if (!serves) {
        return serves.take_error();
    }
    agent.serves = *serves;
    return agent;
}

/// Plain folders of a folder, by name.
Result<std::vector<fs::path>> folders_of(const std::string& folder) {
    std::vector<fs::path> out;
    std::error_code failed;
    for (fs::directory_iterator walk(folder, failed), end; !failed && walk != end;
         walk.increment(failed)) {
        if (walk->is_directory() && !walk->is_symlink()) {
            out.push_back(walk->path());
        }
    }
    if (failed) {
        return unreadable(folder, failed.value());
    }
    std::sort(out.begin(), out.end());
    return out;
}

}  // namespace

Error wrong_input(
    const std::string& file,
    int line,
    const std::string& field,
    const std::string& what) {
    const auto place = line > 0 ? fmt::format("{}:{}", file, line) : file;
    return {
        ErrorKind::Invalid,
        field.empty() ? fmt::format("{}: {}", place, what)
                      : fmt::format("{}: {}: {}", place, field, what)};
}

Error wrong_input(const std::string& file, const Error& error) {
    constexpr std::string_view line = "line ";
    const auto& message = error.message();
    const bool placed = message.starts_with(line);
    return {error.kind(), file + (placed ? ":" + message.substr(line.size()) : ": " + message)};
}

Result<std::string> read_input(const std::string& path) {
    std::error_code failed;
    const auto whole = fs::canonical(path, failed);
    if (failed) {
        return failed == std::errc::no_such_file_or_directory
                   ? Error(ErrorKind::NotFound, path + ": not there")
                   : unreadable(path, failed.value());
    }
    const auto folder = FolderHandle::open(whole.parent_path().string());
    if (!folder) {
        return folder.error();
    }
    auto there = folder->read(whole.filename().string());
    if (!there) {
        return there.take_error();
    }
    if (!*there) {
        return Error(ErrorKind::NotFound, path + ": not there");
    }
    return std::move((*there)->text);
}

Result<std::vector<AgentPackage>> read_agents(const std::string& folder) {
    auto folders = folders_of(folder);
    if (!folders) {
        return folders.take_error();
    }
    std::vector<AgentPackage> out;
    for (const auto& one : *folders) {
        const auto file = one / "pyproject.toml";
        if (!fs::exists(file)) {
            continue;
        }
        auto agent = read_agent(one, file);
        if (!agent) {
            return agent.take_error();
        }
        out.push_back(std::move(*agent));
    }
    return out;
}

}  // namespace wavegate::program
