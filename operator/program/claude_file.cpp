#include "operator/program/claude_file.hpp"

#include "operator/base/file_error.hpp"
#include "operator/base/secret.hpp"
#include "operator/program/atomic_file.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

namespace wavegate::program {
namespace {

namespace fs = std::filesystem;
using formats::JsonFile;
using formats::JsonMember;
using formats::JsonPlace;

constexpr mode_t kOwnersAlone = 0600;
constexpr int kMostTries = 5;

const JsonFile::Path kEntry{"mcpServers", "mcp-multiplexer"};

JsonFile::Path below(JsonFile::Path path, const std::string& key) {
    path.push_back(key);
    return path;
}

bool is_remote(const JsonFile& file) {
    const auto type = file.text_at(below(kEntry, "type"));
    return type == "http" || type == "sse" || file.at(below(kEntry, "url")) != JsonPlace::Missing;
}

/// A project's own entry is the one that counts there.
std::vector<std::string> notes_on(const JsonFile& file) {
    std::vector<std::string> notes;
    for (const auto& project : file.keys_at({"projects"})) {
        if (file.at({"projects", project, kEntry[0], kEntry[1]}) != JsonPlace::Missing) {
            notes.push_back(
                "projects." + project + " has an mcp-multiplexer of its own, which is left alone");
        }
    }
    return notes;
}

std::vector<std::string>
differing(const JsonFile& file, const JsonFile::Path& env, const std::vector<JsonMember>& wanted) {
    std::vector<std::string> keys;
    for (const auto& one : wanted) {
        const auto place = file.at(below(env, one.key));
        auto now = file.text_at(below(env, one.key));
        const bool due = one.only_if_missing ? place == JsonPlace::Missing
                                             : place != JsonPlace::Text || now != one.value;
        wipe(now);
        if (due) {
            keys.push_back(one.key);
        }
    }
    return keys;
}

/// The file with its change; the text is empty where nothing is to be changed in it.
struct Planned {
    ClaudeChange change;
    std::string text;
};

Result<Planned> planned(const std::string& text, const std::vector<JsonMember>& wanted) {
    const auto file = JsonFile::read(text);
    if (!file) {
        return file.error();
    }
    Planned out;
    if (file->at(kEntry) == JsonPlace::Missing) {
        return Error(
            ErrorKind::NotFound, "has no mcpServers.mcp-multiplexer; add the multiplexer first");
    }
    out.change.remote = is_remote(*file);
    if (out.change.remote) {
        return out;
    }
    const auto env = below(kEntry, "env");
    const auto place = file->at(env);
    if (file->at(kEntry) != JsonPlace::Object ||
        (place != JsonPlace::Object && place != JsonPlace::Missing)) {
        return Error(ErrorKind::Invalid, "mcpServers.mcp-multiplexer.env: is no object");
    }
    out.change.notes = notes_on(*file);
    out.change.keys = differing(*file, env, wanted);
    if (!out.change.keys.empty()) {
        auto edited = file->with(env, wanted);
        if (!edited) {
            return edited.take_error().in("mcpServers.mcp-multiplexer");
        }
        out.text = std::move(*edited);
    }
    return out;
}

/// One file, found once: where it is, every link followed.
class ClaudeFile {
  public:
    static Result<ClaudeFile> find(const std::string& path) {
        std::error_code failed;
        const auto real = fs::canonical(path, failed);
        if (failed == std::errc::no_such_file_or_directory) {
            return Error(ErrorKind::NotFound, path + ": not there");
        }
        if (failed) {
            return unreadable(path, failed.value());
        }
        auto folder = FolderHandle::open(real.parent_path().string());
        if (!folder) {
            return folder.take_error();
        }
        return ClaudeFile(std::move(*folder), real.filename().string());
    }

    Result<FolderHandle::Content> read() const {
        auto there = folder_.read(name_);
        if (!there) {
            return there.take_error();
        }
        return *there ? Result<FolderHandle::Content>(std::move(**there))
                      : Error(ErrorKind::NotFound, name_ + ": not there");
    }
    [[nodiscard]] Result<void> write(std::string_view text, mode_t mode) const {
        return folder_.replace(name_, text, mode & kOwnersAlone);
    }

  private:
    ClaudeFile(FolderHandle folder, std::string name)
        : folder_(std::move(folder)), name_(std::move(name)) {}
    FolderHandle folder_;
    std::string name_;
};

/// nullopt: somebody wrote it meanwhile.
Result<std::optional<ClaudeChange>>
try_once(const ClaudeFile& file, const std::vector<JsonMember>& wanted, bool check) {
    auto content = file.read();
    if (!content) {
        return content.take_error();
    }
    auto plan = planned(content->text, wanted);
    if (!plan) {
        return plan.take_error();
    }
    auto& change = plan->change;
    change.narrower = !change.remote && (content->mode & ~kOwnersAlone & mode_t{0777}) != 0;
    if (check || !change.differs()) {
        return std::optional(std::move(change));
    }
    auto again = file.read();  // its owner writes it all the time
    const bool same = again && again->text == content->text;
    auto written = same ? file.write(plan->text.empty() ? content->text : plan->text, content->mode)
                        : Result<void>();
    wipe(plan->text);
    if (!written) {
        return written.take_error();
    }
    return same ? std::optional(std::move(change)) : std::optional<ClaudeChange>();
}

}  // namespace

Result<ClaudeChange>
edit_claude_file(const std::string& path, const std::vector<JsonMember>& wanted, bool check) {
    const auto file = ClaudeFile::find(path);
    if (!file) {
        return file.error();
    }
    for (int i = 0; i < kMostTries; ++i) {
        auto change = try_once(*file, wanted, check);
        if (!change) {
            return change.take_error().in(path);
        }
        if (*change) {
            return std::move(**change);
        }
    }
    return Error(ErrorKind::Conflict, path + ": somebody else goes on writing it; try again");
}

}  // namespace wavegate::program
