#pragma once

#include "operator/base/result.hpp"
#include "operator/program/commands.hpp"

#include <string>
#include <vector>

namespace wavegate::program {

/// A file as it is generated; its path, of plain names, is below the folder that is written to.
struct GeneratedFile {
    std::string path;
    std::string text;
};

/// What all of `generate` take.
struct GenerateOptions {
    bool check = false;  ///< write nothing, say what differs
    bool force = false;  ///< what a hand changed, too
};
void add_generate_options(CLI::App& command, GenerateOptions& options);

/// Brings the files into the folder, which is made. One that is there is replaced where it is as it
/// was generated once (render/mark.hpp); what a hand made or changed, a file without a mark too, is
/// left and told. Nothing is written where one of them can't be read, or a link leads out of the
/// folder. The exit code: 0 all are as generated, kExitChanges some are not, 1 an error.
int place_files(
    const Globals& globals,
    const std::string& folder,
    const std::vector<GeneratedFile>& files,
    const GenerateOptions& options);

/// One file, by its path; "-" is the standard output.
int place_file(
    const Globals& globals,
    const std::string& path,
    const std::string& text,
    const GenerateOptions& options);

/// Says an error of the input, and gives the exit code.
int refuse(const Globals& globals, const Error& error);

}  // namespace wavegate::program
