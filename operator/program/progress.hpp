#pragma once

#include "operator/status/view.hpp"

#include <iosfwd>
#include <map>
#include <string>

namespace wavegate::program {

/// Shows a rollout as it moves: one line per transition, or on a terminal a table of waves that is
/// drawn anew in place.
class Progress {
  public:
    Progress(std::ostream& out, bool live) : out_(out), live_(live) {}

    void show(const status::View& view);

  private:
    void note(const std::string& object, const std::string& state, const std::string& why);
    void draw(const status::View& view);

    std::ostream& out_;
    bool live_;
    std::size_t drawn_ = 0;  ///< lines of the table on the screen
    std::string clock_;
    std::map<std::string, std::string> states_;  ///< by object, as shown last
};

}  // namespace wavegate::program
