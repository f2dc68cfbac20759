#pragma once

#include "operator/base/result.hpp"

#include <map>
#include <string>

namespace wavegate::program {

/// Files by their plain names, put into a folder all together or not at all.
class StagedFiles {
  public:
    /// Writes them into a hidden folder beside the place that they are for: inside of `folder`, or
    /// next to it where it is not there yet. Invalid: that holds other files and `force` is not
    /// asked for, is no folder, or can't be written.
    static Result<StagedFiles>
    stage(const std::string& folder, const std::map<std::string, std::string>& files, bool force);
    /// Takes away what was not placed.
    ~StagedFiles();
    StagedFiles(StagedFiles&& other) noexcept;
    StagedFiles& operator=(StagedFiles&&) = delete;
    StagedFiles(const StagedFiles&) = delete;
    StagedFiles& operator=(const StagedFiles&) = delete;

    /// Where they stand until then.
    [[nodiscard]] const std::string& folder() const { return staging_; }
    /// Moves them to their places. One that can't be moved takes back those that were, where
    /// nothing stood before.
    Result<void> place();

  private:
    StagedFiles(std::string folder, std::string staging)
        : folder_(std::move(folder)), staging_(std::move(staging)) {}

    std::string folder_;
    std::string staging_;  ///< empty: nothing is staged
};

}  // namespace wavegate::program
